/**
 * A stage: the part of an emitted function that reads rows of a batch and computes expressions over them. Operators
 * build on it; calc.ts is the smallest example. The protocol: `stage(batch, lo, hi, ctl) -> first row not taken`; it
 * returns early where a row fails, the arena is full, or the operator itself says so, with the reason in the control
 * block, and is entered again at that row or the next.
 *
 *     const stageFn = fn("calc", { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" }, ["i32"], (f, p) => {
 *       const stage = new Stage(f, { region, ctl: p.ctl, batch: p.batch, reads: [where, ...exprs], computedFrom });
 *       // ... own locals: output addresses and the like, loaded once
 *       stage.rows(p.lo, p.hi, (next) => {
 *         stage.filter(where, next);                  // `next` also takes a condition
 *         const value = stage.expr(exprs[0]);         // fails: leaves the loop with status = number of the row error
 *         stage.stop(StageStatus.OPERATOR, cond);     // the operator's own reasons, from OPERATOR up
 *         storeValue(f, value, dataAddress, validAddress, out);
 *       });
 *       // ... own words of the control block: rows written and the like
 *       stage.end();                                  // writes the status, returns the row
 *     });
 *
 * Outside a loop over a batch (results of groups, say) leave `batch` out and use `stage.stoppable(build)`.
 * Control block: CTL_* in control.ts; operators put their own words from CTL_OWN up. The driver's side is arena.ts.
 * Expressions that have no emitted form must be split off first: split.ts, computed.ts.
 */
import {
  DESCRIPTOR_CHANGE,
  DESCRIPTOR_COLUMN_BYTES,
  DESCRIPTOR_COLUMNS,
  DESCRIPTOR_ORIGIN,
  DESCRIPTOR_WATERMARK,
} from "../../base/batch.ts";
import { type RowErrorName, rowErrors } from "../../base/row-error.ts";
import { storageOf } from "../../base/types.ts";
import { type Fn, i32, type Jump, load, type Operand, operand, type Term } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { type Expr, leavesRead } from "../expr.ts";
import type { Emitted } from "../function.ts";
import type { ColumnAddresses, ExprContext } from "./context.ts";
import {
  ARENA_SLACK,
  CTL_ARENA_END,
  CTL_ARENA_TOP,
  CTL_ARENA_WANTED,
  CTL_STATUS,
  StageStatus,
  UNHANDLED,
} from "./control.ts";
import { emitExpr, emitIsTrue } from "./expression.ts";
import { Scope } from "./scope.ts";
import { assignValue, both, cellAddress, isSimple, storeParts, valueLocals } from "./values.ts";

export interface StageOptions {
  /** Constants of the emitted code live here. */
  readonly region: Region;
  readonly ctl: Term;
  readonly batch?: Term;
  /** Every expression that will be emitted over the batch: its columns' addresses are loaded at the entry. */
  readonly reads?: readonly Expr[];
  /** Leaves that the stage reads besides (a time attribute). */
  readonly leaves?: readonly number[];
  /** From this leaf on columns are computed ones: a validity byte from 2 up fails the row when the value is used. */
  readonly computedFrom?: number;
}

/** Where a failure goes: out of the loop, or into a local for what captures it. */
interface Failure {
  raise(number: Term): void;
}

export class Stage implements ExprContext {
  readonly f: Fn;
  /** The row at hand; after the loop the first row not taken. */
  readonly row: Term;
  readonly status: Term;
  readonly scope: Scope = new Scope();
  guard: Term | undefined;
  readonly computedFrom: number;
  private readonly options: StageOptions;
  private readonly columns = new Map<number, ColumnAddresses>();
  private readonly heads = new Map<number, Term>();
  private readonly constants = new Map<string, readonly [Term, Term]>();
  private failure: Failure | undefined;
  private leaveUnhandled: ((cond: Term) => void) | undefined;
  private leave: Jump | undefined;

