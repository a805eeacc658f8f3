/** DROP: what is dropped stops, and is refused while views, sinks or running queries were made from it (2BP01). */
import { SqlError } from "../../base/error.ts";
import type { ProgramStep } from "../../operators/physical.ts";
import type * as ast from "../../sql/ast.ts";
import type { Env } from "../bind/env.ts";
import { unsupported } from "../bind/expressions/operators.ts";
import { describeKind, objectName } from "../catalog/catalog.ts";

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
  const going = new Set(s.names.flatMap((name) => env.catalog.find(name)?.name ?? []));
  return env.each(s.names, (name): ProgramStep => {
    const entry = env.catalog.find(name);
    const { name: text, span } = objectName(name);
    if (entry === undefined || (entry.kind === "table" && entry.plan.connector === "system")) {
      if (s.ifExists) return { kind: "drop", name: undefined, span: s.span };
      throw new SqlError("UNKNOWN_OBJECT", span, { kind: s.object.toLowerCase(), name: text });
    }
    const actual = describeKind(entry);
    if (!expected.includes(actual)) {
      const hint = `write DROP ${actual.toUpperCase()}`;
      throw new SqlError("WRONG_OBJECT", span, { name: entry.name, actual, expected: s.object.toLowerCase(), hint });
    }
    const users = env.catalog.usersOf(entry.name).filter((user) => !going.has(user));
    if (users.length > 0 && !s.cascade) throw new SqlError("OBJECT_IN_USE", span, { name: entry.name, users });
    if (users.length > 0) throw unsupported("DROP .. CASCADE of an object in use", span);
    env.catalog.remove(entry.name);
    return { kind: "drop", name: entry.name, span: s.span };
  });
}
