/** From the first words of a statement with errors to what it would have done. */
import type { IToken } from "chevrotain";
import { didYouMean } from "../../src/base/error.ts";
import type { Span } from "../../src/base/value.ts";
import type { BrokenStatement } from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";

const { K } = t;

/** Between CREATE or DROP and the name. */
const objectWords = [
  ...["OR", "REPLACE", "TEMP", "TEMPORARY", "MATERIALIZED", "UNIQUE", "IF", "NOT", "EXISTS"],
  ...["TABLE", "VIEW", "SOURCE", "SINK", "INDEX", "FUNCTION"],
];

export function brokenStatement(tokens: readonly IToken[], span: Span): BrokenStatement {
  const effect = effectOf(tokens[0]);
  if (effect === "query" || effect === "other") return { effect, names: [], span };
  if (effect === "feeds") return { effect, names: insertedInto(tokens), span };
  let at = 1;
  while (tokens[at] !== undefined && objectWord(tokens[at], tokens[at + 1])) at++;
  return { effect, names: effect === "drops" ? allNames(tokens, at) : oneName(tokens, at).names, span };
}

function effectOf(first: IToken | undefined): BrokenStatement["effect"] {
  const word = first === undefined ? undefined : didYouMean(first.image, ["CREATE", "DROP", "INSERT", "SELECT"]);
  if (word === "CREATE") return "creates";
  if (word === "DROP") return "drops";
  if (word === "INSERT" || first?.tokenType === K.EXECUTE || first?.tokenType === K.BEGIN) return "feeds";
  const isQuery = word === "SELECT" || first?.tokenType === K.WITH || first?.tokenType === t.QueryParen;
  return isQuery ? "query" : "other";
}

/** A word of the kind of object, also misspelt: then the name comes after it. */
function objectWord(token: IToken | undefined, next: IToken | undefined): boolean {
  if (token === undefined || !/^\w+$/.test(token.image)) return false;
  if (objectWords.includes(token.image.toUpperCase())) return true;
  return next !== undefined && isName(next) && didYouMean(token.image, objectWords) !== undefined;
}

const isName = (token: IToken): boolean =>
  token.tokenType === t.Identifier ||
  token.tokenType.CATEGORIES?.some((c) => c === t.Name || c === t.BareAlias) === true;

/** The last part of the name at `at`. */
function oneName(tokens: readonly IToken[], at: number): { readonly names: readonly string[]; readonly next: number } {
  let last = at;
  while (tokens[last + 1]?.tokenType === t.Dot && tokens[last + 2] !== undefined) last += 2;
  const token = tokens[last];
  return { names: token === undefined ? [] : [String(token.payload ?? token.image)], next: last + 1 };
}

function allNames(tokens: readonly IToken[], from: number): readonly string[] {
  const names: string[] = [];
  for (let at = from; at < tokens.length; at++) {
    const one = oneName(tokens, at);
    names.push(...one.names);
    at = one.next;
  }
  return names;
}

/** Each INTO of a statement, or of a statement set. */
function insertedInto(tokens: readonly IToken[]): readonly string[] {
  return tokens.flatMap((token, i) =>
    token.tokenType === K.INTO || token.tokenType === K.OVERWRITE ? oneName(tokens, i + 1).names : [],
  );
}
