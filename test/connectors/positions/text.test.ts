/** Text formats go on at any record, however it lies in the chunks that come: generated texts. */
import { describe, expect, test } from "vitest";
import { BIGINT, VARCHAR } from "../../../src/base/types.ts";
import type { SourcePosition } from "../../../src/connectors/connector.ts";
import { textFormatOptions } from "../../../src/connectors/formats/options.ts";
import type { ByteInput } from "../../../src/connectors/input/byte-input.ts";
import { countLines } from "../../../src/connectors/input/line-count.ts";
import { skipTo } from "../../../src/connectors/input/reader-options.ts";
import { type TextFormat, TextTable } from "../../../src/connectors/input/text-table.ts";
import { checkOptions } from "../../../src/connectors/options.ts";
import { scaled } from "../../scale.ts";
import { column, readText, requestOf, span } from "../read.ts";
import { expectToGoOn, type Item, shown } from "./going-on.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_128);

function randomOf(seed: number): (limit: number) => number {
  let state = (seed * 2_654_435_761) | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const schema = [
  column("a", BIGINT),
  column("t", VARCHAR),
  column("line", BIGINT, false),
  column("offset", BIGINT, false),
  column("file", VARCHAR, false),
];
const metadata = [undefined, undefined, "line", "offset", "file"];

/** Gives so many bytes at a time, at once or later. */
function pieces(bytes: Uint8Array, sizes: () => number, waits: () => boolean): ByteInput {
  let at = 0;
  return {
    read(target) {
      const part = bytes.subarray(at, at + Math.min(target.length, sizes()));
      at += part.length;
      if (!waits()) {
        target.set(part);
        return part.length;
      }
      return Promise.resolve().then(() => {
        target.set(part);
        return part.length;
      });
    },
    skip: (count) => {
      at = Math.min(bytes.length, at + count);
    },
    close: () => undefined,
  };
}

interface Case {
  readonly bytes: Uint8Array;
  readonly format: TextFormat;
  readonly options?: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly stride: number;
  readonly pieceMax: number;
  readonly pieceMin?: number;
}

async function goesOn({
  bytes,
  format,
  options,
  seed,
  stride,
  pieceMax,
  pieceMin = 1,
}: Case): Promise<readonly Item[]> {
  const random = randomOf(seed);
  const open = (from: SourcePosition | undefined) => {
    const request = requestOf({ schema, metadata, options: options ?? {} });
    const values = checkOptions("test", textFormatOptions, request.options, span);
    const table = new TextTable(request, format.kind === "csv" ? "csv" : "json", values);
    const size = random(4) === 0 ? 1 << 30 : pieceMin + random(pieceMax);
    const input = pieces(
      bytes,
      () => pieceMin + random(size),
      () => random(3) === 0,
    );
    return table.open({ name: "f", format, input, bufferBytes: 65536, live: random(2) === 0, beginning: skipTo(from) });
  };
  const items = await expectToGoOn(open, schema, stride);
  let before = 0;
  let line = 1;
  for (const item of items) {
    const from = Number(item.position);
    line += countLines(bytes, before, from);
    before = from;
    expect(item.line).toBe(BigInt(line));
    const record = Buffer.from(bytes.subarray(Number(item.position))).toString("latin1", 0, item.bytes);
    expect(shown(record)).toBe(item.record);
    if (item.values.length > 0) expect(item.values.slice(2)).toEqual([item.line, item.position, "f"]);
  }
  return items;
}

const mark = Buffer.from([0xef, 0xbb, 0xbf]);
const concat = (parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));

function jsonRecord(random: (limit: number) => number, i: number): string | Uint8Array {
  const kinds: readonly (() => string | Uint8Array)[] = [
    () => `{"a":${i}}`,
    () => `{"t":"${"é".repeat(random(40))}","a":null}`,
    () => `{"a":"x","t":"\\n\\""}`,
    () => " ",
    () => "",
    () => '{"a":1',
    () => Uint8Array.of(0x22, 0xff, 0x22),
  ];
  return kinds[random(10) < 6 ? 0 : random(kinds.length)]?.() ?? "";
}

function csvRecord(random: (limit: number) => number, i: number): string | Uint8Array {
  const kinds: readonly (() => string | Uint8Array)[] = [
    () => `${i},text`,
    () => `,"${"é,\n".repeat(random(5))}"`,
    () => `${i},"a ""quoted"" one\r\n"`,
    () => "x,y",
    () => "",
    () => "1,2,3",
    () => 'stray"quote,1',
    () => '"0"1,x',
    () => Uint8Array.of(0x31, 0x2c, 0xff),
  ];
  return kinds[random(10) < 5 ? 0 : random(kinds.length)]?.() ?? "";
}

function text(random: (limit: number) => number, record: typeof jsonRecord, head: readonly string[]): Buffer {
  const parts: (string | Uint8Array)[] = [...(random(3) === 0 ? [mark] : []), ...head];
  const count = random(16) === 0 ? 3000 : random(80);
  for (let i = 0; i < count; i++) parts.push(record(random, i), random(4) === 0 ? "\r\n" : "\n");
  if (random(2) === 0) parts.pop();
  return concat(parts);
}

