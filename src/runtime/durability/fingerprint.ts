/**
 * What the state of a query depends on, as text: its plan with everything that says what it computes, and nothing that
 * only says where that stands. A query can go on with the state of one with the same text.
 */
import type { PhysicalPlan, QueryPlan } from "../../operators/physical.ts";

/** Where things stand in the SQL, and what is said of them. */
const silent: ReadonlySet<string> = new Set([
  "span",
  "spans",
  "warnings",
  "sql",
  "file",
  "folder",
  "ordinal",
  "doc",
  "errorsMaxAge",
]);
/** What of an operator and of those below it depends on the rest of the query: its number, and which columns others read. */
const aroundOperator: ReadonlySet<string> = new Set([...silent, "id", "needed"]);

/** Settings that change nothing of what a query computes: what its late and error tables keep, what is warned of. */
const SILENT_SETTINGS: ReadonlySet<string> = new Set(["side-tables.max-age", "unbounded_state"]);

const telling = (settings: QueryPlan["settings"]): QueryPlan["settings"] =>
  new Map([...settings].filter(([name]) => !SILENT_SETTINGS.has(name)));

export function fingerprintOf({ name, root, sink, key, settings }: QueryPlan): string {
  return JSON.stringify(plain({ name, root, sink, key, settings: telling(settings) }, silent));
}

/** What the state of one operator of a query depends on: itself, all that is below it, and the settings. */
export const operatorFingerprint = (operator: PhysicalPlan, { settings }: QueryPlan): string =>
  JSON.stringify(plain({ operator, settings: telling(settings) }, aroundOperator));

/** What the rows of a query's sink depend on besides the query. */
export const sinkFingerprint = ({ sink }: QueryPlan): string => JSON.stringify(plain(sink, silent));

function plain(value: unknown, without: ReadonlySet<string>): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return `${Object.is(value, -0) ? "-0" : value}`;
  // Its keys are data.
  if (value instanceof Map)
    return Array.from(value as ReadonlyMap<unknown, unknown>, ([k, v]) => [k, plain(v, without)]);
  if (Array.isArray(value)) return value.map((v: unknown) => plain(v, without));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, v]) => !without.has(key) && v !== undefined);
  // A function or an aggregate of the registries: its names say which.
  const isDefinition = entries.some(([, v]) => typeof v === "function");
  const kept = isDefinition ? entries.filter(([, v]) => typeof v === "string") : entries;
  return Object.fromEntries(kept.map(([key, v]) => [key, plain(v, without)]));
}
