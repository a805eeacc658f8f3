/** Errors and warnings as data: for `--format json`, HTTP and editors. */
import type { Diagnostic } from "./diagnostic.ts";
import { positionOf } from "./position.ts";

/** The text that spans point into. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface DiagnosticJson {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly sqlstate: string;
  readonly message: string;
  readonly hint?: string;
  readonly didYouMean?: string;
  readonly path?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based, in characters. */
  readonly column?: number;
  readonly start?: number;
  readonly end?: number;
}

export function diagnosticJson(diagnostic: Diagnostic, source?: Source): DiagnosticJson {
  const { severity, code, sqlstate, message, hint, didYouMean, span, place } = diagnostic;
  return {
    severity,
    code,
    sqlstate,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(didYouMean === undefined ? {} : { didYouMean }),
    ...(place === undefined ? {} : { path: place.path }),
    ...(place?.line === undefined ? {} : { line: place.line }),
    ...(place?.column === undefined ? {} : { column: place.column }),
    ...(span !== undefined && source !== undefined ? lineAndColumn(source, span.start) : {}),
    ...(span === undefined ? {} : { start: span.start, end: span.end }),
  };
}

function lineAndColumn(source: Source, offset: number): { path: string; line: number; column: number } {
  const { line, column } = positionOf(source.text, offset);
  return { path: source.path, line, column };
}
