/** LOWER and UPPER: ASCII in emitted code, other texts by Unicode's full mapping in TypeScript. */
import { VARCHAR } from "../../../base/types.ts";
import type { Fn } from "../../../wasm/ir.ts";
import { asciiLower, asciiUpper, isAscii } from "../../../wasm/library/utf8.ts";
import type { ScalarFunction } from "../../function.ts";
import { bytesOf, type TextFunction, textFunction, textOf, textResult, textSignature } from "./types.ts";

const caseFunction = (
  name: string,
  aliases: readonly string[],
  change: (text: string) => string,
  ascii: Fn,
  examples: TextFunction["examples"],
): ScalarFunction =>
  textFunction({
    name,
    aliases,
    doc: `The text in ${name.toLowerCase()} case, by Unicode's rules without a language.`,
    usage: [`${name}(text)`],
    examples,
    canFail: false,
    partial: true,
    resolve: (args) => textSignature(args, ["text"], 1, VARCHAR),
    evaluate: ([s]) => change(textOf(s)),
    emit(e, [s]) {
      const [address, length] = bytesOf(s);
      e.unhandled(e.f.call(isAscii, address, length).eqz());
      const to = e.arena(length);
      e.f.put({ s: "call", fn: ascii, args: [to, address, length], locals: [] });
      return textResult(to, length);
    },
  });

export const lower: ScalarFunction = caseFunction("LOWER", ["LCASE"], (s) => s.toLowerCase(), asciiLower, [
  { sql: "LOWER('Ab1')", result: "ab1" },
  { sql: "LOWER('ÄÖ')", result: "äö" },
]);
export const upper: ScalarFunction = caseFunction("UPPER", ["UCASE"], (s) => s.toUpperCase(), asciiUpper, [
  { sql: "UPPER('Ab1')", result: "AB1" },
  { sql: "UPPER('straße')", result: "STRASSE" },
]);
