/** SQL expressions for the tests: text to bound expression. */
import { parseExpression } from "../../grammar/parse.ts";
import type { Schema } from "../../src/base/types.ts";
import type { Expr } from "../../src/expr/expr.ts";
import { Env } from "../../src/plan/bind/env.ts";
import { bindExpr } from "../../src/plan/bind/expressions/expr.ts";
import { emptyScope, type ScopeColumn } from "../../src/plan/bind/scope.ts";
import { Catalog } from "../../src/plan/catalog/catalog.ts";

/** `sql` over the columns of `schema`. */
export function bind(sql: string, schema: Schema = []): Expr {
  const env = new Env(new Catalog(), new Map());
  const columns = schema.map((f, index): ScopeColumn => ({ name: f.name, index, table: undefined }));
  return bindExpr(parseExpression(sql), { ...emptyScope(env, "SELECT"), schema, columns });
}
