/** REGEXP_EXTRACT, by a regular expression engine of linear time that is loaded at its first use. */
import { createRequire } from "node:module";
import type * as re2js from "re2js";
import { RowError } from "../../../base/row-error.ts";
import { shownText } from "../../../base/shown-text.ts";
import { VARCHAR } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import type { ScalarFunction } from "../../function.ts";
import { Patterns } from "../patterns.ts";
import { numberOf, textOf, textSignature } from "./types.ts";

type Re2 = typeof re2js;
type Pattern = ReturnType<Re2["RE2JS"]["compile"]>;

/** Of what the engine says, which ends with the part of the pattern that is wrong. */
const REASON_CHARACTERS_MAX = 100;

let engine: Re2 | undefined;
const patterns = new Patterns((source: string): Pattern => {
  // Synchronous, for expressions never wait; the type is that of the module.
  engine ??= createRequire(import.meta.url)("re2js") as Re2;
  try {
    return engine.RE2JS.compile(source);
  } catch (error) {
    throw new RowError(
      "INVALID_REGEX",
      error instanceof Error ? shownText(error.message, REASON_CHARACTERS_MAX) : undefined,
    );
  }
});

function extracted(pattern: Pattern, text: string, group: Value | undefined): Value {
  const matcher = pattern.matcher(text);
  const index = numberOf(group);
  if (!matcher.find() || index < 0 || index > matcher.groupCount()) return null;
  return matcher.group(index) ?? null;
}

export const regexpExtract: ScalarFunction = {
  name: "REGEXP_EXTRACT",
  category: "regex",
  doc: "What the first match of a regular expression (RE2 syntax) holds in a group; the whole match without a group or for group 0. NULL where nothing matches or there is no such group.",
  usage: ["REGEXP_EXTRACT(text, pattern)", "REGEXP_EXTRACT(text, pattern, group)"],
  examples: [
    { sql: "REGEXP_EXTRACT('channel_id=42&x', 'channel_id=([^&]*)', 1)", result: "42" },
    { sql: "REGEXP_EXTRACT('abc', '[bc]+')", result: "bc" },
    { sql: "REGEXP_EXTRACT('abc', 'x')", result: "NULL" },
    { sql: "REGEXP_EXTRACT('abc', '(')", result: "error 2201B" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: true,
  resolve: (args) => textSignature(args, ["text", "text", "int"], 2, VARCHAR, true),
  evaluate: ([text, pattern, group]) => extracted(patterns.get(textOf(pattern)), textOf(text), group),
  deciding: { argument: 1, check: ([, pattern]) => patterns.check(pattern) },
  prepare([, constant]) {
    let pattern: Pattern | undefined;
    if (typeof constant !== "string")
      return ([text, source, g]) => extracted(patterns.get(textOf(source)), textOf(text), g);
    return ([text, , group]) => extracted((pattern ??= patterns.get(constant)), textOf(text), group);
  },
};
