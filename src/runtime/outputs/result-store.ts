/**
 * The rows that a query's changes add up to: by upsert key where there is one, else a multiset. In the order of their
 * last change. Bounded: where rows only arrive the newest may be all that is asked for; else the query ends at the bound.
 */
import { Change } from "../../base/batch.ts";
import { SqlError } from "../../base/error.ts";
import { BIGINT, leavesOf, type Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { StagedColumn } from "../../state/snapshot/staged.ts";
import { CellWriter, cellRows, columnsOfSchema, flatRow, rowOfFlat } from "../../state/staging/cells.ts";
import type { StatePart } from "../../state/staging/part.ts";

const TIMES: StagedColumn = { name: "times", type: { kind: "sql", type: BIGINT }, nullable: false };

interface Kept {
  row: readonly Value[];
  count: number;
}

export interface ResultStoreOptions {
  /** The query, for the error at the bound. */
  readonly name: string;
  readonly key: readonly number[] | undefined;
  readonly appendOnly: boolean;
  /** `newest`: of rows that only arrive the oldest go at the bound. */
  readonly keeps: "all" | "newest";
  readonly rowsMax: number;
}

export class ResultStore {
  readonly schema: Schema;
  private readonly options: ResultStoreOptions;
  private readonly rows = new Map<string, Kept>();
  private appended: (readonly Value[])[] = [];
  /** Rows of `appended` that are no longer kept; given up in bulk. */
  private gone = 0;
  private counted = 0;

  constructor(schema: Schema, options: ResultStoreOptions) {
    this.schema = schema;
    this.options = options;
  }

  /** Throws RESULT_TOO_LARGE at the bound. */
  apply(change: number, row: readonly Value[]): void {
    if (this.options.appendOnly) this.append(row);
    else this.change(change, row);
  }

  private append(row: readonly Value[]): void {
    const { keeps, rowsMax } = this.options;
    if (this.size >= rowsMax) {
      if (keeps === "all") throw this.tooLarge();
      this.gone++;
    }
    this.appended.push(row);
    if (this.gone <= this.appended.length / 2) return;
    this.appended = this.appended.slice(this.gone);
    this.gone = 0;
  }

  private change(change: number, row: readonly Value[]): void {
    const { key, rowsMax } = this.options;
    const id = identity(key === undefined ? row : key.map((k) => row[k] ?? null));
    const isAdded = change === Change.INSERT || change === Change.UPDATE_AFTER;
    const known = this.rows.get(id);
    if (isAdded) {
      if (known === undefined || key === undefined) {
        if (this.counted >= rowsMax) throw this.tooLarge();
        this.counted++;
      }
      if (known === undefined || key !== undefined) {
        this.rows.delete(id);
        this.rows.set(id, { row, count: 1 });
      } else known.count++;
      return;
    }
    if (known === undefined) return;
    // The old row of an update that has already been replaced under the same key is nothing to take back.
    if (key !== undefined && identity(known.row) !== identity(row)) return;
    this.counted--;
    if (--known.count === 0) this.rows.delete(id);
  }

  private tooLarge(): SqlError {
    const { name, rowsMax } = this.options;
    return new SqlError("RESULT_TOO_LARGE", undefined, { name, limit: rowsMax });
  }

  current(): readonly (readonly Value[])[] {
    if (this.options.appendOnly) return this.appended.slice(this.gone);
    return [...this.rows.values()].flatMap((k) => Array.from({ length: k.count }, () => k.row));
  }

  /** Its rows in their order, each with how often it stands. */
  state(): readonly StatePart[] {
    const { schema, options } = this;
    const keys = new Set(options.key?.map((k) => schema[k]?.name));
    const fields = leavesOf(schema).map(({ path }) => path[0]);
    const columns = [
      ...columnsOfSchema(schema).map((c, i) => (keys.has(fields[i]) ? { ...c, key: true as const } : c)),
      TIMES,
    ];
    const part: StatePart = {
      name: "",
      version: 1,
      columns,
      save: (put) => {
        const writer = new CellWriter(columns, put);
        if (options.appendOnly) for (const row of this.current()) writer.add([...flatRow(schema, row), 1n]);
        else for (const { row, count } of this.rows.values()) writer.add([...flatRow(schema, row), BigInt(count)]);
        writer.end();
      },
      restore: (chunks) => {
        for (const cells of cellRows(columns, chunks)) this.restore(rowOfFlat(schema, cells), Number(cells.at(-1)));
      },
    };
    return [part];
  }

  private restore(row: readonly Value[], count: number): void {
    const { appendOnly, key } = this.options;
    if (appendOnly) {
      this.appended.push(row);
      return;
    }
    this.rows.set(identity(key === undefined ? row : key.map((k) => row[k] ?? null)), { row, count });
    this.counted += count;
  }

  get size(): number {
    return this.options.appendOnly ? this.appended.length - this.gone : this.counted;
  }
}

function identity(values: readonly Value[]): string {
  return JSON.stringify(values, (_, v: unknown) => {
    if (typeof v === "bigint") return `${v}n`;
    if (typeof v === "number" && !Number.isFinite(v)) return String(v);
    return v;
  });
}
