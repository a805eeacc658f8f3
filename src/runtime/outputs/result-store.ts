/** The rows that a query's changes add up to: by upsert key where there is one, else a multiset. In the order of their last change. */
import { Change } from "../../base/batch.ts";
import type { Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";

interface Kept {
  row: readonly Value[];
  count: number;
}

export class ResultStore {
  readonly schema: Schema;
  private readonly key: readonly number[] | undefined;
  private readonly rows = new Map<string, Kept>();
  private appended: (readonly Value[])[] = [];
  private readonly appendOnly: boolean;

  constructor(schema: Schema, options: { readonly key: readonly number[] | undefined; readonly appendOnly: boolean }) {
    this.schema = schema;
    this.key = options.key;
    this.appendOnly = options.appendOnly;
  }

  apply(change: number, row: readonly Value[]): void {
    if (this.appendOnly) {
      this.appended.push(row);
      return;
    }
    const id = identity(this.key === undefined ? row : this.key.map((k) => row[k] ?? null));
    const isAdded = change === Change.INSERT || change === Change.UPDATE_AFTER;
    const known = this.rows.get(id);
    if (isAdded) {
      if (known === undefined || this.key !== undefined) {
        this.rows.delete(id);
        this.rows.set(id, { row, count: 1 });
      } else known.count++;
      return;
    }
    if (known === undefined) return;
    // The old row of an update that has already been replaced under the same key is nothing to take back.
    if (this.key !== undefined && identity(known.row) !== identity(row)) return;
    if (--known.count === 0) this.rows.delete(id);
  }

  current(): readonly (readonly Value[])[] {
    if (this.appendOnly) return this.appended;
    return [...this.rows.values()].flatMap((k) => Array.from({ length: k.count }, () => k.row));
  }

  get size(): number {
    if (this.appendOnly) return this.appended.length;
    let n = 0;
    for (const k of this.rows.values()) n += k.count;
    return n;
  }
}

function identity(values: readonly Value[]): string {
  return JSON.stringify(values, (_, v: unknown) => {
    if (typeof v === "bigint") return `${v}n`;
    if (typeof v === "number" && !Number.isFinite(v)) return String(v);
    return v;
  });
}
