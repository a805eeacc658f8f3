/** Casts that the binder inserts, and calls of registered functions with their arguments cast to the signature. */
import { SqlError } from "../../../base/error.ts";
import { isString, type SqlType, sameType, typeText } from "../../../base/types.ts";
import type { Span } from "../../../base/value.ts";
import { canAssign, canCastExplicitly, canCastImplicitly, commonTypeOf } from "../../../expr/coerce.ts";
import { type Expr, literal } from "../../../expr/expr.ts";
import type { ArgumentType, ScalarFunction } from "../../../expr/function.ts";
import { findFunction } from "../../../expr/functions/index.ts";
import { constantError, foldConstant, tryConstant } from "./constant.ts";

export const argumentOf = (e: Expr): ArgumentType => ({
  type: e.type,
  nullable: e.nullable,
  literal: e.node === "literal" ? e.value : undefined,
});

/** A string constant: it takes the type that its place asks for, as in PostgreSQL. */
export const isTextLiteral = (e: Expr): boolean =>
  e.node === "literal" && isString(e.type) && typeof e.value === "string";

/** `e` as `type`; the cast must be known to exist. Constants are cast at once, a text constant that does not fit is an error. */
export function castTo(e: Expr, type: SqlType, span: Span): Expr {
  if (sameType(e.type, type)) return e;
  if (e.node === "literal" && e.value === null) return literal(null, type);
  const cast: Expr = { node: "cast", arg: e, isTry: false, type, nullable: e.nullable, span };
  if (e.node !== "literal") return cast;
  const folded = tryConstant(cast);
  if (folded.kind === "value") return literal(folded.value, type);
  if (isTextLiteral(e)) throw constantError(folded.error, e, type, span);
  return cast;
}

/** `e` where a `type` is asked for: only what widens, and text constants. */
export function coerceTo(e: Expr, type: SqlType, span: Span, what: string): Expr {
  const fits = canCastImplicitly(e.type, type) || (isTextLiteral(e) && canCastExplicitly(e.type, type));
  if (fits) return castTo(e, type, span);
  throw new SqlError("TYPE_MISMATCH", span, { what, expected: typeText(type), actual: typeText(e.type) });
}

/** `e` stored in `column`: also what may round or overflow for some value, or be NULL in a field that must not be. */
export function assignTo(e: Expr, type: SqlType, span: Span, column: string): Expr {
  if (canAssign(e.type, type) || (isTextLiteral(e) && canCastExplicitly(e.type, type))) {
    return isString(type) || type.kind === "ROW" ? assigned(e, type, span) : castTo(e, type, span);
  }
  const details = { column, expected: typeText(type), actual: typeText(e.type) };
  throw new SqlError("CANNOT_ASSIGN", span, details);
}

/** What must not be NULL fails as a row where it is. */
export const notNull = (e: Expr): Expr => (e.nullable ? { node: "notNull", arg: e, type: e.type, nullable: false } : e);

/** What does not fit a column fails where it is put in: the statement may be right for other rows. */
function assigned(e: Expr, type: SqlType, span: Span): Expr {
  if (sameType(e.type, type)) return e;
  if (e.node === "literal" && e.value === null) return literal(null, type);
  return foldConstant({
    node: "cast",
    arg: e,
    isTry: false,
    isAssignment: true,
    type,
    nullable: e.nullable,
    span,
  });
}

export function explicitCast(e: Expr, type: SqlType, isTry: boolean, span: Span): Expr {
  if (!canCastExplicitly(e.type, type)) {
    throw new SqlError("CANNOT_CAST", span, { from: typeText(e.type), to: typeText(type) });
  }
  if (e.node === "literal" && e.value === null) return literal(null, type);
  return { node: "cast", arg: e, isTry, type, nullable: e.nullable || isTry, span };
}

/** All as their common type. */
export function unify(exprs: readonly Expr[], spans: readonly Span[], what: string, span: Span): readonly Expr[] {
  const type = commonTypeOf(exprs.map(argumentOf));
  if (type === undefined) {
    const types = exprs.map((e) => typeText(e.type)).join(", ");
    throw new SqlError("NO_COMMON_TYPE", span, { what, types });
  }
  return exprs.map((e, i) => castTo(e, type, spans[i] ?? span));
}

/** A call of `fn`, or undefined where it does not take these arguments (`reason` says why, where the function knows). */
function resolveCall(
  fn: ScalarFunction,
  args: readonly Expr[],
  spans: readonly Span[],
  span: Span,
): Expr | { readonly reason: string | undefined } {
  const signature = fn.resolve(args.map(argumentOf));
  if (signature === undefined) return { reason: undefined };
  if ("reason" in signature) return { reason: signature.reason };
  const cast = args.map((a, i) => castTo(a, signature.params[i] ?? a.type, spans[i] ?? span));
  const nullable =
    fn.nulls === "strict"
      ? cast.some((a) => a.nullable) || signature.canBeNull === true
      : signature.canBeNull !== false;
  return { node: "call", fn, args: cast, span, type: signature.result, nullable };
}

/** A call of the registered function `name`. */
export function call(name: string, args: readonly Expr[], spans: readonly Span[], span: Span): Expr {
  const fn = findFunction(name);
  if (fn === undefined) {
    throw new SqlError("NOT_SUPPORTED", span, { construct: `function ${name.toUpperCase()}`, advice: undefined });
  }
  const resolved = resolveCall(fn, args, spans, span);
  if ("node" in resolved) return resolved;
  const details = { name: fn.name, types: args.map((a) => typeText(a.type)).join(", ") };
  const why = resolved.reason === undefined ? { usage: fn.usage } : { hint: resolved.reason };
  throw new SqlError("NO_SUCH_SIGNATURE", span, { ...details, ...why });
}

/** `left op right`. */
export function operator(op: string, left: Expr, right: Expr, spans: readonly [Span, Span, Span]): Expr {
  const [leftSpan, rightSpan, span] = spans;
  const fn = findFunction(op);
  if (fn === undefined) throw new SqlError("NOT_SUPPORTED", span, { construct: `operator ${op}`, advice: undefined });
  const resolved = resolveCall(fn, [left, right], [leftSpan, rightSpan], span);
  if ("node" in resolved) return resolved;
  const details = { left: typeText(left.type), op, right: typeText(right.type) };
  throw new SqlError(
    "NO_SUCH_OPERATOR",
    span,
    resolved.reason === undefined ? details : { ...details, hint: resolved.reason },
  );
}