const ROUNDS = scaled(40);

describe("going on at any record gives the rest", () => {
  test.each(Array.from({ length: ROUNDS }, (_, i) => SEED + i))("lines of JSON, seed %i", async (seed) => {
    const random = randomOf(seed);
    const bytes = text(random, jsonRecord, []);
    const stride = bytes.length > 10_000 ? 503 : 3;
    await goesOn({ bytes, format: { kind: "json" }, seed, stride, pieceMax: 60 });
  });
  test.each(Array.from({ length: ROUNDS }, (_, i) => SEED + i))("CSV, seed %i", async (seed) => {
    const random = randomOf(seed);
    const heads = [["t,a\n"], ['"t",x,"a"\r\n'], ['"a","more\nlines",t\n'], ["a,t\n"]];
    const hasHeader = random(4) > 0;
    const bytes = text(random, csvRecord, hasHeader ? (heads[random(heads.length)] ?? []) : []);
    if (random(4) === 0) bytes[bytes.length - 1] = 0x22;
    const stride = bytes.length > 10_000 ? 503 : 3;
    const options = { "csv.header": String(hasHeader) };
    await goesOn({ bytes, format: { kind: "csv" }, options, seed, stride, pieceMax: 60 });
  });
  test.each(Array.from({ length: ROUNDS }, (_, i) => SEED + i))("JSON documents, seed %i", async (seed) => {
    const random = randomOf(seed);
    const count = random(60);
    const space = (): string => ["", " ", "\n", "\r\n  "][random(4)] ?? "";
    const element = (i: number): string =>
      [`{"a":${i},"t":"],["}`, "17", '"text"', '{"a":"x"}', "null", "{}"][random(8) < 6 ? 0 : random(6)] ?? "";
    const elements = Array.from({ length: count }, (_, i) => `${space()}${element(i)}${space()}`).join(",");
    const member = random(2) === 0 ? "rows" : undefined;
    const array = `${space()}[${elements}]${space()}`;
    const rest = `${space()},"z": [{"a": 5}, 6, {\n}] }\n`;
    const whole = member === undefined ? array : `{"x": {"rows": [1]}, "rows":${array}${rest}`;
    const bytes = concat([...(random(3) === 0 ? [mark] : []), whole]);
    await goesOn({ bytes, format: { kind: "document", member }, seed, stride: 3, pieceMax: 60 });
  });
});

describe("what is no row does not spoil the next one", () => {
  test("blank lines, where the input has ended before its records are used up", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => (i === 100 || i === 3000 ? "\n" : '{"a":1}\n'));
    const { rows, broken } = await readText(lines.join(""), "json", { schema: [column("a", BIGINT)] }, false);
    expect([rows.length, broken]).toEqual([4998, []]);
  });
  test("a record whose quotes are not closed, and NULLs in what there is of it", async () => {
    const text = 'a,t\n1,x\n,"never\n2,y\n3,z\n';
    const parts = { schema: [column("a", BIGINT), column("t", VARCHAR)] };
    for (const pieces of [1, 5, 1000]) {
      const { rows, broken } = await readText(text, "csv", parts, false, pieces);
      expect(broken.map((b) => b.line)).toEqual([3n]);
      expect(rows.map((row) => row.values)).toEqual([
        [1n, "x"],
        [2n, "y"],
        [3n, "z"],
      ]);
    }
  });
});

describe("long records", () => {
  const long = (bytes: number, fill = "x"): string => `{"a":1,"t":"${fill.repeat(bytes / fill.length)}"}`;
  const MIB = 1024 * 1024;
  test.each([
    ["json", [long(10), "\n", long(3 * MIB), "\n", long(5), "\n", long(MIB - 15), "\n", long(MIB), "\n", long(1)]],
    ["json", [long(3 * MIB), "\n", long(5), "\n", long(2 * MIB)]],
    [
      "csv",
      ["a,t\n1,x\n2,", "y".repeat(2 * MIB), "\n3,z\n4,", "y".repeat(MIB - 3), "\n5,", "y".repeat(MIB - 2), "\n6,"],
    ],
    [
      "csv",
      [
        'a,t\n1,"',
        `${"line".repeat(5000)}\n`.repeat(60),
        '"\n2,"x\n"\n3,"never closed\n4,',
        "z".repeat(MIB),
        "\n5,z\n",
      ],
    ],
  ] as const)("%s: what is too long is one broken record, wherever it is cut", async (kind, parts) => {
    for (let seed = 1; seed <= 3; seed++) {
      const format = { kind };
      await goesOn({ bytes: concat(parts), format, seed, stride: 7, pieceMax: 300_000, pieceMin: 50_000 });
    }
  });
  test("an element of a document that is too long", async () => {
    const parts = [
      "[",
      long(20),
      ",\n",
      long(MIB + 5),
      ",\n",
      long(7),
      ",",
      long(2 * MIB, `{${"x".repeat(300_000)}\n`),
      "\n,",
      long(3),
      "\n]\n",
    ];
    const format = { kind: "document", member: undefined } as const;
    await goesOn({ bytes: concat(parts), format, seed: 1, stride: 7, pieceMax: 300_000, pieceMin: 400_000 });
  });
});
