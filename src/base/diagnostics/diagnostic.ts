/** What an error and a warning have in common: all that rendering needs. */

import type { Detail } from "../errors/entry.ts";
import type { Span } from "../value.ts";

/** A place in a data file, where the fault is in the data and not in the SQL. */
export interface DataPlace {
  readonly path: string;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based, in characters. */
  readonly column?: number | undefined;
}

/** An error or a warning. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** The key in the catalogue. */
  readonly code: string;
  readonly sqlstate: string;
  readonly message: string;
  readonly details: Readonly<Record<string, Detail | undefined>>;
  readonly hint: string | undefined;
  readonly didYouMean: string | undefined;
  /** In the SQL text; undefined for faults of data and of the engine. */
  readonly span: Span | undefined;
  readonly place: DataPlace | undefined;
  /** Path of the file that the span points into, where a program has several; undefined: there is one text. */
  readonly file?: string | undefined;
}
