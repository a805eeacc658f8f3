/** Options of a WITH clause: checked against their definitions, then read by type. Dashes and underscores are the same. */
import { didYouMean, SqlError } from "../base/error.ts";
import type { Span } from "../base/value.ts";
import type { OptionDef, Options } from "./connector.ts";

/** Options that the engine itself reads, of every source. */
export const engineSourceOptions: readonly OptionDef[] = [
  { name: "connector", type: "string", doc: "Which connector reads the table." },
  { name: "rate", type: "integer", doc: "Rows a second at most." },
  { name: "speed", type: "string", doc: "Replays by event time, for example '60x'." },
  {
    name: "on-error",
    type: "enum",
    values: ["keep", "skip", "fail"],
    default: "keep",
    doc: "What happens to a bad record: kept in the error table, only counted, or the run ends.",
  },
  {
    name: "max-future-drift",
    type: "duration",
    doc: "How far ahead of the clock an event of a live source may be: one that is further is a bad row, so that one wrong clock does not make all others late. 1 h where it is absent, for files that grow or come and for standard input.",
  },
  {
    name: "idle-timeout",
    type: "duration",
    doc: "When a partition of a live source that has nothing stops holding the watermark; 30 s where it is absent. Of files that grow or come.",
  },
  {
    name: "close-after-idle",
    type: "duration",
    doc: "Not supported yet: when windows close though no more events come.",
  },
  {
    name: "changelog",
    type: "enum",
    values: ["append", "upsert"],
    doc: "Whether rows replace earlier ones of their key.",
  },
];

/** Options that the engine itself reads, of a table that it keeps itself. */
export const engineTableOptions: readonly OptionDef[] = [
  {
    name: "retention",
    type: "integer",
    default: "1000000",
    doc: "How many rows a table without connector keeps for later queries; the oldest go first.",
  },
];

/** Options of a materialized view. */
export const viewOptions: readonly OptionDef[] = [
  {
    name: "retention",
    type: "duration",
    doc: "How far a row's `window_end`, or else its event time, may be behind the watermark; older rows go, and no change says so.",
  },
];

/** `60x`, `0.5`: how many times faster than real time; undefined where it is none. */
export function parseSpeed(text: string): number | undefined {
  const factor = Number(/^\s*([0-9]*\.?[0-9]+)\s*x?\s*$/i.exec(text)?.[1]);
  return factor > 0 ? factor : undefined;
}

/** What is wrong with the pace of a source; `timed`: whether its table has a watermark. */
export function checkPace(options: Options, timed: boolean): void {
  const speed = options.get("speed");
  const rate = options.get("rate");
  const refuse = (name: string, expected: string, given: { readonly value: string; readonly span: Span }): SqlError =>
    new SqlError("INVALID_OPTION", given.span, { name, expected, value: given.value });
  if (rate !== undefined && !(Number(rate.value) > 0)) throw refuse("rate", "rows per second", rate);
  if (speed === undefined) return;
  if (parseSpeed(speed.value) === undefined) throw refuse("speed", "a multiple of real time like '60x'", speed);
  if (rate !== undefined) throw new SqlError("OPTION_CONFLICT", rate.span, { name: "rate", other: "speed" });
  if (timed) return;
  const advice = "add WATERMARK FOR the column of the event's time, or replay by 'rate'";
  throw new SqlError("OPTION_NEEDS", speed.span, { name: "speed", what: "event time to replay by", advice });
}

/** Options that the engine itself reads, of every sink. */
export const engineSinkOptions: readonly OptionDef[] = [
  { name: "connector", type: "string", doc: "Which connector takes the rows." },
];

const canonical = (name: string): string => name.replaceAll("_", "-");

const DURATION_UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

/** `10s`, `1.5 h`, `2 minutes 30 seconds`, in milliseconds; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const part = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy;
  const given = text.trim().toLowerCase();
  let total = 0;
  while (part.lastIndex < given.length) {
    const [, number, unit] = part.exec(given) ?? [];
    if (number === undefined || unit === undefined) return undefined;
    const ms = DURATION_UNIT_MS[unit] ?? DURATION_UNIT_MS[unit.replace(/s$/, "")];
    if (ms === undefined) return undefined;
    total += Number(number) * ms;
  }
  return given === "" ? undefined : total;
}

/** `128MB`, `1 kb`, `4096`; as in Flink a kilobyte has 1024 bytes. undefined where it is none. */
function parseBytes(text: string): number | undefined {
  const [, number, unit = ""] = /^\s*(\d{1,15})\s*([kmg]?)(?:i?b|bytes)?\s*$/i.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * 1024 ** " kmg".indexOf(unit.toLowerCase() || " ");
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  on: true,
  off: false,
  yes: true,
  no: false,
};

