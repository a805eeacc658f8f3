/** Expressions with an operator or keyword of their own: AND, CASE, BETWEEN, IN, LIKE, IS, CAST. */
import { SqlError } from "../../../base/error.ts";
import { BOOLEAN, isNumeric, typeText } from "../../../base/types.ts";
import type { Span } from "../../../base/value.ts";
import { type Expr, literal } from "../../../expr/expr.ts";
import { findFunction } from "../../../expr/functions/index.ts";
import type * as ast from "../../../sql/ast.ts";
import { call, castTo, coerceTo, explicitCast, operator, unify } from "./coerce.ts";
import { numberLiteral } from "./literals.ts";
import { bindType } from "./types.ts";

export type Bind = (e: ast.Expr) => Expr;

const bool = (nullable: boolean) => ({ type: BOOLEAN, nullable }) as const;

export const not = (arg: Expr): Expr => ({ node: "not", arg, ...bool(arg.nullable) });
export const isNull = (arg: Expr, negated: boolean): Expr => ({ node: "isNull", arg, negated, ...bool(false) });

export function logical(node: "and" | "or", args: readonly Expr[]): Expr {
  const [first] = args;
  if (args.length === 1 && first !== undefined) return first;
  return { node, args, ...bool(args.some((a) => a.nullable)) };
}

export function condition(e: Expr, span: Span, what: string): Expr {
  return coerceTo(e, BOOLEAN, span, what);
}

export function bindLogical(node: ast.Logical, bind: Bind): Expr {
  const args = node.operands.map((o) => condition(bind(o), o.span, `an operand of ${node.op}`));
  return logical(node.op === "AND" ? "and" : "or", args);
}

export function bindUnary(node: ast.Unary, bind: Bind): Expr {
  const { operand } = node;
  switch (node.op) {
    case "NOT":
      return not(condition(bind(operand), operand.span, "the operand of NOT"));
    case "-":
      if (operand.kind === "number") return numberLiteral(operand, true);
      return negate(bind(operand), node);
    case "+": {
      const arg = bind(operand);
      if (isNumeric(arg.type)) return arg;
      throw new SqlError("TYPE_MISMATCH", operand.span, {
        what: "the operand of +",
        expected: "a number",
        actual: typeText(arg.type),
      });
    }
    case "~":
      throw unsupported("operator ~", node.span);
    default:
      return node.op satisfies never;
  }
}

function negate(arg: Expr, node: ast.Unary): Expr {
  if (arg.node === "literal" && (arg.type.kind === "INTERVAL_DAY" || arg.type.kind === "INTERVAL_MONTH")) {
    if (typeof arg.value === "bigint") return literal(-arg.value, arg.type);
    if (typeof arg.value === "number") return literal(-arg.value, arg.type);
  }
  return call("-", [arg], [node.operand.span], node.span);
}

export const unsupported = (construct: string, span: Span, advice?: string): SqlError =>
  new SqlError("NOT_SUPPORTED", span, { construct, advice });

export function bindBinary(node: ast.Binary, bind: Bind): Expr {
  const left = bind(node.left);
  const right = bind(node.right);
  return operator(node.op, left, right, [node.left.span, node.right.span, node.span]);
}

export function bindBetween(node: ast.Between, bind: Bind): Expr {
  const x = bind(node.operand);
  const low = bind(node.low);
  const high = bind(node.high);
  const compare = (op: string, bound: Expr, boundSpan: Span): Expr =>
    operator(op, x, bound, [node.operand.span, boundSpan, node.span]);
  const range = (a: Expr, b: Expr, aSpan: Span, bSpan: Span): Expr =>
    logical("and", [compare(">=", a, aSpan), compare("<=", b, bSpan)]);
  const straight = range(low, high, node.low.span, node.high.span);
  const inside = node.symmetric ? logical("or", [straight, range(high, low, node.high.span, node.low.span)]) : straight;
  return node.negated ? not(inside) : inside;
}

export function bindIn(node: ast.InList, bind: Bind): Expr {
  const x = bind(node.operand);
  const tests = node.items.map((item) => operator("=", x, bind(item), [node.operand.span, item.span, node.span]));
  const any = logical("or", tests);
  return node.negated ? not(any) : any;
}

export function bindLike(node: ast.Like, bind: Bind): Expr {
  const parts = [node.operand, node.pattern, ...(node.escape === undefined ? [] : [node.escape])];
  const name = node.op;
  if (findFunction(name) === undefined) throw unsupported(name, node.span);
  const matches = call(
    name,
    parts.map(bind),
    parts.map((p) => p.span),
    node.span,
  );
  return node.negated ? not(matches) : matches;
}

const FALSE = literal(false, BOOLEAN);

export function bindIs(node: ast.IsTest, bind: Bind): Expr {
  const { test, negated } = node;
  const x = bind(node.operand);
  if (test === "NULL") return isNull(x, negated);
  if (test.startsWith("JSON")) throw unsupported(`IS ${test}`, node.span);
  const operand = condition(x, node.operand.span, `the operand of IS ${test}`);
  if (test === "UNKNOWN") return isNull(operand, negated);
  const wanted = test === "TRUE" ? operand : not(operand);
  const holds: Expr = operand.nullable ? { node: "coalesce", args: [wanted, FALSE], ...bool(false) } : wanted;
  return negated ? not(holds) : holds;
}

export function bindIsDistinct(node: ast.IsDistinct, bind: Bind): Expr {
  const op = node.negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM";
  return operator(op, bind(node.left), bind(node.right), [node.left.span, node.right.span, node.span]);
}

export function caseOf(branches: readonly { readonly when: Expr; readonly then: Expr }[], otherwise: Expr): Expr {
  const nullable = otherwise.nullable || branches.some((b) => b.then.nullable);
  return { node: "case", branches, otherwise, type: otherwise.type, nullable };
}

export function bindCase(node: ast.Case, bind: Bind): Expr {
  const { operand } = node;
  const subject = operand === undefined ? undefined : bind(operand);
  const whens = node.branches.map((b) => {
    const when = bind(b.when);
    if (subject === undefined || operand === undefined) return condition(when, b.when.span, "WHEN");
    return operator("=", subject, when, [operand.span, b.when.span, b.when.span]);
  });
  const results = [...node.branches.map((b) => b.then), ...(node.otherwise === undefined ? [] : [node.otherwise])];
  const bound = results.map(bind);
  if (node.otherwise === undefined) bound.push(literal(null, { kind: "NULL" }));
  const spans = results.map((r) => r.span);
  const unified = unify(bound, spans, "the results of CASE", node.span);
  const otherwise = unified.at(-1);
  if (otherwise === undefined) throw new TypeError("CASE has results");
  return caseOf(
    whens.map((when, i) => ({ when, then: unified[i] ?? otherwise })),
    otherwise,
  );
}

export function bindCast(node: ast.Cast, bind: Bind): Expr {
  const type = bindType(node.type);
  const arg = bind(node.operand);
  const cast = explicitCast(arg, type, node.safe, node.span);
  return arg.node === "literal" && cast.node === "cast" && !node.safe ? castTo(arg, type, node.span) : cast;
}
