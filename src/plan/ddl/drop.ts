/** DROP. A view or query that others were built from may go: those were planned with its text and keep running. */
import { SqlError } from "../../base/error.ts";
import type { ProgramStep } from "../../operators/physical.ts";
import type * as ast from "../../sql/ast.ts";
import type { Env } from "../bind/env.ts";
import { unsupported } from "../bind/expressions/operators.ts";
import { describeKind, objectName } from "../catalog/catalog.ts";
import type { CatalogEntry } from "../catalog/entries.ts";
import { scansOf } from "../logical/plan.ts";

const accepts: Partial<Record<ast.ObjectType, readonly string[]>> = {
  TABLE: ["table"],
  SOURCE: ["source"],
  SINK: ["sink"],
  VIEW: ["view"],
  "MATERIALIZED VIEW": ["materialized view"],
  QUERY: ["query"],
};

export function drop(s: ast.Drop, env: Env): readonly ProgramStep[] {
  const expected = accepts[s.object];
  if (expected === undefined) throw unsupported(`DROP ${s.object}`, s.span);
  return env.each(s.names, (name): ProgramStep => {
    const entry = env.catalog.find(name);
    const { name: text, span } = objectName(name);
    if (entry === undefined || (entry.kind === "table" && entry.plan.connector === "system")) {
      if (s.ifExists) return { kind: "drop", what: whatOf(s.object), name: undefined, span: s.span };
      throw new SqlError("UNKNOWN_OBJECT", span, { kind: s.object.toLowerCase(), name: text });
    }
    const actual = describeKind(entry);
    if (!expected.includes(actual)) {
      const hint = `write DROP ${actual.toUpperCase()}`;
      throw new SqlError("WRONG_OBJECT", span, { name: entry.name, actual, expected: s.object.toLowerCase(), hint });
    }
    const users = usersOf(entry, env);
    if (users.length > 0 && !s.cascade) throw new SqlError("OBJECT_IN_USE", span, { name: entry.name, users });
    if (users.length > 0) throw unsupported("DROP .. CASCADE of an object in use", span);
    env.catalog.remove(entry.name);
    return { kind: "drop", what: whatOf(s.object), name: entry.name, span: s.span };
  });
}

const whatOf = (object: ast.ObjectType): "table" | "view" | "query" =>
  object === "TABLE" || object === "SOURCE" ? "table" : object === "VIEW" ? "view" : "query";

/** Views that read the table. */
function usersOf(entry: CatalogEntry, env: Env): readonly string[] {
  if (entry.kind !== "table") return [];
  return env.catalog.entries().flatMap((e) => {
    if (e.kind !== "view" && e.kind !== "materialized view") return [];
    return scansOf(e.plan).some((s) => s.table === entry.plan) ? [e.name] : [];
  });
}
