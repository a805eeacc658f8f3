/** What the emission of expressions needs of the stage around it (stage.ts). */
import type { Term } from "../../wasm/ir.ts";
import type { Emitted, Emitter } from "../function.ts";
import type { Scope } from "./scope.ts";

/** Data and validity addresses of a column, in locals. */
export interface ColumnAddresses {
  readonly data: Term;
  readonly valid: Term;
}

export interface ExprContext extends Emitter {
  readonly row: Term;
  readonly scope: Scope;
  /** While speculative code is emitted: 1 where its value is needed. */
  guard: Term | undefined;
  /** From this leaf on columns are computed ones. */
  readonly computedFrom: number;
  column(leaf: number): ColumnAddresses;
  watermark(): Term;
  /** Emits code that may be jumped over; the values that it computes are not known after it. */
  branch(build: () => void): void;
  /** Emits `build` so that failures end it instead of the row: the value's locals and the number of the error, 0 for none. */
  capture(type: Emitted["type"], build: () => Emitted): { readonly value: Emitted; readonly error: Term };
}
