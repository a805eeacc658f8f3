/**
 * Constant folding. It never removes or adds an error: a constant that fails stays as it is, and what stands before a
 * deciding constant is still computed.
 */
import { RowError } from "../base/row-error.ts";
import { BOOLEAN } from "../base/types.ts";
import { evaluate } from "./evaluate.ts";
import { childrenOf, type Expr, literal, transform } from "./expr.ts";

type Node<N extends Expr["node"]> = Extract<Expr, { node: N }>;

const isLiteral = (e: Expr): e is Node<"literal"> => e.node === "literal";
const isTrue = (e: Expr): boolean => isLiteral(e) && e.value === true;

const nothing = {
  leaf(): never {
    throw new TypeError("a constant reads no column");
  },
  watermark: null,
};

/** The expression with its constant parts computed; the same object where there are none. */
export function fold(e: Expr): Expr {
  return transform(e, foldNode);
}

/** One node whose children are folded. */
export function foldNode(e: Expr): Expr {
  const simpler = simplified(e);
  if (simpler !== e) return simpler;
  const children = childrenOf(e);
  const isConstant = children.length > 0 && children.every(isLiteral);
  return isConstant && !(e.node === "call" && e.fn.volatility === "volatile") ? computed(e) : e;
}

function simplified(e: Expr): Expr {
  switch (e.node) {
    case "and":
    case "or":
      return foldLogic(e);
    case "case":
      return foldCase(e);
    case "coalesce":
      return foldCoalesce(e);
    case "notNull":
      return e.arg.nullable ? e : e.arg;
    default:
      return e;
  }
}

function computed(e: Expr): Expr {
  try {
    return literal(evaluate(e, nothing), e.type);
  } catch (error) {
    if (error instanceof RowError) return e;
    throw error;
  }
}

/** Neutral constants go; a deciding one ends the list, and is the result where it stands first. */
function foldLogic(e: Node<"and" | "or">): Expr {
  const decisive = e.node === "or";
  const neutral = (a: Expr): boolean => isLiteral(a) && a.value === !decisive;
  const decides = (a: Expr): boolean => isLiteral(a) && a.value === decisive;
  const end = e.args.findIndex(decides);
  const args = (end < 0 ? e.args : e.args.slice(0, end + 1)).filter((a) => !neutral(a));
  const [first] = args;
  if (first === undefined) return literal(!decisive, BOOLEAN);
  if (args.length === 1) return first;
  return args.length === e.args.length ? e : foldNode({ ...e, args, nullable: args.some((a) => a.nullable) });
}

/** Branches that are never taken go; one that is always taken is the end. */
function foldCase(e: Node<"case">): Expr {
  const possible = e.branches.filter((b) => !isLiteral(b.when) || isTrue(b.when));
  const always = possible.findIndex((b) => isTrue(b.when));
  const branches = always < 0 ? possible : possible.slice(0, always);
  const otherwise = possible[always]?.then ?? e.otherwise;
  if (branches.length === 0) return otherwise;
  return branches.length === e.branches.length ? e : { ...e, branches, otherwise };
}

/** NULLs go; what stands behind the first argument that is never NULL is never reached. */
function foldCoalesce(e: Node<"coalesce">): Expr {
  const known = e.args.filter((a) => !(isLiteral(a) && a.value === null));
  const end = known.findIndex((a) => !a.nullable);
  const args = end < 0 ? known : known.slice(0, end + 1);
  const [first] = args;
  if (first === undefined) return literal(null, e.type);
  if (args.length === 1) return first;
  return args.length === e.args.length ? e : { ...e, args, nullable: args.every((a) => a.nullable) };
}
