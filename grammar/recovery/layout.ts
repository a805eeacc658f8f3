/**
 * How the brackets of a statement lie, also of one that is not right: which of them have no partner, and how deep every
 * token stands. A closing bracket that was forgotten is found at the first word that cannot stand inside: in
 * `SUM(a FROM t` the parenthesis has no end, whatever follows. Linear in the number of tokens.
 */
import type { IToken, TokenType } from "chevrotain";
import * as t from "../tokens.ts";

const { F, K } = t;

export interface Layout {
  /** By token: around how many pairs of brackets stand; a bracket stands outside its own. */
  readonly depths: readonly number[];
  /** Closing brackets that close something. */
  readonly closing: ReadonlySet<number>;
  /** Opening brackets without an end and closing ones without a beginning. */
  readonly unpaired: ReadonlySet<number>;
  /** By opening bracket without an end: the token that cannot stand inside. */
  readonly missingAt: ReadonlyMap<number, number>;
}

const openers: ReadonlyMap<TokenType, TokenType> = new Map([
  [t.LParen, t.RParen],
  [t.QueryParen, t.RParen],
  [t.LBracket, t.RBracket],
  [t.LBrace, t.RBrace],
  [t.Less, t.Greater],
]);
const typesInAngles: ReadonlySet<TokenType> = new Set([F.ARRAY_TYPE, F.MAP_TYPE, F.ROW_TYPE, F.MULTISET_TYPE]);
const closers: ReadonlySet<TokenType> = new Set(openers.values());
/** Of these FROM is a part of the call. */
const callsWithFrom: ReadonlySet<TokenType> = new Set([F.EXTRACT, F.SUBSTRING, F.OVERLAY, F.TRIM]);

export function layoutOf(tokens: readonly IToken[]): Layout {
  const plain = layoutBy(tokens, pair(tokens, false));
  // Only where brackets are missing it matters what can stand inside of them.
  return plain.unpaired.size === 0 ? plain : layoutBy(tokens, pair(tokens, true));
}

function layoutBy(tokens: readonly IToken[], { partners, missingAt }: ReturnType<typeof pair>): Layout {
  const closing = new Set<number>();
  const unpaired = new Set<number>();
  const depths: number[] = [];
  let depth = 0;
  tokens.forEach((token, i) => {
    const paired = partners[i] !== undefined;
    const opens = opensAt(tokens, i);
    if (!paired && (opens || isBracket(token))) unpaired.add(i);
    if (paired && !opens) {
      closing.add(i);
      depth--;
    }
    depths.push(depth);
    if (paired && opens) depth++;
  });
  return { depths, closing, unpaired, missingAt };
}

/** How deep a part stands that begins at `i`; where nothing stands between two brackets, that is inside of them. */
export function depthOf({ depths, closing }: Layout, i: number): number {
  return (depths[i] ?? 0) + (closing.has(i) ? 1 : 0);
}

/** For each bracket the index of the other one, and, `byContent`, where those without an end must have ended. */
function pair(
  tokens: readonly IToken[],
  byContent: boolean,
): {
  readonly partners: readonly (number | undefined)[];
  readonly missingAt: ReadonlyMap<number, number>;
} {
  const missingAt = new Map<number, number>();
  const partners: (number | undefined)[] = new Array<number | undefined>(tokens.length);
  const open: number[] = [];
  const count = new Map<TokenType, number>();
  const add = (type: TokenType, by: number): void => void count.set(type, (count.get(type) ?? 0) + by);
  const pop = (): { index: number; closer: TokenType } | undefined => {
    const index = open.pop();
    const closer = index === undefined ? undefined : openers.get(typeAt(tokens, index));
    if (index === undefined || closer === undefined) return undefined;
    add(closer, -1);
    return { index, closer };
  };
  tokens.forEach(({ tokenType }, i) => {
    while (byContent && open.length > 0 && cannotStandIn(tokens, i, open.at(-1) ?? 0)) {
      missingAt.set(open.at(-1) ?? 0, i);
      pop();
    }
    const closer = opensAt(tokens, i) ? openers.get(tokenType) : undefined;
    if (closer !== undefined) {
      open.push(i);
      add(closer, 1);
    } else if (closers.has(tokenType) && (count.get(tokenType) ?? 0) > 0) {
      let top = pop();
      while (top !== undefined && top.closer !== tokenType) top = pop();
      if (top !== undefined) {
        partners[top.index] = i;
        partners[i] = top.index;
      }
    }
  });
  for (const index of open) missingAt.set(index, tokens.length);
  return { partners, missingAt };
}

/** `<` is a bracket only after ARRAY, MAP and their kin. */
const opensAt = (tokens: readonly IToken[], i: number): boolean =>
  typeAt(tokens, i) === t.Less ? typesInAngles.has(typeAt(tokens, i - 1)) : openers.has(typeAt(tokens, i));

/** `>` alone is an operator. */
const isBracket = ({ tokenType }: IToken): boolean => closers.has(tokenType) && tokenType !== t.Greater;

const typeAt = (tokens: readonly IToken[], i: number): TokenType => tokens[i]?.tokenType ?? t.Semicolon;

/** Does the token at `i` show that the bracket at `opener` must have ended before it? */
function cannotStandIn(tokens: readonly IToken[], i: number, opener: number): boolean {
  const type = typeAt(tokens, i);
  if (type === t.Semicolon) return true;
  // Inside a query all words of queries can stand; so they can after TABLE, which begins one.
  if (![t.LParen, t.Less].includes(typeAt(tokens, opener)) || typeAt(tokens, opener + 1) === K.TABLE) return false;
  const before = typeAt(tokens, opener - 1);
  switch (type) {
    case K.WHERE:
      return before !== K.FILTER;
    case K.FROM: {
      const previous = typeAt(tokens, i - 1);
      return !callsWithFrom.has(before) && previous !== K.DISTINCT && previous !== K.METADATA;
    }
    case K.GROUP:
      return typeAt(tokens, i + 1) === K.BY;
    case K.WITH:
      return typeAt(tokens, i + 1) === t.LParen;
    case K.SELECT:
      return i > opener + 1;
    case K.HAVING:
    case K.QUALIFY:
    case K.UNION:
    case K.INTERSECT:
      return true;
    default:
      return false;
  }
}