  constructor(f: Fn, options: StageOptions) {
    this.f = f;
    this.options = options;
    this.computedFrom = options.computedFrom ?? Number.POSITIVE_INFINITY;
    this.row = f.local("row", "i32");
    this.status = f.local("status", "i32");
    const batch = options.batch;
    if (batch === undefined) return;
    for (const at of [DESCRIPTOR_ORIGIN, DESCRIPTOR_WATERMARK, DESCRIPTOR_CHANGE]) {
      this.heads.set(at, f.let(`head${at}`, load.i32(batch, at)));
    }
    const leaves = new Set(options.leaves);
    for (const e of options.reads ?? []) leavesRead(e, leaves);
    for (const leaf of [...leaves].sort((a, b) => a - b)) {
      const at = DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf;
      const data = f.let(`data${leaf}`, load.i32(batch, at));
      this.columns.set(leaf, { data, valid: f.let(`valid${leaf}`, load.i32(batch, at + 4)) });
    }
  }

  /** Data and validity addresses of a leaf, in locals. */
  column(leaf: number): ColumnAddresses {
    const c = this.columns.get(leaf);
    if (c === undefined) throw new TypeError(`leaf ${leaf} is not among what the stage reads`);
    return c;
  }

  /** Emits an expression over the row at hand. The parts are locals or constants. */
  expr(e: Expr): Emitted {
    return emitExpr(this, e);
  }
  /** 1 where a condition is TRUE, 0 where it is FALSE or NULL. Conjuncts after the first that is not TRUE are not computed. */
  isTrue(e: Expr): Term {
    return emitIsTrue(this, e);
  }

  /** Goes on with the next row (`next` of rows()) where a WHERE is not TRUE; conjunct after conjunct. */
  filter(where: Expr | undefined, next: Jump): void {
    if (where === undefined) return;
    for (const e of where.node === "and" ? where.args : [where]) next(this.isTrue(e).eqz());
  }

  /** The origin (u32), watermark (i64) and change (u8 as i32) of the row at hand. */
  origin(): Term {
    return load.i32(this.head(DESCRIPTOR_ORIGIN).add(this.row.shl(2)));
  }
  watermark(): Term {
    return load.i64(this.head(DESCRIPTOR_WATERMARK).add(this.row.shl(3)));
  }
  /** Only for batches with a change column. */
  change(): Term {
    return load.u8(this.head(DESCRIPTOR_CHANGE).add(this.row));
  }
  private head(at: number): Term {
    const head = this.heads.get(at);
    if (head === undefined) throw new TypeError("a stage without a batch has no rows");
    return head;
  }

  /** For each row from `lo` up to `hi`. `next` goes on with the next row. */
  rows(lo: Operand, hi: Term, build: (next: Jump) => void): void {
    this.f.set(this.row, lo);
    this.stoppable(() => {
      this.f.range("rows", this.row, hi, (next) => {
        this.scope.fresh(() => build(next));
      });
    });
  }

  /** A block that `stop`, a failure or a full arena leaves, with `status` set. */
  stoppable(build: () => void): void {
    const outer = { leave: this.leave, failure: this.failure };
    this.f.set(this.status, StageStatus.DONE);
    this.f.block("stage", (leave) => {
      this.leave = leave;
      this.failure = { raise: (number) => this.stop(number) };
      build();
    });
    Object.assign(this, outer);
  }

  /** Leaves the stage at this row where `cond` holds. */
  stop(status: Operand, cond?: Term): void {
    const leave = this.leave;
    if (leave === undefined) throw new TypeError("a stage stops only inside rows() or stoppable()");
    const now = (): void => {
      this.f.set(this.status, status);
      leave();
    };
    if (cond === undefined) now();
    else this.f.if(cond, now);
  }

  /** Writes the status to the control block and returns the row. */
  end(): void {
    this.f.store.i32(this.options.ctl, this.status, CTL_STATUS);
    this.f.return(this.row);
  }

  // ---- Emitter ----

  fail(cond: Term, code: RowErrorName): void {
    this.f.if(this.guarded(cond), () => this.failureNow().raise(i32(rowErrors[code].number)));
  }

  failWith(number: Term): void {
    const [n] = this.bind("failure", [number]);
    if (n !== undefined) this.f.if(this.guarded(n.ne(0)), () => this.failureNow().raise(n));
  }

