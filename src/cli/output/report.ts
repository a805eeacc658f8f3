/** Errors as a person sees them, and the exit code that stands for each. No stack trace without --debug. */
import { type Diagnostic, diagnosticJson, render, type Source, SqlError, SqlErrors } from "../../base/error.ts";
import { storageErrors } from "../../base/errors/storage.ts";
import { BadDataError } from "../../runtime/bad-data.ts";
import { ExitCode, type ExitCodeNumber } from "../exit-code.ts";
import type { Terminal } from "./terminal.ts";

export interface ReportOptions {
  readonly terminal: Terminal;
  readonly debug: boolean;
  /** As data, one object per line. */
  readonly json: boolean;
}

/** The text that spans point into; of a program several, one of which a diagnostic names. */
export type Sources = Source | readonly Source[] | undefined;

const isProgram = (sources: Sources): sources is readonly Source[] => Array.isArray(sources);

function sourceOf({ file }: Diagnostic, sources: Sources): Source | undefined {
  if (!isProgram(sources)) return sources;
  return sources.length === 1 ? sources[0] : sources.find(({ path }) => path === file);
}

/** Writes errors and warnings to stderr, in their order. */
export function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  { terminal, json }: { readonly terminal: Pick<Terminal, "say" | "color">; readonly json: boolean },
): void {
  for (const diagnostic of diagnostics) {
    const source = sourceOf(diagnostic, sources);
    terminal.say(
      json ? JSON.stringify(diagnosticJson(diagnostic, source)) : render(diagnostic, source, { color: terminal.color }),
    );
  }
}

/** Says what went wrong and returns what the process answers. */
export function reportError(error: unknown, sources: Sources, options: ReportOptions): ExitCodeNumber {
  if (error instanceof BadDataError) {
    reportError(error.error, sources, options);
    return ExitCode.BAD_DATA;
  }
  const errors = error instanceof SqlErrors ? error.errors : error instanceof SqlError ? [error] : undefined;
  if (errors === undefined) return reportUnexpected(error, options);
  reportDiagnostics(errors, sources, options);
  if (options.debug) for (const each of errors) options.terminal.say(each.stack ?? "");
  const [first] = errors;
  return first === undefined ? ExitCode.INTERNAL : codeOf(first);
}

function codeOf(error: SqlError): ExitCodeNumber {
  if (error.code in storageErrors) return ExitCode.STORAGE;
  switch (error.code) {
    case "INTERNAL":
      return ExitCode.INTERNAL;
    case "BAD_RECORD":
    case "ROW_FAILED":
      return ExitCode.BAD_DATA;
    case "CONNECTION_FAILED":
    case "PATH_UNREADABLE":
    case "PATH_UNWRITABLE":
      // Where the statement's text shows what to mend it is the SQL that was refused, else the world that failed.
      return error.span === undefined ? ExitCode.CONNECTOR : ExitCode.SQL_REFUSED;
    case "MEMORY_EXHAUSTED":
      return ExitCode.QUERY_FAILED;
    default:
      return ExitCode.SQL_REFUSED;
  }
}

function reportUnexpected(error: unknown, { terminal, debug }: ReportOptions): ExitCodeNumber {
  const message = error instanceof Error ? error.message : String(error);
  terminal.say(`internal error: ${message}`);
  if (debug && error instanceof Error) terminal.say(error.stack ?? "");
  else terminal.say("  hint: please report this with the statement; --debug shows where it happened");
  return ExitCode.INTERNAL;
}
