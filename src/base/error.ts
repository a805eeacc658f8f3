/**
 * Errors and warnings that a person sees. Every one has a code of the catalogue (base/errors/), so that its SQLSTATE,
 * wording, hint, golden test and documentation cannot drift apart.
 *
 *     throw new SqlError("UNKNOWN_COLUMN", ref.span, { name, table, columns }, didYouMean(name, columns));
 */

import type { DataPlace, Diagnostic } from "./diagnostics/diagnostic.ts";
import { type DiagnosticJson, diagnosticJson } from "./diagnostics/json.ts";
import {
  type ErrorCatalogue,
  type ErrorCode,
  errorCatalogue,
  type WarningCatalogue,
  type WarningCode,
  warningCatalogue,
} from "./errors/catalogue.ts";
import { type DetailsOf, type ErrorEntry, fill } from "./errors/entry.ts";
import type { Span } from "./value.ts";

export type { DataPlace, Diagnostic } from "./diagnostics/diagnostic.ts";
export { didYouMean } from "./diagnostics/did-you-mean.ts";
export { type DiagnosticJson, diagnosticJson, type Source } from "./diagnostics/json.ts";
export { render } from "./diagnostics/render.ts";

export class SqlError<Code extends ErrorCode = ErrorCode> extends Error implements Diagnostic {
  readonly severity = "error";
  readonly code: Code;
  readonly sqlstate: string;
  readonly details: Diagnostic["details"];
  readonly hint: string | undefined;
  readonly didYouMean: string | undefined;
  readonly span: Span | undefined;
  readonly place: DataPlace | undefined;
  #file: string | undefined;

  /**
   * `where` is a span of the statement's text or a place in a data file; undefined only for faults that no text explains.
   * `suggestion` is shown beside the caret: what the name was probably meant to be.
   */
  constructor(
    code: Code,
    where: Span | DataPlace | undefined,
    details: DetailsOf<ErrorCatalogue[Code]>,
    suggestion?: string,
  ) {
    const entry: ErrorEntry = errorCatalogue[code];
    const given: Diagnostic["details"] = details;
    super(messageOf(entry, given));
    this.name = "SqlError";
    this.code = code;
    this.sqlstate = entry.sqlstate;
    this.details = given;
    this.hint = hintOf(entry, given);
    this.didYouMean = suggestion;
    this.span = spanOf(where);
    this.place = placeOf(where);
  }

  get file(): string | undefined {
    return this.#file;
  }

  /** Says which file the span points into, where that is not known yet. */
  inFile(path: string): this {
    this.#file ??= path;
    return this;
  }

  /** The error as data; `diagnosticJson` adds line and column where the text is at hand. */
  toJSON(): DiagnosticJson {
    return diagnosticJson(this);
  }
}

/** `instanceof` alone would leave the code unknown. */
export const isSqlError = (error: unknown): error is SqlError => error instanceof SqlError;

/** What was thrown, as an error: whatever is thrown here is one. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });

/** Several errors of one text, in order of position. */
export class SqlErrors extends Error {
  readonly errors: readonly SqlError[];

  constructor(errors: readonly SqlError[]) {
    const sorted = sortDiagnostics(errors);
    super(sorted.map((error) => error.message).join("\n"));
    this.name = "SqlErrors";
    this.errors = sorted;
  }

  toJSON(): readonly DiagnosticJson[] {
    return this.errors.map((error) => error.toJSON());
  }
}

/** A warning: collected, never thrown. */
export function sqlWarning<Code extends WarningCode>(
  code: Code,
  where: Span | DataPlace | undefined,
  details: DetailsOf<WarningCatalogue[Code]>,
  suggestion?: string,
): Diagnostic {
  const entry: ErrorEntry = warningCatalogue[code];
  const given: Diagnostic["details"] = details;
  return {
    severity: "warning",
    code,
    sqlstate: entry.sqlstate,
    message: messageOf(entry, given),
    details: given,
    hint: hintOf(entry, given),
    didYouMean: suggestion,
    span: spanOf(where),
    place: placeOf(where),
  };
}

/** In order of position, file by file as they come; what has no position comes last. Equal positions keep their order. */
export function sortDiagnostics<D extends Diagnostic>(diagnostics: readonly D[]): readonly D[] {
  const files = [...new Set(diagnostics.map((d) => d.file))];
  const key = (d: Diagnostic): number => d.span?.start ?? Number.MAX_SAFE_INTEGER;
  return [...diagnostics].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || key(a) - key(b));
}

function messageOf(entry: ErrorEntry, details: Diagnostic["details"]): string {
  return fill(entry.message, details) ?? entry.message;
}

function hintOf(entry: ErrorEntry, details: Diagnostic["details"]): string | undefined {
  const own = details["hint"];
  if (own !== undefined) return String(own);
  return entry.hint === undefined ? undefined : fill(entry.hint, details);
}

function spanOf(where: Span | DataPlace | undefined): Span | undefined {
  return where !== undefined && "start" in where ? where : undefined;
}

function placeOf(where: Span | DataPlace | undefined): DataPlace | undefined {
  return where !== undefined && "path" in where ? where : undefined;
}
