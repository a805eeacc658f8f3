/**
 * Makes computed columns (split.ts): `extend(batch, rows)` gives a descriptor with the columns of `batch` and the
 * computed ones behind them, valid until the end of the run. Emitted code goes first where there is some; cells that it
 * leaves, and columns without it, are computed by `evaluate`, row by row.
 */
import {
  BATCH_ROWS,
  DESCRIPTOR_COLUMN_BYTES,
  DESCRIPTOR_COLUMNS,
  descriptorBytes,
  INVALID,
  VALID,
  WATERMARK_MIN,
} from "../../base/batch.ts";
import { RowError, rowErrorName, rowErrors } from "../../base/row-error.ts";
import { BOOLEAN, leavesOf, type SqlType, storageBytes, storageOf } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { type Fn, fn, i32, load, select } from "../../wasm/ir.ts";
import type { EngineMemory, MemoryOwner, Region } from "../../wasm/memory.ts";
import { readValue, validAddress, watermarkAddress, writeCell } from "../columns.ts";
import { evaluate } from "../evaluate.ts";
import { childrenOf, type Expr, leavesRead } from "../expr.ts";
import { StageControl } from "./arena.ts";
import { CTL_OWN, UNHANDLED } from "./control.ts";
import type { ComputedColumn, Split } from "./split.ts";
import { Stage, storeValue } from "./stage.ts";

type Compiled = (...args: (number | bigint)[]) => number;

export interface ComputedContext {
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  readonly region: Region;
  compile(fns: readonly Fn[]): Readonly<Record<string, Compiled>>;
}

/** The mask of the rows to compute (a byte per row), and where the column goes: addresses in the control block. */
const CTL_MASK = CTL_OWN;
const CTL_DATA = CTL_OWN + 4;
const CTL_VALID = CTL_OWN + 8;
const OWN_BYTES = 12;

interface LeafBuffer {
  readonly type: SqlType;
  readonly data: number;
  readonly valid: number;
}
/** Room for the computed columns of one batch. */
interface Buffers {
  readonly batch: number;
  readonly mask: number;
  /** Per computed column its leaves, itself first. */
  readonly columns: readonly (readonly LeafBuffer[])[];
}

export class ComputedColumns {
  private readonly context: ComputedContext;
  private readonly split: Split;
  private readonly control: StageControl;
  private readonly compiled: Readonly<Record<string, Compiled>>;
  private readonly leafTypes = new Map<number, SqlType>();
  /** Columns that the condition needs; they are computed for every row. */
  private readonly first: ReadonlySet<ComputedColumn>;
  private readonly buffers: Buffers[] = [];
  private used = 0;

  /** `where`, one of the split expressions: only rows for which it is TRUE need the columns that it does not read. */
  constructor(split: Split, where: Expr | undefined, context: ComputedContext) {
    this.context = context;
    this.split = split;
    this.control = new StageControl(context.memory, context.owner, context.region, OWN_BYTES);
    for (const c of split.columns) columnTypes(c.expr, this.leafTypes);
    this.first = neededBy(where, split);
    const fns = split.columns.flatMap((c, i) =>
      c.by === "emitted" ? [columnStage(`computed${i}`, c, split, context)] : [],
    );
    if (where !== undefined && this.first.size < split.columns.length) fns.push(maskStage(where, split, context));
    this.compiled = fns.length === 0 ? {} : context.compile(fns);
  }

  extend(batch: number, rows: number): number {
    const { memory } = this.context;
    this.control.begin();
    const b = this.buffers[this.used] ?? this.makeBuffers();
    this.used += 1;
    memory.u8.copyWithin(b.batch, batch, batch + descriptorBytes(this.split.inputLeaves));
    memory.u8.fill(1, b.mask, b.mask + rows);
    this.control.setWord(CTL_MASK, b.mask);
    const make = (isFirst: boolean): void => {
      this.split.columns.forEach((c, i) => {
        if (this.first.has(c) === isFirst) this.compute(c, i, b, rows);
      });
    };
    make(true);
    const mask = this.compiled["mask"];
    if (mask !== undefined) this.run(mask, b.batch, rows);
    make(false);
    return b.batch;
  }

  endRun(): void {
    this.used = 0;
    this.control.endRun();
  }

  close(): void {
    this.control.close();
  }

  private run(stage: Compiled, batch: number, rows: number): void {
    for (let row = 0; row < rows; ) {
      row = stage(batch, row, rows, this.control.at);
      if (row < rows && !this.control.resumed()) throw new TypeError("a computed column stopped without a reason");
    }
  }

  private compute(c: ComputedColumn, index: number, b: Buffers, rows: number): void {
    const leaves = b.columns[index] ?? [];
    const [self] = leaves;
    if (self === undefined) return;
    const stage = this.compiled[`computed${index}`];
    if (stage === undefined) {
      this.context.memory.u8.fill(UNHANDLED, self.valid, self.valid + rows);
    } else {
      this.control.setWord(CTL_DATA, self.data);
      this.control.setWord(CTL_VALID, self.valid);
      this.run(stage, b.batch, rows);
    }
    this.fill(c.expr, b, leaves, self.valid, rows);
  }

