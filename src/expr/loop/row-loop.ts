/**
 * A call or cast as a loop in TypeScript that fills a column: those without emitted form, and the rows that the emitted
 * form of others leaves. Its arguments are columns and constants (emit/split.ts).
 */
import { INVALID, VALID } from "../../base/batch.ts";
import { RowError, rowErrors } from "../../base/row-error.ts";
import type { SqlType } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import { dataAddress, validAddress, writeCell } from "../columns.ts";
import type { StageControl } from "../emit/arena.ts";
import { UNHANDLED } from "../emit/control.ts";
import { calledValue, evaluateCast } from "../evaluate.ts";
import type { Expr } from "../expr.ts";
import { type CellReader, cellReader } from "./cells.ts";

type Apply = (args: readonly Value[]) => Value;

export class RowLoop {
  private readonly memory: EngineMemory;
  private readonly control: StageControl;
  /** The column that it fills. */
  readonly leaf: number;
  private readonly type: SqlType;
  private readonly args: readonly Expr[];
  private readonly apply: Apply;

  /** `e` is a call or a cast; its values go to column `leaf`, strings into the arena of `control`. */
  constructor(e: Expr, leaf: number, memory: EngineMemory, control: StageControl) {
    this.memory = memory;
    this.control = control;
    this.leaf = leaf;
    this.type = e.type;
    if (e.node === "call") {
      this.args = e.args;
      this.apply = applyCall(e);
    } else if (e.node === "cast") {
      this.args = [e.arg];
      this.apply = ([arg = null]) => evaluateCast(e, arg);
    } else throw new TypeError(`${e.node} is computed by emitted code alone`);
  }

  /** Computes the cells that are marked UNHANDLED; those of rows whose byte of `mask` is 0 become NULL. */
  run(batch: number, mask: number, rows: number): void {
    const { u8 } = this.memory;
    const valid = validAddress(this.memory, batch, this.leaf);
    let row = 0;
    while (row < rows && u8[valid + row] !== UNHANDLED) row++;
    if (row === rows) return;
    const readers = this.args.map((a) => this.reader(a, batch, rows));
    const values: Value[] = readers.map(() => null);
    for (; row < rows; row++) {
      if (u8[valid + row] !== UNHANDLED) continue;
      if (u8[mask + row] === 0) {
        u8[valid + row] = INVALID;
        continue;
      }
      try {
        for (let i = 0; i < readers.length; i++) values[i] = readers[i]?.(row) ?? null;
        this.write(batch, this.leaf, this.type, row, this.apply(values));
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        u8[valid + row] = rowErrors[error.code].number;
      }
    }
  }

  private reader(arg: Expr, batch: number, rows: number): CellReader {
    if (arg.node === "column") return cellReader(this.memory, batch, arg.leaf, arg.type, rows);
    if (arg.node !== "literal") throw new TypeError(`${arg.node} as an argument has a column of its own`);
    const { value } = arg;
    return () => value;
  }

  /** Writes a value to its leaves; returns the leaf behind them. */
  private write(batch: number, leaf: number, type: SqlType, row: number, value: Value): number {
    const { memory } = this;
    memory.u8[validAddress(memory, batch, leaf) + row] = value === null ? INVALID : VALID;
    if (type.kind === "ROW") {
      let next = leaf + 1;
      type.fields.forEach((field, i) => {
        // A value of type ROW is an array.
        const below = value === null ? null : ((value as readonly Value[])[i] ?? null);
        next = this.write(batch, next, field.type, row, below);
      });
      return next;
    }
    const data = dataAddress(memory, batch, leaf);
    if (typeof value === "string") this.control.putText(value, data + 8 * row);
    else if (value !== null) writeCell(memory, data, type, row, value, noText);
    return leaf + 1;
  }
}

const noText = (): never => {
  throw new TypeError("only strings have text");
};

function applyCall(e: Extract<Expr, { node: "call" }>): Apply {
  const types = { args: e.args.map((a) => a.type), result: e.type };
  const literals = e.args.map((a) => (a.node === "literal" ? a.value : undefined));
  const apply = e.fn.prepare?.(literals, types) ?? ((args) => e.fn.evaluate(args, types));
  return e.fn.nulls === "strict" ? (args) => (args.includes(null) ? null : calledValue(e, apply(args))) : apply;
}
