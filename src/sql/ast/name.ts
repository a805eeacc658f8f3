/** The AST of names. */
import type { Span } from "../../base/value.ts";

/** A name as written, without its quotes. Resolution ignores case, an exact match wins. */
export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

/** `a`, `a.b`, `a.b.c`: of a table, function or other object. At least one part. */
export interface QualifiedName {
  readonly parts: readonly Identifier[];
  readonly span: Span;
}