  /** The cells that are marked UNHANDLED, by the reference. */
  private fill(e: Expr, b: Buffers, leaves: readonly LeafBuffer[], valid: number, rows: number): void {
    const { memory } = this.context;
    const watermarks = watermarkAddress(memory, b.batch);
    for (let row = 0; row < rows; row++) {
      if (memory.u8[valid + row] !== UNHANDLED) continue;
      if (memory.u8[b.mask + row] === 0) {
        memory.u8[valid + row] = INVALID;
        continue;
      }
      const watermark = memory.dataView.getBigInt64(watermarks + 8 * row, true);
      const input = {
        leaf: (leaf: number): Value => this.leaf(b.batch, leaf, row),
        watermark: watermark === WATERMARK_MIN ? null : watermark,
      };
      try {
        this.write(leaves, row, evaluate(e, input));
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        memory.u8[valid + row] = rowErrors[error.code].number;
      }
    }
  }

  private leaf(batch: number, leaf: number, row: number): Value {
    const { memory } = this.context;
    const byte = memory.u8[validAddress(memory, batch, leaf) + row] ?? INVALID;
    const error = byte > VALID ? rowErrorName(byte) : undefined;
    if (error !== undefined) throw new RowError(error);
    return readValue(memory, batch, leaf, this.leafTypes.get(leaf) ?? BOOLEAN, row);
  }

  /** Writes a value to its leaves; returns what is left of them. */
  private write(leaves: readonly LeafBuffer[], row: number, value: Value): readonly LeafBuffer[] {
    const { memory } = this.context;
    const [self, ...below] = leaves;
    if (self === undefined) return [];
    memory.u8[self.valid + row] = value === null ? INVALID : VALID;
    if (self.type.kind === "ROW") {
      let rest: readonly LeafBuffer[] = below;
      self.type.fields.forEach((_, i) => {
        // A value of type ROW is an array.
        rest = this.write(rest, row, value === null ? null : ((value as readonly Value[])[i] ?? null));
      });
      return rest;
    }
    if (value !== null) {
      writeCell(memory, self.data, self.type, row, value, (bytes) => {
        const at = this.control.take(bytes.length);
        memory.u8.set(bytes, at);
        return at;
      });
    }
    return below;
  }

  private makeBuffers(): Buffers {
    const { memory, region } = this.context;
    const types = this.split.columns.map((c) => leavesOf([{ name: "c", type: c.expr.type, nullable: true }]));
    const count = this.split.inputLeaves + types.reduce((n, t) => n + t.length, 0);
    const batch = region.alloc(descriptorBytes(count));
    let at = batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * this.split.inputLeaves;
    const columns = types.map((leaves) =>
      leaves.map((l): LeafBuffer => {
        const buffer = {
          type: l.type,
          data: region.alloc(BATCH_ROWS * storageBytes[storageOf(l.type)]),
          valid: region.alloc(BATCH_ROWS),
        };
        memory.dataView.setUint32(at, buffer.data, true);
        memory.dataView.setUint32(at + 4, buffer.valid, true);
        at += DESCRIPTOR_COLUMN_BYTES;
        return buffer;
      }),
    );
    const made = { batch, mask: region.alloc(BATCH_ROWS), columns };
    this.buffers.push(made);
    return made;
  }
}

/** The types of the columns that an expression reads. */
function columnTypes(e: Expr, into: Map<number, SqlType>): void {
  if (e.node === "column") into.set(e.leaf, e.type);
  for (const c of childrenOf(e)) columnTypes(c, into);
}

/** The computed columns that an expression needs, directly or through others. */
function neededBy(e: Expr | undefined, split: Split): ReadonlySet<ComputedColumn> {
  const needed = new Set<ComputedColumn>();
  const visit = (x: Expr): void => {
    const leaves = leavesRead(x);
    for (const c of split.columns) {
      if (!leaves.has(c.leaf) || needed.has(c)) continue;
      needed.add(c);
      visit(c.expr);
    }
  };
  if (e !== undefined) visit(e);
  return needed;
}

const params = { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" } as const;

/** Computes a column where the mask is 1: validity byte, error number or UNHANDLED, and the value. */
function columnStage(name: string, c: ComputedColumn, split: Split, context: ComputedContext): Fn {
  return fn(name, params, ["i32"], (f, { batch, lo, hi, ctl }) => {
    const options = { region: context.region, ctl, batch, reads: [c.expr], computedFrom: split.inputLeaves };
    const stage = new Stage(f, options);
    const mask = f.let("mask", load.i32(ctl, CTL_MASK));
    const data = f.let("data", load.i32(ctl, CTL_DATA));
    const valid = f.let("valid", load.i32(ctl, CTL_VALID));
    stage.rows(lo, hi, (next) => {
      f.store.u8(valid.add(stage.row), INVALID);
      next(load.u8(mask.add(stage.row)).eqz());
      const { value, error } = stage.capture(c.expr.type, () => stage.expr(c.expr));
      const byte = select(error, error, value.valid ?? i32(VALID));
      storeValue(f, { ...value, valid: byte }, data, valid, stage.row);
    });
    stage.end();
  });
}

/** Sets the mask to whether the condition is TRUE; where it fails the stage itself will see it. */
function maskStage(where: Expr, split: Split, context: ComputedContext): Fn {
  return fn("mask", params, ["i32"], (f, { batch, lo, hi, ctl }) => {
    const options = { region: context.region, ctl, batch, reads: [where], computedFrom: split.inputLeaves };
    const stage = new Stage(f, options);
    const mask = f.let("mask", load.i32(ctl, CTL_MASK));
    stage.rows(lo, hi, () => {
      const { value, error } = stage.capture(BOOLEAN, () => ({
        type: BOOLEAN,
        valid: undefined,
        parts: [stage.isTrue(where)],
      }));
      const holds = value.parts[0] ?? i32(0);
      f.store.u8(mask.add(stage.row), select(error, i32(0), holds));
    });
    stage.end();
  });
}
