/**
 * Warns of expressions that fail whenever they are computed: constants without a value (`1 / 0`), and calls with a constant
 * that no call can use (a wrong pattern). They stay, and each row that needs them fails (E5).
 */
import { sqlWarning } from "../../../base/error.ts";
import { RowError } from "../../../base/row-error.ts";
import type { Span } from "../../../base/value.ts";
import { childrenOf, type Expr, literal, withChildren } from "../../../expr/expr.ts";
import type { Env } from "../env.ts";
import { type Constant, tryConstant } from "./constant.ts";

/** What is known of constants; undefined of what is none. Each is computed once, from what is known of its parts. */
const known = new WeakMap<Expr, { readonly constant: Constant | undefined }>();

function constantOf(e: Expr): Constant | undefined {
  if (e.node === "literal") return { kind: "value", value: e.value };
  const found = known.get(e);
  if (found !== undefined) return found.constant;
  const constant = computed(e);
  known.set(e, { constant });
  return constant;
}

function computed(e: Expr): Constant | undefined {
  if (e.node === "column" || e.node === "watermark") return undefined;
  if (e.node === "call" && e.fn.volatility === "volatile") return undefined;
  const children = childrenOf(e);
  const parts = children.map(constantOf);
  if (!parts.every((p) => p !== undefined)) return undefined;
  const isLazy = e.node === "and" || e.node === "or" || e.node === "case" || e.node === "coalesce";
  const failure = parts.find((p) => p.kind === "error");
  if (failure !== undefined && !isLazy) return failure;
  const values = children.map((c, i) => {
    const part = parts[i];
    return part?.kind === "value" ? literal(part.value, c.type) : c;
  });
  return tryConstant(withChildren(e, values));
}

const fails = (e: Expr): boolean => constantOf(e)?.kind === "error";

/** Whether a part of `e` that stands in the text fails: there it has been said. Casts that the binder has added do not. */
const isSaidOfPart = (e: Expr, env: Env): boolean =>
  childrenOf(e).some((c) => fails(c) && (env.spanOf(c) !== undefined || isSaidOfPart(c, env)));

/** `e` has just been bound, and stands at `span`. */
export function warnIfAlwaysFails(e: Expr, span: Span, env: Env): void {
  // Who leaves failing rows out has asked for it.
  if (env.catalog.settings.get("on-error") === "skip") return;
  // NOT LIKE is bound as one.
  const call = e.node === "not" && env.spanOf(e.arg) === undefined ? e.arg : e;
  const wrong = call.node === "call" ? wrongArgument(call) : undefined;
  if (call.node === "call" && wrong !== undefined) {
    warn(env, env.spanOf(wrong.argument) ?? span, `${call.fn.name} with this`, wrong.error);
    return;
  }
  const constant = constantOf(e);
  if (constant?.kind === "error" && !isSaidOfPart(e, env)) warn(env, span, "this expression", constant.error);
}

function wrongArgument(
  e: Extract<Expr, { node: "call" }>,
): { readonly argument: Expr; readonly error: RowError } | undefined {
  const { fn, args } = e;
  const argument = args[fn.deciding?.argument ?? -1];
  if (fn.deciding === undefined || argument === undefined) return undefined;
  try {
    fn.deciding.check(
      args.map((a) => {
        const constant = constantOf(a);
        return constant?.kind === "value" ? constant.value : undefined;
      }),
    );
    return undefined;
  } catch (error) {
    if (error instanceof RowError) return { argument, error };
    throw error;
  }
}

/** A part that is bound twice says it once. */
function warn(env: Env, span: Span, what: string, error: RowError): void {
  const warning = sqlWarning("ALWAYS_FAILS", span, { what, reason: error.message });
  const isSaid = env.warnings.some(
    (w) => w.code === warning.code && w.span?.start === span.start && w.span.end === span.end,
  );
  if (!isSaid) env.warnings.push(warning);
}
