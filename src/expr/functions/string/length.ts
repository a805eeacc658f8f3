/** LENGTH, OCTET_LENGTH, POSITION, STRPOS. */
import { INT } from "../../../base/types.ts";
import { i32, select, type Term } from "../../../wasm/ir.ts";
import { findBytes } from "../../../wasm/library/bytes.ts";
import { utf8Length } from "../../../wasm/library/utf8.ts";
import type { Emitted, Emitter, ScalarFunction } from "../../function.ts";
import { bytesOf, textFunction, textOf, textSignature } from "./types.ts";

const characters = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};
const int = (term: Term): Emitted => ({ type: INT, valid: undefined, parts: [term] });

export const length: ScalarFunction = textFunction({
  name: "LENGTH",
  aliases: ["CHAR_LENGTH", "CHARACTER_LENGTH"],
  doc: "How many characters (code points) the text has.",
  usage: ["LENGTH(text)"],
  examples: [
    { sql: "LENGTH('größe')", result: "5" },
    { sql: "CHAR_LENGTH('')", result: "0" },
  ],
  canFail: false,
  resolve: (args) => textSignature(args, ["text"], 1, INT),
  evaluate: ([s]) => characters(textOf(s)),
  emit: (e, [s]) => int(e.f.call(utf8Length, ...bytesOf(s))),
});

export const octetLength: ScalarFunction = textFunction({
  name: "OCTET_LENGTH",
  doc: "How many bytes the text has in UTF-8.",
  usage: ["OCTET_LENGTH(text)"],
  examples: [{ sql: "OCTET_LENGTH('größe')", result: "7" }],
  canFail: false,
  resolve: (args) => textSignature(args, ["text"], 1, INT),
  evaluate: ([s]) => Buffer.byteLength(textOf(s)),
  emit: (_, [s]) => int(bytesOf(s)[1]),
});

/** The position of the first occurrence, from 1; 0 where there is none. */
function positionIn(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? 0 : characters(text.slice(0, at)) + 1;
}

function emitPosition(e: Emitter, text: Emitted | undefined, needle: Emitted | undefined): Emitted {
  const { f } = e;
  const [address, size] = bytesOf(text);
  const at = f.let("at", f.call(findBytes, address, size, ...bytesOf(needle), i32(0)));
  const before = f.let("before", select(at.lt(0), i32(0), at));
  return int(select(at.lt(0), i32(0), f.call(utf8Length, address, before).add(1)));
}

export const position: ScalarFunction = textFunction({
  name: "POSITION",
  doc: "Where a text first occurs in another: its position from 1, or 0.",
  usage: ["POSITION(part IN text)", "POSITION(part, text)"],
  examples: [
    { sql: "POSITION('mark' IN 'tidemark')", result: "5" },
    { sql: "POSITION('x' IN 'tidemark')", result: "0" },
  ],
  canFail: false,
  resolve: (args) => textSignature(args, ["text", "text"], 2, INT),
  evaluate: ([part, text]) => positionIn(textOf(text), textOf(part)),
  emit: (e, [part, text]) => emitPosition(e, text, part),
});

export const strpos: ScalarFunction = textFunction({
  name: "STRPOS",
  doc: "The same as POSITION, the text first.",
  usage: ["STRPOS(text, part)"],
  examples: [{ sql: "STRPOS('tidemark', 'e')", result: "4" }],
  canFail: false,
  resolve: (args) => textSignature(args, ["text", "text"], 2, INT),
  evaluate: ([text, part]) => positionIn(textOf(text), textOf(part)),
  emit: (e, [text, part]) => emitPosition(e, text, part),
});
