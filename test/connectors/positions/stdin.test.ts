/** Standard input cannot be read again: what was taken of it is logged, given back, and goes on with what comes next. */
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { BIGINT, VARCHAR } from "../../../src/base/types.ts";
import type { PartitionReader, SourcePosition } from "../../../src/connectors/connector.ts";
import { stdinSource } from "../../../src/connectors/stdin.ts";
import { column, requestOf } from "../read.ts";
import { itemsOfBatch, readItems } from "./going-on.ts";

const schema = [
  column("a", BIGINT),
  column("t", VARCHAR),
  column("line", BIGINT, false),
  column("offset", BIGINT, false),
];
const metadata = [undefined, undefined, "line", "offset"];

interface Start {
  readonly format: string;
  readonly live: readonly (string | Uint8Array)[];
  readonly from?: SourcePosition | undefined;
  readonly logged?: Uint8Array;
}

async function open({ format, live, from, logged }: Start): Promise<PartitionReader> {
  const stdin = Readable.from(live.map((part) => Buffer.from(part)));
  const source = stdinSource.open(requestOf({ schema, metadata, options: { format }, stdin }));
  expect(stdinSource.isRepeatable).toBe(false);
  const bytes = new Map(logged === undefined ? [] : [["stdin", logged]]);
  const [reader] = await source.partitions(from && new Map([["stdin", from]]), bytes);
  if (reader === undefined) throw new Error("no partition");
  return reader;
}

const split = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

const json = Array.from("abcdefgh")
  .map((c, i) => `{"a":${i},"t":"${c.repeat(i * 9)}é"}\n${i % 3 === 0 ? "\r\n" : ""}`)
  .join("");
const csv = `t,a\r\n${Array.from("abcdefgh")
  .map((c, i) => `"${c}\n",${i}\nbroken\n`)
  .join("")}`;
const inputs = [
  ["json", `\ufeff${json}bad\n{"a":9}`],
  ["csv", csv],
  ["csv", `\ufeff${csv}x,10`],
  ["csv", "t,a\n"],
] as const;

describe("at every record, whatever chunks come", () => {
  test.each(inputs)("%s: logged bytes, then live ones, give what one stream gave", async (format, text) => {
    const bytes = Buffer.from(text);
    const whole = await readItems(await open({ format, live: [bytes] }), schema);
    for (const size of [1, 7, 1000]) {
      const reader = await open({ format, live: split(bytes, size) });
      // All that was read stays until it is forgotten.
      const { cuts, items } = await readItems(reader, schema);
      expect(items).toEqual(whole.items);
      for (const first of cuts) {
        for (const second of cuts) {
          if (second.index < first.index || second.position.position < first.position.position) continue;
          if ((first.index + second.index) % 3 !== 0 && second.index > 0) continue;
          const logged = reader.bytesBetween?.(first.position.position, second.position.position);
          if (logged === undefined) throw new Error("no bytes are kept");
          const rest = bytes.subarray(Number(second.position.position));
          const again = await open({ format, live: split(rest, size), from: first.position, logged });
          expect((await readItems(again, schema)).items).toEqual(items.slice(first.index));
        }
      }
    }
  });
});

test("a new stream with a header of its own goes on; one with other columns is refused", async () => {
  const reader = await open({ format: "csv", live: ["t,a\nx,1\ny,2\nz,"] });
  await reader.read();
  const { items } = itemsOfBatch(reader, schema);
  const from = reader.positionOf(reader.place(1));
  const logged = reader.bytesBetween?.(from.position, reader.next.position) ?? new Uint8Array(0);
  expect(Buffer.from(logged).toString()).toBe("y,2\n");
  const read = async (live: string[], at: SourcePosition | undefined = from) =>
    (await readItems(await open({ format: "csv", live, from: at, logged }), schema)).items;
  const next = await read(["\ufefft,", "a\nw,4\n"]);
  expect(next[0]).toEqual(items[1]);
  expect(next.map((item) => item.values)).toEqual(
    [
      ["2", "y"],
      ["4", "w"],
    ].map(([a, t], i) => [BigInt(a ?? 0), t, BigInt(3 + i), BigInt(8 + 4 * i)]),
  );
  expect((await read(["w,4\n"])).map((item) => item.values)).toEqual(next.map((item) => item.values));
  await expect(read(["a,t\n4,w\n"])).rejects.toMatchObject({
    details: { reason: expect.stringMatching(/other columns/) as string },
  });
  await reader.close();
});

test("a record that was too long, and not whole, ends with its stream", async () => {
  const live = ['{"a":1}\n', "x".repeat(3 * 1024 * 1024)];
  const stdin = new Readable({ read: () => undefined });
  for (const part of live) stdin.push(part);
  const source = stdinSource.open(requestOf({ schema, metadata, stdin }));
  const [reader] = await source.partitions(undefined, new Map());
  if (reader === undefined) throw new Error("no partition");
  const first = reader.positionOf(reader.next);
  let broken = 0;
  while (broken === 0) {
    await reader.read();
    broken += reader.broken.length;
  }
  const to = reader.positionOf(reader.next);
  const logged = reader.bytesBetween?.(first.position, to.position) ?? new Uint8Array(0);
  const again = await readItems(await open({ format: "json", live: ['{"a":2}\n'], from: first, logged }), schema);
  expect(again.items.map((item) => item.values[0] ?? "broken")).toEqual([1n, "broken", 2n]);
  const gone = await readItems(await open({ format: "json", live: ['{"a":2}\n'], from: to }), schema);
  expect(gone.items.map((item) => item.values[0])).toEqual([2n]);
  stdin.push(null);
  await reader.close();
});

test("bytes are kept only for a log, and until they are forgotten", async () => {
  const reader = await open({ format: "json", live: ['{"a":1}\n', '{"a":2}\n', '{"a":3}\n'] });
  while (!reader.ended) await reader.read();
  expect(Buffer.from(reader.bytesBetween?.(8n, 16n) ?? []).toString()).toBe('{"a":2}\n');
  reader.forget?.(8n);
  expect(() => reader.bytesBetween?.(0n, 8n)).toThrow("not all kept");
  expect(Buffer.from(reader.bytesBetween?.(8n, 24n) ?? []).toString()).toBe('{"a":2}\n{"a":3}\n');
  await reader.close();
  const source = stdinSource.open(requestOf({ schema, metadata, stdin: Readable.from([]) }));
  const [plain] = await source.partitions();
  expect(() => plain?.bytesBetween?.(0n, 1n)).toThrow("are not kept");
  await plain?.close();
});
