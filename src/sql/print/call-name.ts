/** How the name of a call is written: bare, by the words of its own syntax, or quoted. */
import type { Call } from "../ast.ts";
import { niladic } from "../keywords.ts";
import { printQualified, quoteCallName } from "./name.ts";

/**
 * Special in the grammar, plain in the tree: written by their words, not as quoted names. How many arguments their
 * syntax has, at least and at most.
 */
const ownSyntax: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["POSITION", [2, 2]],
  ["SUBSTRING", [1, 3]],
  ["TRIM", [1, 2]],
  ["OVERLAY", [3, 4]],
  ["FLOOR", [1, Number.POSITIVE_INFINITY]],
  ["CEIL", [1, Number.POSITIVE_INFINITY]],
  ["CEILING", [1, Number.POSITIVE_INFINITY]],
  ["LEFT", [0, Number.POSITIVE_INFINITY]],
  ["RIGHT", [0, Number.POSITIVE_INFINITY]],
]);

/** Nothing but a name and expressions in parentheses? */
function isSimple(call: Call): boolean {
  const { distinct, args, orderBy, nulls, withinGroup, filter, over } = call;
  const hasTail = nulls !== undefined || filter !== undefined || over !== undefined || withinGroup.length > 0;
  return !(distinct || hasTail || orderBy.length > 0 || args.some((arg) => argumentKinds.has(arg.kind)));
}

const argumentKinds: ReadonlySet<string> = new Set(["star", "namedArgument", "tableArgument", "descriptor"]);

/** CURRENT_DATE and its kin are written without parentheses. */
export function isBare(call: Call): boolean {
  const [only] = call.name.parts;
  const isNiladic = call.name.parts.length === 1 && only !== undefined && niladic.has(only.name.toUpperCase());
  return isNiladic && call.args.length === 0 && isSimple(call);
}

export function printCallName(call: Call): string {
  const [only] = call.name.parts;
  if (only === undefined || call.name.parts.length > 1) return printQualified(call.name);
  const word = only.name.toUpperCase();
  const [min, max] = ownSyntax.get(word) ?? [1, 0];
  const isOwn = isSimple(call) && call.args.length >= min && call.args.length <= max;
  return isOwn || isBare(call) ? only.name : quoteCallName(only.name);
}