/** What a value must be, where it is not; undefined where it is right. */
function expectation(def: OptionDef, value: string): string | undefined {
  switch (def.type) {
    case "string":
      return undefined;
    case "integer":
      return /^\d{1,15}$/.test(value) ? undefined : "a whole number";
    case "boolean":
      return BOOLEANS[value.toLowerCase()] === undefined ? "true or false" : undefined;
    case "duration":
      return parseDuration(value) === undefined ? "a duration like '10s' or '5 minutes'" : undefined;
    case "bytes":
      return (parseBytes(value) ?? 0) > 0 ? undefined : "a number of bytes like '128MB'";
    case "enum":
      return def.values?.includes(value.toLowerCase()) === true ? undefined : `one of ${(def.values ?? []).join(", ")}`;
    default:
      return def.type satisfies never;
  }
}

/** Options that were checked, by type. Asking for a name that has no definition is a bug. */
export class OptionValues {
  readonly owner: string;
  private readonly defs: ReadonlyMap<string, OptionDef>;
  private readonly given: Options;
  private readonly span: Span;

  constructor(owner: string, defs: ReadonlyMap<string, OptionDef>, given: Options, span: Span) {
    this.owner = owner;
    this.defs = defs;
    this.given = given;
    this.span = span;
  }

  has(name: string): boolean {
    return this.given.has(name);
  }
  /** Where the option stands, or else the statement. */
  spanOf(name: string): Span {
    return this.given.get(name)?.span ?? this.span;
  }
  text(name: string): string | undefined {
    const def = this.defs.get(name);
    if (def === undefined) throw new TypeError(`option ${name} is not defined`);
    const value = this.given.get(name)?.value ?? def.default;
    return def.type === "enum" ? value?.toLowerCase() : value;
  }
  integer(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }
  boolean(name: string): boolean {
    return BOOLEANS[(this.text(name) ?? "false").toLowerCase()] === true;
  }
  durationMs(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(text);
  }
  bytes(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseBytes(text);
  }
  /** The error for a value that its type allows and its meaning does not. */
  invalid(name: string, expected: string): SqlError {
    return new SqlError("INVALID_OPTION", this.spanOf(name), { name, expected, value: this.text(name) ?? "" });
  }
}

/** What Flink calls the options that are here. */
const FLINK_NAMES: Readonly<Record<string, string>> = {
  "csv.field-delimiter": "csv.delimiter",
  "csv.quote-character": "csv.quote",
  "csv.ignore-parse-errors": "on-error",
  "json.ignore-parse-errors": "on-error",
  "json.timestamp-format.standard": "timestamp-format",
};

function suggestion(name: string, names: readonly string[]): string | undefined {
  const flink = FLINK_NAMES[name];
  if (flink !== undefined && names.includes(flink)) return flink;
  return names.find((known) => known.endsWith(`.${name}`)) ?? didYouMean(name, names);
}

/** Checks `options` against the definitions: unknown names, missing ones, wrong values. */
export function checkOptions(owner: string, defs: readonly OptionDef[], options: Options, span: Span): OptionValues {
  const byName = new Map(defs.map((def) => [def.name, def]));
  const given = new Map<string, { value: string; span: Span }>();
  for (const [spelled, option] of options) {
    const name = byName.has(spelled) ? spelled : canonical(spelled);
    const def = byName.get(name);
    if (def === undefined) {
      const names = [...byName.keys()].sort();
      throw new SqlError(
        "UNKNOWN_OPTION",
        option.span,
        { owner, name: spelled, options: names },
        suggestion(name, names),
      );
    }
    if (given.has(name)) throw new SqlError("DUPLICATE_OPTION", option.span, { name });
    const expected = expectation(def, option.value);
    if (expected !== undefined) {
      const similar = def.type === "enum" ? didYouMean(option.value, def.values ?? []) : undefined;
      throw new SqlError("INVALID_OPTION", option.span, { name, expected, value: option.value }, similar);
    }
    given.set(name, option);
  }
  for (const def of defs) {
    if (def.required !== true || given.has(def.name)) continue;
    throw new SqlError("MISSING_OPTION", span, { owner, name: def.name, example: def.values?.[0] ?? "..." });
  }
  return new OptionValues(owner, byName, given, span);
}
