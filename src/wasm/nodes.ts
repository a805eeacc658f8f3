/** The shapes of terms and statements (ir.ts says what they mean), open in what a term and a function are. */
import type { LoadName, StoreName } from "./opcodes.ts";

/** A label that `br` leaves for: the end of its block, or the top of its loop. */
export class Label {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export type TermNodeOf<Term, Fn> =
  | { readonly op: "local"; readonly index: number; readonly name: string }
  | { readonly op: "const"; readonly value: number | bigint }
  | { readonly op: "instr"; readonly name: string; readonly args: readonly Term[] }
  | { readonly op: "load"; readonly name: LoadName; readonly at: Term; readonly offset: number }
  | { readonly op: "select"; readonly then: Term; readonly otherwise: Term; readonly cond: Term }
  | { readonly op: "call"; readonly fn: Fn; readonly args: readonly Term[] };

export type StatementOf<Term, Fn> =
  | { readonly s: "set"; readonly local: number; readonly name: string; readonly value: Term }
  | { readonly s: "store"; readonly name: StoreName; readonly at: Term; readonly offset: number; readonly value: Term }
  | {
      readonly s: "if";
      readonly cond: Term;
      readonly then: readonly StatementOf<Term, Fn>[];
      readonly otherwise: readonly StatementOf<Term, Fn>[];
    }
  | { readonly s: "block" | "loop"; readonly label: Label; readonly body: readonly StatementOf<Term, Fn>[] }
  | { readonly s: "br"; readonly label: Label; readonly cond: Term | undefined }
  | { readonly s: "return"; readonly values: readonly Term[] }
  | { readonly s: "do"; readonly value: Term }
  /** A call whose results go to locals, first result first. */
  | { readonly s: "call"; readonly fn: Fn; readonly args: readonly Term[]; readonly locals: readonly number[] }
  | { readonly s: "copy"; readonly to: Term; readonly from: Term; readonly bytes: Term }
  | { readonly s: "fill"; readonly to: Term; readonly byte: Term; readonly bytes: Term }
  | { readonly s: "unreachable" }
  | { readonly s: "comment"; readonly text: string };
