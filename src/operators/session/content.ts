/** What sessions hold besides their bounds: states of aggregates (aggregates.ts), or their rows (rows.ts). */
import type { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Fn, Term } from "../../wasm/ir.ts";
import type { RoomExits } from "../aggregation/groups.ts";

/** What emitted code knows where a row meets its session. */
export interface RowTerms {
  /** Control blocks of the table of sessions, and of the stage. */
  readonly control: Term;
  readonly ctl: Term;
  /** Sequence of the run's first row. */
  readonly base: Term;
  /** Address of the kinds of change, 0 where all are inserts; undefined over append-only input. */
  readonly changes: Term | undefined;
}

/** Emitted code. What finds no room stops the stage at the row, which comes again to the same place. */
export interface SessionContent {
  /** What it reads of a row. */
  readonly reads: readonly Expr[];
  /** Gives what session `from` holds to session `into`. */
  join(stage: Stage, into: Term, from: Term, at: RowTerms, exits: RoomExits): void;
  take(stage: Stage, session: Term, at: RowTerms, exits: RoomExits): void;
}

/** The driver's side. */
export interface SessionHolder {
  /** Puts out sessions that the watermark has closed: copies of their slots, `n` side by side from `block` on. */
  putOut(block: number, n: number, watermark: bigint): void;
  /** Makes room where the stage has found none; false where it stopped for another reason. */
  makeRoom(status: number): boolean;
  /** Rows held; undefined where it holds none. */
  readonly rows: number | undefined;
}

export interface CompiledContent extends SessionContent {
  /** What the holder calls. */
  readonly fns: readonly Fn[];
}
