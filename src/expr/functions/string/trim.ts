/** TRIM, LTRIM, RTRIM. TRIM(LEADING x FROM s) is LTRIM(s, x), TRIM(TRAILING x FROM s) RTRIM(s, x). */
import { VARCHAR } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { trimBytes } from "../../../wasm/library/bytes.ts";
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

/** Constant characters as bits, 64 each; undefined where they are no constant or not all ASCII. */
function asciiSet(set: Value | undefined): readonly [low: bigint, high: bigint] | undefined {
  if (typeof set !== "string") return undefined;
  const halves = [0n, 0n] as [bigint, bigint];
  for (let i = 0; i < set.length; i++) {
    const code = set.charCodeAt(i);
    if (code > 0x7f) return undefined;
    halves[code < 64 ? 0 : 1] |= 1n << BigInt(code & 63);
  }
  return halves;
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
    emit(e, [s, set]) {
      const [address, length] = bytesOf(s);
      const [low, high] = asciiSet(set === undefined ? " " : set.literal) ?? [0n, 0n];
      const flags = [Number(sides.leading), Number(sides.trailing)] as const;
      const r = e.f.callNamed(["address", "length"], trimBytes, address, length, low, high, ...flags);
      return textResult(r.address, r.length);
    },
    canEmit: ({ args }, [, set]) => args.length === 1 || asciiSet(set) !== undefined,
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
