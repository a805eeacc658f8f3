/** What is known of a statement that did not parse. */
import type { Span } from "../../base/value.ts";

/** What it would have done, as far as its first words say: later statements that need it are not wrong for that. */
export interface BrokenStatement {
  /** `creates`, `drops`: what the names stand for; `feeds`: INSERT INTO them; a query has no name of its own. */
  readonly effect: "creates" | "drops" | "feeds" | "query" | "other";
  readonly names: readonly string[];
  readonly span: Span;
}
