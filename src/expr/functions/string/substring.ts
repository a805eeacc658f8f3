/** SUBSTRING: characters by position, from 1, as PostgreSQL counts them. */
import { RowError } from "../../../base/row-error.ts";
import { VARCHAR } from "../../../base/types.ts";
import { i32, select } from "../../../wasm/ir.ts";
import { utf8Offset } from "../../../wasm/library/utf8.ts";
import { part } from "../../emit/values.ts";
import type { ScalarFunction } from "../../function.ts";
import { characters } from "../../text.ts";
import { bytesOf, numberOf, textFunction, textOf, textResult, textSignature } from "./types.ts";

export const substring: ScalarFunction = textFunction({
  name: "SUBSTRING",
  aliases: ["SUBSTR"],
  doc: "So many characters of the text from a position (the first is 1); to its end without a length. Positions before the text count, but hold nothing.",
  usage: ["SUBSTRING(text FROM start FOR length)", "SUBSTRING(text, start)", "SUBSTRING(text, start, length)"],
  examples: [
    { sql: "SUBSTRING('tidemark', 5)", result: "mark" },
    { sql: "SUBSTRING('tidemark', 1, 4)", result: "tide" },
    { sql: "SUBSTRING('tidemark', -1, 4)", result: "ti" },
    { sql: "SUBSTRING('abc', 1, -1)", result: "error 22011" },
  ],
  canFail: true,
  resolve: (args) => textSignature(args, ["text", "int", "int"], 2, VARCHAR),
  evaluate([s, from, length]) {
    const start = numberOf(from) - 1;
    if (length === undefined) return characters(textOf(s)).slice(Math.max(0, start)).join("");
    if (numberOf(length) < 0) throw new RowError("SUBSTRING_LENGTH");
    return characters(textOf(s))
      .slice(Math.max(0, start), Math.max(0, start + numberOf(length)))
      .join("");
  },
  deciding: {
    argument: 2,
    check: ([, , length]) => {
      if (typeof length === "number" && length < 0) throw new RowError("SUBSTRING_LENGTH");
    },
  },
  emit(e, [s, from, count]) {
    const { f } = e;
    const [address, length] = bytesOf(s);
    if (from === undefined) throw new TypeError("SUBSTRING takes a position");
    // The least position would wrap around; it lies before the text as well as the one after it.
    const start = f.let("start", select(part(from).gt(1), part(from).sub(1), i32(0)));
    const first = f.let("first", f.call(utf8Offset, address, length, start));
    const rest = f.let("rest", length.sub(first));
    if (count === undefined) return textResult(f.let("text", address.add(first)), rest);
    const wanted = part(count);
    e.fail(wanted.lt(0), "SUBSTRING_LENGTH");
    const end = f.let("end", part(from).toI64S().add(wanted.toI64S()).sub(1n));
    const left = f.let("left", end.sub(start.toI64S()));
    const characters = f.let(
      "characters",
      select(left.lt(0n), i32(0), select(left.gt(0x7fffffffn), i32(0x7fffffff), left.toI32())),
    );
    const text = f.let("text", address.add(first));
    return textResult(text, f.call(utf8Offset, text, rest, characters));
  },
});
