/** Names, strings and lists as SQL text. */
import type { Identifier, QualifiedName } from "../ast.ts";
import { beforeParen, niladic, noAlias, reserved } from "../keywords.ts";

/** Words that mean something of their own in some place where a name may stand. */
const quoted: ReadonlySet<string> = new Set<string>([
  ...reserved,
  ...noAlias,
  ...beforeParen,
  ...niladic,
  ...["ARRAY", "MAP", "ROW", "STRUCT", "MULTISET", "INTERVAL", "PRIMARY", "WATERMARK", "SEMI", "ANTI", "GROUPING"],
  // Words that a rule takes for its own where a name may follow.
  ...["FINAL", "RUNNING", "IF", "EXTENDED", "COLUMN", "RECURSIVE", "UNBOUNDED", "CURRENT", "SIZE", "SAVEPOINT"],
  ...["PREPARE", "FIRST", "LAST", "NEXT", "VALUE", "LOCAL", "PRECISION", "VARYING", "MATERIALIZED", "METADATA"],
  ...["BOTH", "LEADING", "TRAILING", "SYMMETRIC", "ASYMMETRIC", "ORDINALITY"],
]);

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Can it stand without quotes wherever a name can? */
export const isPlainName = (name: string): boolean => plain.test(name) && !quoted.has(name.toUpperCase());

export function quoteName(name: string): string {
  return isPlainName(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Before `=>` every word is a name. */
export const printArgumentName = (name: string): string => (plain.test(name) ? name : quoteName(name));

const quotedCalls: ReadonlySet<string> = new Set<string>([
  ...reserved,
  // SESSION is the one function among them.
  ...noAlias.filter((word) => word !== "SESSION"),
  ...beforeParen,
  ...niladic,
  ...["ARRAY", "SYMMETRIC", "ASYMMETRIC", "MEASURES", "CONFLICT"],
]);

/** The name of a call: before a parenthesis most words are names. */
export function quoteCallName(name: string): string {
  return plain.test(name) && !quotedCalls.has(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`;
}

export const printName = (name: Identifier): string => quoteName(name.name);

export const printQualified = (name: QualifiedName): string => printPath(name.parts);

/** `a.b.c`: after a dot every word is a name. */
export function printPath(parts: readonly Identifier[]): string {
  return parts.map(({ name }, i) => (i > 0 && plain.test(name) ? name : quoteName(name))).join(".");
}

export const printString = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** `(a, b)`. */
export const printNames = (names: readonly Identifier[]): string => `(${names.map(printName).join(", ")})`;

/** The parts that are there, with one space between. */
export const words = (...parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => part !== false && part !== undefined && part !== "").join(" ");

export const list = <T>(items: readonly T[], print: (item: T) => string): string => items.map(print).join(", ");

/** `keyword item, item`, or nothing where there is no item. */
export const clause = <T>(keyword: string, items: readonly T[], print: (item: T) => string): string =>
  items.length === 0 ? "" : `${keyword} ${list(items, print)}`;
