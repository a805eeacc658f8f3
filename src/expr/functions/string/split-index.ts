/** SPLIT_INDEX: a piece of a text between delimiters, counted from 0 (Flink). */
import { VARCHAR } from "../../../base/types.ts";
import { i32, select } from "../../../wasm/ir.ts";
import { findBytes } from "../../../wasm/library/bytes.ts";
import { part } from "../../emit/values.ts";
import type { ScalarFunction } from "../../function.ts";
import { bytesOf, numberOf, textFunction, textOf, textResult, textSignature } from "./types.ts";

export const splitIndex: ScalarFunction = textFunction({
  name: "SPLIT_INDEX",
  doc: "The piece of the text between delimiters, counted from 0; NULL where there is none. An empty text has no pieces, an empty delimiter splits nothing.",
  usage: ["SPLIT_INDEX(text, delimiter, index)"],
  examples: [
    { sql: "SPLIT_INDEX('a/b/c', '/', 1)", result: "b" },
    { sql: "SPLIT_INDEX('a/b/c', '/', 3)", result: "NULL" },
  ],
  canFail: false,
  resolve: (args) => textSignature(args, ["text", "text", "int"], 3, VARCHAR, true),
  evaluate([s, delimiter, index]) {
    const text = textOf(s);
    if (text === "") return null;
    const pieces = delimiter === "" ? [text] : text.split(textOf(delimiter));
    return pieces[numberOf(index)] ?? null;
  },
  emit(e, [s, delimiter, index]) {
    const { f } = e;
    const [address, length] = bytesOf(s);
    const [mark, markLength] = bytesOf(delimiter);
    if (index === undefined) throw new TypeError("SPLIT_INDEX takes an index");
    const left = f.let("left", part(index));
    const start = f.let("start", i32(0));
    const end = f.local("end", "i32");
    const found = f.let("found", i32(0));
    f.block("split", (leave) => {
      leave(left.lt(0).or(length.eqz()));
      f.loop("pieces", (next) => {
        const at = f.let("at", i32(-1));
        f.if(markLength, () => f.set(at, f.call(findBytes, address, length, mark, markLength, start)));
        f.set(end, select(at.lt(0), length, at));
        f.set(found, left.eqz());
        leave(found.or(at.lt(0)));
        f.set(left, left.sub(1));
        f.set(start, end.add(markLength));
        next();
      });
    });
    return { ...textResult(address.add(start), end.sub(start)), valid: found };
  },
});
