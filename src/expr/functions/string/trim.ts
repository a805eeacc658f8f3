/** TRIM, LTRIM, RTRIM. TRIM(LEADING x FROM s) is LTRIM(s, x), TRIM(TRAILING x FROM s) RTRIM(s, x). */
import { VARCHAR } from "../../../base/types.ts";
import { trimSpaces } from "../../../wasm/library/bytes.ts";
import type { ScalarFunction } from "../../function.ts";
import { characters } from "../../text.ts";
import { bytesOf, textFunction, textOf, textResult, textSignature } from "./types.ts";

function trimmed(text: string, set: ReadonlySet<string>, leading: boolean, trailing: boolean): string {
  const all = characters(text);
  let start = 0;
  let end = all.length;
  while (leading && start < end && set.has(all[start] ?? "")) start++;
  while (trailing && end > start && set.has(all[end - 1] ?? "")) end--;
  return all.slice(start, end).join("");
}

interface Sides {
  readonly leading: boolean;
  readonly trailing: boolean;
  readonly words: string;
  readonly example: string;
}

const trimFunction = (name: string, aliases: readonly string[], sides: Sides): ScalarFunction =>
  textFunction({
    name,
    aliases,
    doc: `The text without the spaces at its ${sides.words}; with a second argument, without any of its characters there.`,
    usage: [`${name}(text)`, `${name}(text, characters)`],
    examples: [
      { sql: `${name}('xxaxx', 'x')`, result: sides.example },
      { sql: `LENGTH(${name}('  a '))`, result: String(4 - (sides.leading ? 2 : 0) - (sides.trailing ? 1 : 0)) },
    ],
    canFail: false,
    resolve: (args) => textSignature(args, ["text", "text"], 1, VARCHAR),
    evaluate: ([s, set = " "]) => trimmed(textOf(s), new Set(textOf(set)), sides.leading, sides.trailing),
    emit(e, [s]) {
      const [address, length] = bytesOf(s);
      const flags = [Number(sides.leading), Number(sides.trailing)] as const;
      const r = e.f.callNamed(["address", "length"], trimSpaces, address, length, ...flags);
      return textResult(r.address, r.length);
    },
    canEmit: ({ args }, [, set]) => args.length === 1 || set === " ",
  });

export const trim: ScalarFunction = trimFunction("TRIM", ["BTRIM"], {
  leading: true,
  trailing: true,
  words: "start and end",
  example: "a",
});
export const ltrim: ScalarFunction = trimFunction("LTRIM", [], {
  leading: true,
  trailing: false,
  words: "start",
  example: "axx",
});
export const rtrim: ScalarFunction = trimFunction("RTRIM", [], {
  leading: false,
  trailing: true,
  words: "end",
  example: "xxa",
});
