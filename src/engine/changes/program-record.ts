/** A program as the input log keeps it: what it takes to run it again, so that its epochs can be gone through when another one comes. */
import { Readable } from "node:stream";
import type { OpenOptions, SqlText } from "../../api.ts";
import type { Value } from "../../base/value.ts";
import type { Sink } from "../../connectors/connector.ts";
import { type Parameters, parameterValues } from "../../plan/parameters.ts";
import { plainValues, valuesOf } from "../../runtime/durability/values.ts";
import type { CarriedJob, QuietJob } from "./transition.ts";

export interface StoredProgram {
  readonly files: readonly SqlText[];
  readonly settings: Readonly<Record<string, string>>;
  /** Names and values, of the call and of the engine, as values.ts writes them. */
  readonly parameters: StoredParameters;
  readonly sharedParameters: StoredParameters;
  /** What becomes of bare SELECTs: their rows are printed, printed once at the end, or kept. */
  readonly printed: "changes" | "final" | "kept";
}

type StoredParameters = Readonly<Record<string, readonly unknown[]>>;

/** Another program is run from here on. */
export interface ProgramRecord {
  readonly kind: "program";
  readonly program: StoredProgram;
  /** Its jobs that go on where those of the program before it were. undefined: nothing has changed in what they do. */
  readonly jobs: readonly CarriedJob[] | undefined;
  readonly quiet?: readonly QuietJob[];
}

const storedParameters = (given: Parameters): StoredParameters =>
  Object.fromEntries([...parameterValues(given)].map(([name, value]) => [name, plainValues([value])]));

/** What `options` and a call make of a program. */
export function storedProgram(
  files: readonly SqlText[],
  { parameters, settings, print, changelog }: Pick<OpenOptions, "parameters" | "settings" | "print" | "changelog">,
  own: Parameters,
): StoredProgram {
  const isFinal = changelog === "final";
  return {
    files: files.map(({ text, path, baseDirectory }) => ({ text, path, baseDirectory })),
    settings: settings ?? {},
    parameters: storedParameters(own),
    sharedParameters: storedParameters(parameters ?? {}),
    printed: print === undefined ? "kept" : isFinal ? "final" : "changes",
  };
}

const silent: Sink = {
  ordered: false,
  write: () => undefined,
  flush: () => undefined,
  close: () => Promise.resolve(),
};

/** The options of an engine that goes through the epochs of a program again, and tells nobody. */
export function revivingOptions(
  options: OpenOptions,
  { settings, sharedParameters, printed }: StoredProgram,
): OpenOptions {
  const { onNotice: _, onSideRow: __, print: ___, changelog: ____, ...others } = options;
  return {
    ...others,
    settings,
    parameters: parametersOf(sharedParameters),
    stdin: Readable.from([]),
    ...(printed !== "kept" && { print: () => silent }),
    ...(printed === "final" && { changelog: "final" }),
  };
}

/** By name, or by number as text. */
export const parametersOf = (stored: StoredParameters): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, valuesOf(value)[0] ?? null]));
