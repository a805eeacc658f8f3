/**
 * The rows that a query's changes add up to: by upsert key where there is one, else a multiset. In the order of their
 * last change. Bounded: where rows only arrive the newest may be all that is asked for; else the query ends at the bound.
 * With a retention (N6) a row goes without a change when the watermark has passed its time by that much.
 */
import { Change } from "../../base/batch.ts";
import { SqlError } from "../../base/error.ts";
import { BIGINT, leavesOf, type Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { Retention } from "../../operators/physical.ts";
import type { StagedColumn } from "../../state/snapshot/staged.ts";
import { CellWriter, cellRows, columnsOfSchema, flatRow, rowOfFlat } from "../../state/staging/cells.ts";
import type { StatePart } from "../../state/staging/part.ts";
import { Ages } from "./ages.ts";

const TIMES: StagedColumn = { name: "times", type: { kind: "sql", type: BIGINT }, nullable: false };

interface Kept {
  readonly row: readonly Value[];
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
  /** undefined: rows are kept whatever the watermark. */
  readonly retention: Retention | undefined;
}

export class ResultStore {
  readonly schema: Schema;
  private readonly options: ResultStoreOptions;
  private readonly rows = new Map<string, Kept>();
  private readonly appended = new Set<readonly Value[]>();
  private counted = 0;
  /** Of rows that only arrive themselves, else their identities. */
  private readonly ages: Ages<readonly Value[] | string> | undefined;

  constructor(schema: Schema, options: ResultStoreOptions) {
    this.schema = schema;
    this.options = options;
    this.ages = options.retention && new Ages(options.retention.micros);
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
      for (const oldest of this.appended) {
        this.appended.delete(oldest);
        break;
      }
    }
    this.appended.add(row);
    this.age(row, row);
  }

  private age(item: readonly Value[] | string, row: readonly Value[]): void {
    const time = this.timeOf(row);
    if (time !== undefined) this.ages?.add(item, time);
  }

  private timeOf(row: readonly Value[]): bigint | undefined {
    const time = row[this.options.retention?.column ?? -1];
    return typeof time === "bigint" ? time : undefined;
  }

  /** Drops the rows that the watermark, in microseconds, has left behind by the retention. */
  expire(watermark: bigint): void {
    const { ages } = this;
    if (ages === undefined) return;
    for (const item of ages.take(watermark - (this.options.retention?.micros ?? 0n))) {
      if (typeof item !== "string") {
        this.appended.delete(item);
        continue;
      }
      this.counted -= this.rows.get(item)?.count ?? 0;
      this.rows.delete(item);
    }
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
        this.forget(id, known);
        this.rows.set(id, { row, count: 1 });
        this.age(id, row);
      } else known.count++;
      return;
    }
    if (known === undefined) return;
    // The old row of an update that has already been replaced under the same key is nothing to take back.
    if (key !== undefined && identity(known.row) !== identity(row)) return;
    this.counted--;
    if (--known.count === 0) this.forget(id, known);
  }

  private forget(id: string, known: Kept | undefined): void {
    if (known === undefined) return;
    this.rows.delete(id);
    const time = this.timeOf(known.row);
    if (time !== undefined) this.ages?.remove(id, time);
  }

  private tooLarge(): SqlError {
    const { name, rowsMax } = this.options;
    return new SqlError("RESULT_TOO_LARGE", undefined, { name, limit: rowsMax });
  }

  current(): readonly (readonly Value[])[] {
    if (this.options.appendOnly) return [...this.appended];
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
      this.appended.add(row);
      this.age(row, row);
      return;
    }
    const id = identity(key === undefined ? row : key.map((k) => row[k] ?? null));
    this.rows.set(id, { row, count });
    this.age(id, row);
    this.counted += count;
  }

  get size(): number {
    return this.options.appendOnly ? this.appended.size : this.counted;
  }
}

function identity(values: readonly Value[]): string {
  return JSON.stringify(values, (_, v: unknown) => {
    if (typeof v === "bigint") return `${v}n`;
    if (typeof v === "number" && !Number.isFinite(v)) return String(v);
    return v;
  });
}
