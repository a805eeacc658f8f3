/** Expressions of the AST -> typed expressions over the leaves of a scope. */
import { BOOLEAN, NULL_TYPE, VARCHAR } from "../../../base/types.ts";
import type { Span } from "../../../base/value.ts";
import { type Expr, literal } from "../../../expr/expr.ts";
import type * as ast from "../../../sql/ast.ts";
import { type ExprScope, fieldOf, resolveColumn } from "../scope.ts";
import { warnIfAlwaysFails } from "./always-fails.ts";
import { bindCall } from "./call.ts";
import { call } from "./coerce.ts";
import { datetimeLiteral, intervalLiteral, numberLiteral, parameter } from "./literals.ts";
import {
  type Bind,
  bindBetween,
  bindBinary,
  bindCase,
  bindCast,
  bindIn,
  bindIs,
  bindIsDistinct,
  bindLike,
  bindLogical,
  bindUnary,
  condition,
  unsupported,
} from "./operators.ts";

export function bindExpr(node: ast.Expr, scope: ExprScope): Expr {
  const bind: Bind = (e) => bindExpr(e, scope);
  const bound = scope.env.mark(bindNode(node, scope, bind), node.span);
  warnIfAlwaysFails(bound, node.span, scope.env);
  return bound;
}

/** A condition of WHERE, HAVING or FILTER. */
export function bindCondition(node: ast.Expr, scope: ExprScope): Expr {
  return condition(bindExpr(node, scope), node.span, scope.clause);
}

function bindNode(node: ast.Expr, scope: ExprScope, bind: Bind): Expr {
  switch (node.kind) {
    case "null":
      return literal(null, NULL_TYPE);
    case "boolean":
      return literal(node.value, BOOLEAN);
    case "number":
      return numberLiteral(node, false);
    case "string":
      return literal(node.value, VARCHAR);
    case "datetime":
      return datetimeLiteral(node);
    case "interval":
      return intervalLiteral(node);
    case "parameter":
      return parameter(node, scope.env);
    case "column":
      return resolveColumn(scope, node.parts, node.span);
    case "field":
      return fieldOf(bind(node.base), node.name);
    case "unary":
      return bindUnary(node, bind);
    case "binary":
      return bindBinary(node, bind);
    case "logical":
      return bindLogical(node, bind);
    case "cast":
      return bindCast(node, bind);
    case "case":
      return bindCase(node, bind);
    case "between":
      return bindBetween(node, bind);
    case "inList":
      return bindIn(node, bind);
    case "like":
      return bindLike(node, bind);
    case "is":
      return bindIs(node, bind);
    case "isDistinct":
      return bindIsDistinct(node, bind);
    case "call":
      return bindCall(node, scope, bind, bindExpr);
    case "extract":
      return bindUnit("EXTRACT", node.field, node.operand, node.span, bind);
    case "roundTo":
      return bindRoundTo(node, bind);
    case "row":
      return rowOf(node.items.map(bind));
    default:
      return refuse(node);
  }
}

/** EXTRACT(field FROM x) and its kin: functions whose first argument is a word. */
function bindUnit(name: string, unit: ast.Identifier, operand: ast.Expr, span: Span, bind: Bind): Expr {
  return call(name, [literal(unit.name.toLowerCase(), VARCHAR), bind(operand)], [unit.span, operand.span], span);
}

/** FLOOR(x TO unit) and CEIL(x TO unit): the unit is the second argument. */
function bindRoundTo({ direction, unit, operand, span }: ast.RoundTo, bind: Bind): Expr {
  return call(direction, [bind(operand), literal(unit.name.toLowerCase(), VARCHAR)], [operand.span, unit.span], span);
}

function rowOf(fields: readonly Expr[]): Expr {
  const types = fields.map((f, i) => ({ name: `f${i + 1}`, type: f.type, nullable: f.nullable }));
  return { node: "row", fields, type: { kind: "ROW", fields: types }, nullable: false };
}

type Unsupported = Extract<
  ast.Expr,
  {
    kind:
      | "bytes"
      | "subscript"
      | "inQuery"
      | "exists"
      | "quantified"
      | "atTimeZone"
      | "collate"
      | "array"
      | "arrayQuery"
      | "map"
      | "subquery"
      | "jsonAccess"
      | "jsonConstructor"
      | "matchSemantics";
  }
>;

function constructName(node: Unsupported): string {
  switch (node.kind) {
    case "bytes":
      return "type BYTES";
    case "subscript":
      return "a subscript";
    case "inQuery":
      return "IN (subquery)";
    case "exists":
      return "EXISTS (subquery)";
    case "quantified":
      return node.quantifier;
    case "atTimeZone":
      return "AT TIME ZONE";
    case "collate":
      return "COLLATE";
    case "array":
    case "arrayQuery":
      return "type ARRAY";
    case "map":
      return "type MAP";
    case "subquery":
      return "a subquery as a value";
    case "jsonAccess":
    case "jsonConstructor":
      return node.function;
    case "matchSemantics":
      return node.mode;
    default:
      return node satisfies never;
  }
}

function refuse(node: Unsupported): never {
  throw unsupported(constructName(node), node.span);
}
