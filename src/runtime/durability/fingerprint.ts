/**
 * What the state of a query depends on, as text: its plan with everything that says what it computes, and nothing that
 * only says where that stands. A query can go on with the state of one with the same text.
 */
import type { QueryPlan } from "../../operators/physical.ts";

/** Where things stand in the SQL, and what is said of them. */
const silent: ReadonlySet<string> = new Set(["span", "spans", "warnings", "sql", "file", "folder", "ordinal", "doc"]);

export function fingerprintOf({ name, root, sink, key, settings }: QueryPlan): string {
  return JSON.stringify(plain({ name, root, sink, key, settings }));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return `${Object.is(value, -0) ? "-0" : value}`;
  if (value instanceof Map) return plain(Object.fromEntries([...value].map(([k, v]) => [String(k), v])));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, v]) => !silent.has(key) && v !== undefined);
  // A function or an aggregate of the registries: its names say which.
  const isDefinition = entries.some(([, v]) => typeof v === "function");
  const kept = isDefinition ? entries.filter(([, v]) => typeof v === "string") : entries;
  return Object.fromEntries(kept.map(([key, v]) => [key, plain(v)]));
}
