/**
 * SET: the settings that exist, what they may be, and what Flink, RisingWave and PostgreSQL call them. A setting is one
 * entry here; SHOW, validation and did-you-mean derive from the list.
 */
import { type Diagnostic, didYouMean, SqlError, sqlWarning } from "../../base/error.ts";
import type { Span } from "../../base/value.ts";
import { parseDuration } from "../../connectors/options.ts";

interface SettingDef {
  readonly name: string;
  readonly default: string | undefined;
  readonly doc: string;
  readonly values?: readonly string[];
  /** The value in its canonical form; undefined where it is not allowed. */
  readonly check?: (value: string) => string | undefined;
  readonly expected?: string;
  readonly aliases?: readonly string[];
}

const oneOf =
  (values: readonly string[]) =>
  (value: string): string | undefined =>
    values.find((v) => v === value.toLowerCase());

const utcOnly = (value: string): string | undefined =>
  ["utc", "z", "gmt", "etc/utc", "+00:00", "utc+0", "0"].includes(value.toLowerCase()) ? "UTC" : undefined;

const choice = (name: string, values: readonly string[], fallback: string, doc: string): SettingDef => ({
  name,
  default: fallback,
  doc,
  values,
  check: oneOf(values),
  expected: values.map((v) => `'${v}'`).join(" or "),
});

const EPOCH_ROWS_MAX = 1_000_000;
export const SIDE_MAX_AGE = "7 days";

const settings: readonly SettingDef[] = [
  { name: "pipeline.name", default: undefined, doc: "Name of the next query (N1).", aliases: ["pipeline_name"] },
  {
    name: "timezone",
    default: "UTC",
    doc: "The session's time zone; only UTC for now.",
    check: utcOnly,
    expected: "UTC (other time zones are not supported yet)",
    aliases: ["table.local-time-zone", "time zone", "time_zone"],
  },
  choice(
    "on-error",
    ["keep", "skip", "fail"],
    "keep",
    "What a query does with a row that fails in an expression, and a table created after it with a bad record (E5).",
  ),
  {
    name: "epoch-rows",
    default: "65536",
    doc: "Rows after which results are put out, and made durable, while only bounded sources are read (T13).",
    check: (value) => (/^\d+$/.test(value) && +value >= 1 && +value <= EPOCH_ROWS_MAX ? String(+value) : undefined),
    expected: `a whole number from 1 to ${EPOCH_ROWS_MAX}`,
  },
  {
    name: "side-tables.max-age",
    default: SIDE_MAX_AGE,
    doc: "For how long error and late tables keep a row, by the clock of the epochs; what is dropped stays counted (E4, E5).",
    check: (value) => ((parseDuration(value) ?? 0) > 0 ? value : undefined),
    expected: "a duration like '7 days' or '12 hours'",
  },
  choice("unbounded_state", ["warn", "error"], "warn", "Whether state without a bound is a warning or an error (R4)."),
  {
    ...choice("dialect", ["flink"], "flink", "The SQL dialect; one dialect takes the forms of all."),
    aliases: ["sql.dialect", "table.sql-dialect", "sql_dialect"],
    values: ["flink", "default"],
    check: (v) => (["flink", "default", "postgres", "postgresql"].includes(v.toLowerCase()) ? "flink" : undefined),
    expected: "'flink'",
  },
];

/** Settings that other engines and clients know and that change nothing here: accepted with a notice. */
const FOREIGN = [
  "execution.",
  "table.",
  "parallelism.",
  "pipeline.",
  "state.",
  "taskmanager.",
  "jobmanager.",
  "restart-strategy",
  "sql-client.",
  "rest.",
  "heartbeat.",
];
const FOREIGN_EXACT = new Set([
  "client_encoding",
  "datestyle",
  "extra_float_digits",
  "application_name",
  "search_path",
  "standard_conforming_strings",
  "statement_timeout",
  "lock_timeout",
  "streaming_parallelism",
  "query_mode",
  "rw_implicit_flush",
]);

const find = (key: string): SettingDef | undefined => {
  const lower = key.toLowerCase();
  return settings.find((s) => s.name === lower || s.aliases?.includes(lower) === true);
};

export class Settings {
  readonly #values = new Map<string, string>();

  copy(): Settings {
    const other = new Settings();
    for (const [name, value] of this.#values) other.#values.set(name, value);
    return other;
  }

  isSet(key: string): boolean {
    return this.#values.has(find(key)?.name ?? key);
  }

  get(name: string): string | undefined {
    return this.#values.get(name) ?? find(name)?.default;
  }

  /** Everything in force, for a query's plan. */
  snapshot(): ReadonlyMap<string, string> {
    const all = new Map<string, string>();
    for (const s of settings) {
      const value = this.get(s.name);
      if (value !== undefined) all.set(s.name, value);
    }
    return all;
  }

  rows(): readonly (readonly [name: string, value: string | null, doc: string])[] {
    return settings.map((s) => [s.name, this.get(s.name) ?? null, s.doc]);
  }

  /** Sets and returns the canonical key and value; a notice where it has no effect here. value undefined: the default. */
  set(
    key: string,
    value: string | undefined,
    spans: { readonly key: Span | undefined; readonly value: Span | undefined },
  ): { readonly key: string; readonly value: string; readonly notice: Diagnostic | undefined } {
    const def = find(key);
    if (def === undefined) {
      const lower = key.toLowerCase();
      if (FOREIGN_EXACT.has(lower) || FOREIGN.some((p) => lower.startsWith(p))) {
        const notice = sqlWarning("NOTICE", spans.key, { text: `setting '${key}' is accepted and has no effect` });
        return { key, value: value ?? "", notice };
      }
      throw unknownSetting(key, spans.key);
    }
    if (value === undefined) {
      this.#values.delete(def.name);
      return { key: def.name, value: def.default ?? "", notice: undefined };
    }
    const checked = def.check === undefined ? value : def.check(value.trim());
    if (checked === undefined) {
      throw new SqlError("INVALID_SETTING", spans.value, { name: def.name, expected: def.expected ?? "", value });
    }
    this.#values.set(def.name, checked);
    return { key: def.name, value: checked, notice: undefined };
  }

  resetAll(): void {
    this.#values.clear();
  }

  /** pipeline.name counts for one query only. */
  takePipelineName(): string | undefined {
    const name = this.#values.get("pipeline.name");
    this.#values.delete("pipeline.name");
    return name;
  }
}

export function unknownSetting(key: string, span: Span | undefined): SqlError {
  const names = settings.flatMap((s) => [s.name, ...(s.aliases ?? [])]);
  return new SqlError("UNKNOWN_SETTING", span, { name: key }, didYouMean(key, names));
}

export const isSetting = (key: string): boolean => find(key) !== undefined;
