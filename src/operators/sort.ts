/**
 * Sort: ORDER BY, LIMIT and OFFSET over bounded input. State: its rows. Takes any changelog, gives inserts, once, when
 * the watermark is at its end. Rows with equal keys stay in the order of their positions; over updating input, where a
 * row is what is left after all changes, they are ordered by all columns (R9).
 */
import { WATERMARK_END, WATERMARK_MIN } from "../base/batch.ts";
import { leafCount, leavesOf, type Schema, type SqlType } from "../base/types.ts";
import type { Value } from "../base/value.ts";
import { changeOf, readRow } from "../expr/columns.ts";
import type { Operator, OperatorContext, OperatorDef, SortKey, SortSpec } from "./operator.ts";
import { causes, Output, outputLayout } from "./rows/output.ts";
import { compareNullable, compareRows, rowKey } from "./rows/row-order.ts";
import { RowOutput } from "./rows/row-output.ts";

interface Held {
  readonly values: readonly Value[];
  readonly position: number;
  count: number;
}

/** Where a limit is given, rows beyond it are let go once there are this many too many. */
const SURPLUS = 4096;
const MINUS = 1;

/** Reads the value at a leaf of a row. */
function leafValue(schema: Schema, leaf: number): (values: readonly Value[]) => Value {
  let first = 0;
  for (const [i, field] of schema.entries()) {
    const count = leafCount(field.type);
    if (leaf < first + count) return (values) => below(field.type, values[i] ?? null, leaf - first);
    first += count;
  }
  throw new TypeError(`the input has no leaf ${leaf}`);
}

function below(type: SqlType, value: Value, leaf: number): Value {
  if (leaf === 0 || type.kind !== "ROW") return value;
  let first = 1;
  for (const [i, field] of type.fields.entries()) {
    const count = leafCount(field.type);
    const inner = Array.isArray(value) ? ((value as readonly Value[])[i] ?? null) : null; // a ROW is an array
    if (leaf < first + count) return below(field.type, inner, leaf - first);
    first += count;
  }
  return null;
}

function comparison(key: SortKey, schema: Schema): (a: Held, b: Held) => number {
  const read = leafValue(schema, key.column);
  return (a, b) => {
    const [x, y] = [read(a.values), read(b.values)];
    if (x === null || y === null) {
      const order = Number(x === null) - Number(y === null);
      return key.nullsFirst ? -order : order;
    }
    const order = compareNullable(x, y);
    return key.descending ? -order : order;
  };
}

class Sort implements Operator {
  private readonly spec: SortSpec;
  private readonly context: OperatorContext;
  private readonly output: Output;
  private readonly writer: RowOutput;
  private readonly compare: (a: Held, b: Held) => number;
  private readonly isUpdating: boolean;
  private rows: Held[] = [];
  private readonly byKey = new Map<string, Held>();
  private position = 0;
  private forwarded = WATERMARK_MIN;
  private isDone = false;

  constructor(spec: SortSpec, context: OperatorContext) {
    this.spec = spec;
    this.context = context;
    this.isUpdating = context.inputModes[0] === "retract";
    this.output = new Output(outputLayout(context.output, false), context);
    this.writer = new RowOutput(this.output, context, context.output);
    const keys = spec.keys.map((k) => comparison(k, context.inputs[0] ?? []));
    this.compare = (a, b) => {
      for (const key of keys) {
        const order = key(a, b);
        if (order !== 0) return order;
      }
      return this.isUpdating ? compareRows(a.values, b.values) : a.position - b.position;
    };
  }

  onBatch(_: number, batch: number, rows: number): void {
    const { memory, inputs } = this.context;
    for (let row = 0; row < rows; row++) {
      const values = readRow(memory, batch, inputs[0] ?? [], row);
      if (this.isUpdating) this.change(values, (changeOf(memory, batch, row) & MINUS) === 1 ? -1 : 1);
      else this.rows.push({ values, position: this.position++, count: 1 });
    }
    if (this.context.first) this.context.count("accounted", rows);
    if (!this.isUpdating) this.letGo();
  }

  private change(values: readonly Value[], by: number): void {
    const key = rowKey(values);
    const held = this.byKey.get(key);
    if (held === undefined) this.byKey.set(key, { values, position: 0, count: by });
    else {
      held.count += by;
      if (held.count === 0) this.byKey.delete(key);
    }
  }

  private letGo(): void {
    if (this.spec.limit === undefined) return;
    const most = this.spec.offset + this.spec.limit;
    if (this.rows.length < most + SURPLUS) return;
    this.rows.sort(this.compare);
    this.rows.length = most;
  }

  onWatermark(watermark: bigint): bigint {
    if (watermark === WATERMARK_END && !this.isUpdating) this.finish();
    this.output.flush(causes(this.context.run, this.forwarded));
    this.writer.endRun();
    this.forwarded = watermark;
    return watermark;
  }

  /** Changes come at the end of an epoch, the last ones after the watermark. */
  onEpoch(): void {
    if (this.forwarded !== WATERMARK_END || !this.isUpdating) return;
    this.finish();
    this.output.flush(() => ({ origin: 0, watermark: WATERMARK_END }));
    this.writer.endRun();
  }

  private finish(): void {
    if (this.isDone) return;
    this.isDone = true;
    const rows = this.isUpdating ? [...this.byKey.values()].filter((h) => h.count > 0) : this.rows;
    rows.sort(this.compare);
    let skip = this.spec.offset;
    let left = this.spec.limit ?? Number.POSITIVE_INFINITY;
    for (const h of rows) {
      for (let i = 0; i < h.count && left > 0; i++) {
        if (skip > 0) skip -= 1;
        else {
          this.writer.add(h.values, 0, WATERMARK_END);
          left -= 1;
        }
      }
    }
    this.rows = [];
    this.byKey.clear();
  }

  stateRows(): number {
    return this.isUpdating ? this.byKey.size : this.rows.length;
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

export const sort: OperatorDef<SortSpec> = {
  describe(spec, inputs) {
    const leaf = (i: number): string => leavesOf(inputs[0] ?? [])[i]?.path.join(".") ?? `$${i}`;
    const keys = spec.keys.map((k) => {
      const nulls = k.nullsFirst === k.descending ? "" : k.nullsFirst ? " NULLS FIRST" : " NULLS LAST";
      return `${leaf(k.column)} ${k.descending ? "DESC" : "ASC"}${nulls}`;
    });
    const parts = [
      keys.length === 0 ? "" : `orderBy=[${keys.join(", ")}]`,
      spec.offset === 0 ? "" : `offset=[${spec.offset}]`,
      spec.limit === undefined ? "" : `limit=[${spec.limit}]`,
    ];
    return `Sort(${parts.filter((p) => p !== "").join(", ")})`;
  },
  open: (spec, context) => new Sort(spec, context),
};
