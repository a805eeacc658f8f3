/** The filesystem source: paths, compression, partitions, documents, metadata; and stdin. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BIGINT, DOUBLE, timestamp, VARCHAR } from "../../src/base/types.ts";
import { filesystemSource } from "../../src/connectors/filesystem/source.ts";
import { stdinSource } from "../../src/connectors/stdin.ts";
import { column, folder, memory, readSource, requestOf, writeFile } from "./read.ts";

const schema = [column("a", BIGINT)];
const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `{"a":${from + i},"pad":"${"p".repeat(i % 50)}"}\n`).join("");
const first = (result: { rows: readonly { values: readonly unknown[] }[] }): unknown[] =>
  result.rows.map((r) => r.values[0]);

describe("filesystem: paths", () => {
  test("a folder and a glob are partitions by name; hidden files are not read; sequential makes them one", async () => {
    const base = folder();
    mkdirSync(join(base, "data", "sub"), { recursive: true });
    writeFile(base, "data/b.ndjson", lines(10, 2));
    writeFile(base, "data/a.ndjson", lines(0, 3));
    writeFile(base, "data/sub/c.ndjson", lines(20, 1));
    writeFile(base, "data/_done", "no data");
    const read = (path: string, more: Record<string, string> = {}) =>
      readSource(filesystemSource, { schema, options: { path, format: "json", ...more }, baseDirectory: base });
    const results = await read("data");
    expect(results.map(first)).toEqual([[0n, 1n, 2n], [10n, 11n], [20n]]);
    expect(results[0]?.rows[0]?.partition).toBe("data/a.ndjson");
    expect((await read("data/*.ndjson")).map(first)).toEqual([
      [0n, 1n, 2n],
      [10n, 11n],
    ]);
    const [all, ...rest] = await read("data", { files: "sequential" });
    expect(rest).toEqual([]);
    expect(all?.rows.map((r) => [r.values[0], r.partition])).toEqual([
      [0n, "data/a.ndjson"],
      [1n, "data/a.ndjson"],
      [2n, "data/a.ndjson"],
      [10n, "data/b.ndjson"],
      [11n, "data/b.ndjson"],
      [20n, "data/sub/c.ndjson"],
    ]);
  });
  test("a missing path, an empty glob, an unknown extension and options that do not exist are refused", () => {
    const base = folder();
    writeFile(base, "x.data", "");
    const open = (options: Record<string, string>) => () =>
      filesystemSource.open(requestOf({ schema, options, baseDirectory: base }));
    expect(open({ path: "nope.json" })).toThrow(expect.objectContaining({ code: "PATH_NOT_FOUND" }));
    expect(open({ path: "*.json" })).toThrow(expect.objectContaining({ code: "PATH_EMPTY" }));
    expect(open({ path: "x.data" })).toThrow(expect.objectContaining({ code: "MISSING_OPTION" }));
    expect(open({})).toThrow(expect.objectContaining({ code: "MISSING_OPTION" }));
    expect(open({ path: "x.data", format: "jsn" })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", didYouMean: "json" }),
    );
    expect(open({ pth: "x.data" })).toThrow(expect.objectContaining({ code: "UNKNOWN_OPTION", didYouMean: "path" }));
    expect(open({ path: "x.data", format: "csv", "csv.header": "maybe" })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
  test("many more files than may be open at once", async () => {
    const base = folder();
    for (let i = 0; i < 150; i++) writeFile(base, `f${String(i).padStart(3, "0")}.json`, lines(i, 1));
    const source = filesystemSource.open(requestOf({ schema, options: { path: "*.json" }, baseDirectory: base }));
    const readers = await source.partitions();
    for (const reader of readers) expect(await reader.read()).toBe(1);
    for (const reader of readers) expect(await reader.read()).toBe(0);
    expect(readers.every((reader) => reader.ended)).toBe(true);
    for (const reader of readers) await reader.close();
  });
});

describe("filesystem: content", () => {
  test(".gz and .zst are decompressed; a cut off file is an error", async () => {
    const base = folder();
    const text = lines(0, 20_000);
    writeFile(base, "a.ndjson.gz", gzipSync(text));
    writeFile(base, "b.ndjson.zst", zstdCompressSync(text));
    writeFile(base, "c.csv.gz", gzipSync("a\n1\n2\n"));
    writeFile(base, "d.json.gz", gzipSync(text).subarray(0, 5000));
    const read = async (path: string) =>
      first(
        (await readSource(filesystemSource, { schema, options: { path }, baseDirectory: base }))[0] ?? { rows: [] },
      );
    const expected = Array.from({ length: 20_000 }, (_, i) => BigInt(i));
    expect(await read("a.ndjson.gz")).toEqual(expected);
    expect(await read("b.ndjson.zst")).toEqual(expected);
    expect(await read("c.csv.gz")).toEqual([1n, 2n]);
    await expect(read("d.json.gz")).rejects.toMatchObject({ code: "PATH_UNREADABLE" });
  });
  test("metadata columns: file, line, offset", async () => {
    const base = folder();
    writeFile(base, "m.json", '{"a":1}\n\nbroken\n{"a":2}\n');
    const columns = [...schema, column("f", VARCHAR, false), column("l", BIGINT, false), column("o", BIGINT, false)];
    const metadata = [undefined, "file", "line", "offset"];
    const [result] = await readSource(filesystemSource, {
      schema: columns,
      metadata,
      options: { path: "m.json" },
      baseDirectory: base,
    });
    expect(result?.rows.map((r) => r.values)).toEqual([
      [1n, "m.json", 1n, 0n],
      [2n, "m.json", 4n, 16n],
    ]);
  });
  test("a document: an array at the top, or an array in it", async () => {
    const base = folder();
    const records = Array.from({ length: 5000 }, (_, i) => ({ a: i, text: `]},{"${i}` }));
    writeFile(base, "array.json", JSON.stringify(records, null, 2));
    writeFile(base, "named.json", JSON.stringify({ meta: { features: [1] }, features: records, rest: "x" }));
    const expected = records.map((r) => BigInt(r.a));
    const read = (options: Record<string, string>) =>
      readSource(filesystemSource, { schema, options, baseDirectory: base });
    const [array] = await read({ path: "array.json" });
    expect(array === undefined ? [] : first(array)).toEqual(expected);
    expect(array?.rows[1]?.line).toBe(6n);
    const [named] = await read({ path: "named.json", "json.records": "features" });
    expect(named === undefined ? [] : first(named)).toEqual(expected);
    await expect(read({ path: "named.json", "json.records": "rest" })).rejects.toMatchObject({
      code: "PATH_UNREADABLE",
    });
  });
  test("the earthquakes of vega-datasets, nested", async () => {
    const inner = {
      kind: "ROW",
      fields: [column("mag", DOUBLE), column("place", VARCHAR), column("time", timestamp(3))],
    } as const;
    const options = { path: "node_modules/vega-datasets/data/earthquakes.json", "json.records": "features" };
    const [result] = await readSource(filesystemSource, {
      schema: [column("properties", inner), column("id", VARCHAR)],
      options,
      baseDirectory: process.cwd(),
    });
    expect(result?.broken).toEqual([]);
    expect(result?.rows).toHaveLength(1707);
    expect(result?.rows[0]?.values).toEqual([[2, "4km W of Castaic, CA", 1517966773840000n], "ci37868143"]);
  });
  test("a file many times the buffer is read in its memory", async () => {
    const base = folder();
    const count = 60_000;
    writeFile(base, "big.json", lines(0, count));
    const request = requestOf({ schema, options: { path: "big.json" }, baseDirectory: base });
    const [reader] = await filesystemSource.open(request).partitions();
    let sum = 0n;
    let rows = 0;
    while (reader?.ended === false) {
      const got = await reader.read();
      const data = memory.dataView.getUint32(reader.batch + 16, true);
      for (let row = 0; row < got; row++) sum += memory.i64[data / 8 + row] ?? 0n;
      rows += got;
    }
    await reader?.close();
    expect([rows, sum]).toEqual([count, (BigInt(count) * BigInt(count - 1)) / 2n]);
    expect(request.owner.peakBytes).toBeLessThan(6 * 1024 * 1024);
    expect(request.owner.bytes).toBe(0);
  });
});

describe("stdin", () => {
  test("gives rows as they come, and ends where the pipe ends", async () => {
    const stdin = new Readable({ read: () => undefined });
    const source = stdinSource.open(requestOf({ schema, stdin }));
    expect(source.bounded).toBe(false);
    const [reader] = await source.partitions();
    if (reader === undefined) throw new Error("no partition");
    const waiting = reader.read();
    stdin.push('{"a":1}\n{"a":2}\n{"a":');
    expect(await waiting).toBe(2);
    expect(reader.ended).toBe(false);
    const second = reader.read();
    stdin.push("3}\n");
    stdin.push(null);
    expect(await second).toBe(1);
    expect(await reader.read()).toBe(0);
    expect(reader.ended).toBe(true);
    await reader.close();
  });
});