  unhandled(cond: Term): void {
    if (this.leaveUnhandled === undefined) throw new TypeError("only partial functions leave values unhandled");
    this.leaveUnhandled(this.guarded(cond));
  }

  private guarded(cond: Term): Term {
    return both(this.guard, cond) ?? cond;
  }
  private failureNow(): Failure {
    if (this.failure === undefined) throw new TypeError("code that can fail stands outside rows() and stoppable()");
    return this.failure;
  }

  bind(name: string, parts: readonly Term[]): readonly Term[] {
    return parts.map((p) => (isSimple(p) ? p : this.f.let(name, p)));
  }

  bytes(data: string | Uint8Array): readonly [Term, Term] {
    const content = typeof data === "string" ? Buffer.from(data, "utf8") : data;
    const key = Buffer.from(content).toString("latin1");
    let known = this.constants.get(key);
    if (known === undefined) {
      // Slack behind, for routines that read in steps of 16.
      const room = new Uint8Array(content.length + ARENA_SLACK);
      room.set(content);
      known = [i32(this.options.region.bytes(room)), i32(content.length)];
      this.constants.set(key, known);
    }
    return known;
  }

  arena(size: Term): Term {
    const { f } = this;
    const { ctl } = this.options;
    const top = f.let("arena", load.i32(ctl, CTL_ARENA_TOP));
    const [bytes] = this.bind("arena_bytes", [size.add(ARENA_SLACK)]);
    if (bytes === undefined) throw new TypeError("no size");
    f.if(load.i32(ctl, CTL_ARENA_END).sub(top).ltU(bytes), () => {
      f.store.i32(ctl, bytes, CTL_ARENA_WANTED);
      this.stop(StageStatus.ARENA_FULL);
    });
    f.store.i32(ctl, top.add(size), CTL_ARENA_TOP);
    return top;
  }

  arenaShrink(end: Term): void {
    this.f.store.i32(this.options.ctl, end, CTL_ARENA_TOP);
  }

  // ---- ExprContext ----

  branch(build: () => void): void {
    this.scope.inner(build);
  }

  capture(type: Emitted["type"], build: () => Emitted): { readonly value: Emitted; readonly error: Term } {
    const { f } = this;
    const outer = { failure: this.failure, leaveUnhandled: this.leaveUnhandled, guard: this.guard };
    const error = f.local("error", "i32");
    const value = valueLocals(f, "tried", type, true);
    f.set(error, 0);
    if (value.valid !== undefined) f.set(value.valid, 0);
    f.block("try", (leave) => {
      const raise = (number: Operand): void => {
        f.set(error, number);
        leave();
      };
      this.guard = undefined;
      this.failure = { raise };
      // The outermost capture is that of the computed column, which alone can leave a cell to TypeScript.
      this.leaveUnhandled ??= (cond) => f.if(cond, () => raise(UNHANDLED));
      this.scope.inner(() => assignValue(f, value, build()));
    });
    Object.assign(this, outer);
    return { value, error };
  }
}

/** Stores a value in row `row` of a column; `validity` (an address, or undefined for a column without NULLs) gets its byte. */
export function storeValue(f: Fn, value: Emitted, data: Term, validity: Term | undefined, row: Term): void {
  const storage = storageOf(value.type);
  const store = (): void => storeParts(f, storage, cellAddress(data, storage, row), value.parts);
  if (validity !== undefined) f.store.u8(validity.add(row), value.valid ?? operand("i32", 1));
  store();
}

/**
 * Stores a value with all its leaves (a ROW: its fields behind it). A leaf below a ROW is NULL where the ROW is. Columns
 * without `valid` hold no NULLs.
 */
export function storeLeaves(
  f: Fn,
  value: Emitted,
  columns: readonly { readonly data: Term; readonly valid: Term | undefined }[],
  row: Term,
): void {
  let next = 0;
  const store = (v: Emitted, above: Term | undefined): void => {
    const column = columns[next];
    next += 1;
    if (column === undefined) throw new TypeError("a value with more leaves than columns");
    const valid = both(above, v.valid);
    storeValue(f, { ...v, valid }, column.data, column.valid, row);
    for (const field of v.fields ?? []) store(field, valid);
  };
  store(value, undefined);
}
