/** The options of `open`, checked before anything is made of them: a name or a number that is wrong is not passed over. */
import { inspect } from "node:util";
import type { OpenOptions } from "../api.ts";
import { didYouMean, SqlError } from "../base/error.ts";
import type { Storage } from "../base/storage.ts";

export interface EngineOptions extends OpenOptions {
  /** Where the files of sources and sinks are: the machine's disk where it is absent. */
  readonly storage?: Storage;
}

/** What a value must be; undefined: it is used as it is, and may be a getter that must not be read yet. */
interface Check {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

const wholeFrom = (least: number): Check => ({
  expected: `a whole number of at least ${least}`,
  holds: (value) =>
    typeof value === "number" && value >= least && (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY),
});
const oneOf = (...values: readonly string[]): Check => ({
  expected: values.map((value) => `'${value}'`).join(" or "),
  holds: (value) => typeof value === "string" && values.includes(value),
});

const checks: { readonly [Name in keyof Required<OpenOptions>]: Check | undefined } = {
  baseDirectory: { expected: "the path of a folder", holds: (value) => typeof value === "string" },
  parameters: undefined,
  settings: undefined,
  stdin: undefined,
  stdout: undefined,
  memoryLimitBytes: wholeFrom(1),
  resultRowsMax: wholeFrom(0),
  viewRowsMax: wholeFrom(0),
  waitingRowsMax: wholeFrom(0),
  print: undefined,
  changelog: oneOf("changes", "final"),
  state: { expected: "the path of a folder", holds: (value) => typeof value === "string" && value !== "" },
  snapshotIntervalMs: wholeFrom(0),
  onNotice: undefined,
  onSideRow: undefined,
  execution: undefined,
  runRowsMax: wholeFrom(1),
  clock: undefined,
  hashSeed: { expected: "a bigint", holds: (value) => typeof value === "bigint" },
};

/** Throws SqlError (42704) for a name that `open` does not know, and (22023) for a value that an option cannot have. */
export function checkOpenOptions(options: OpenOptions): void {
  const known = Object.keys(checks);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(checks, name)) {
      throw new SqlError("UNKNOWN_OPTION", undefined, { owner: "open", name, options: known }, didYouMean(name, known));
    }
    // It is one of the keys, as was just seen.
    const key = name as keyof OpenOptions;
    const check = checks[key];
    if (check === undefined) continue;
    const value: unknown = options[key];
    if (value !== undefined && !check.holds(value)) {
      throw new SqlError("INVALID_OPTION", undefined, {
        name,
        expected: check.expected,
        value: inspect(value, { depth: 0 }),
      });
    }
  }
}
