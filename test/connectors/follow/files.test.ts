/** Files that grow, are rotated and come while they are read: real ones, and positions at which another process goes on. */
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { BIGINT, VARCHAR } from "../../../src/base/types.ts";
import { filesystemSource } from "../../../src/connectors/filesystem/source.ts";
import { openSource } from "../positions/going-on.ts";
import { column, folder, type RequestParts } from "../read.ts";
import { Reading } from "./reading.ts";

const schema = [column("a", BIGINT)];

/** A folder with files in it, and how it is read. */
function setUp(path: string, options: Readonly<Record<string, string>> = { follow: "true" }) {
  const baseDirectory = folder();
  const at = (name: string): string => join(baseDirectory, name);
  const parts: RequestParts = { schema, options: { path, format: "json", ...options }, baseDirectory };
  return {
    parts,
    at,
    append: (name: string, text: string | Uint8Array): void => appendFileSync(at(name), text),
    /** `log` becomes `log.1`, that `log.2`, and so on. */
    rotate: (name: string, count: number): void => {
      for (let i = count; i > 0; i--) renameSync(at(i === 1 ? name : `${name}.${i - 1}`), at(`${name}.${i}`));
    },
  };
}

const rows = (...numbers: readonly number[]): string => numbers.map((n) => `{"a":${n}}\n`).join("");
const changed = (difference: RegExp) => ({
  code: "SOURCE_CHANGED",
  message: expect.stringMatching(difference) as unknown,
});

describe("a file that grows", () => {
  test("a line is a row when its end is there, wherever it was cut", async () => {
    const { parts, append } = setUp("log");
    append("log", "");
    const reading = await Reading.open({ ...parts, schema: [column("s", VARCHAR)] });
    const line = Buffer.from('{"s":"äß€😀"}\r\n', "utf8");
    for (const byte of line.subarray(0, -1)) {
      append("log", Uint8Array.of(byte));
      expect(await reading.poll()).toEqual([]);
    }
    append("log", Uint8Array.of(...line.subarray(-1), 0xef, 0xbb));
    expect(await reading.poll()).toEqual(["log äß€😀"]);
    append("log", "\n");
    expect(await reading.poll()).toEqual([expect.stringMatching("the record is not valid UTF-8")]);
    await reading.close();
  });

  test("CSV: the header may come late and in pieces, a record with line ends in quotes too", async () => {
    const { parts, append } = setUp("log", { follow: "true", format: "csv" });
    append("log", "b,");
    const reading = await Reading.open({ ...parts, schema: [column("a", VARCHAR)] });
    expect(await reading.poll()).toEqual([]);
    append("log", 'a\n1,"one\n');
    expect(await reading.poll()).toEqual([]);
    append("log", 'line"\n2,two\n3,');
    expect(await reading.poll()).toEqual(["log one\nline", "log two"]);
    await reading.close();
  });

  test("more than fits into a buffer, a bit at a time and all at once", async () => {
    const { parts, append } = setUp("log");
    const all = Array.from({ length: 90_000 }, (_, i) => i);
    append("log", rows(...all.slice(0, 45_000)));
    const reading = await Reading.open(parts);
    const read = [...(await reading.poll())];
    for (let at = 45_000; at < all.length; at += 4500) {
      append("log", rows(...all.slice(at, at + 4500)));
      read.push(...(await reading.poll()));
    }
    expect(read).toEqual(all.map((n) => `log ${n}`));
    await reading.close();
  });

  test("one that is cut, or written anew, is refused with its name and where that was", async () => {
    for (const [spoil, difference] of [
      [(path: string) => truncateSync(path, 4), /table "t": log has 4 bytes, of which 16 were read already/],
      [(path: string) => writeFileSync(path, rows(7, 8, 9)), /table "t": log begins with other bytes than those/],
    ] as const) {
      const { parts, at, append } = setUp("log");
      append("log", rows(1, 2));
      const reading = await Reading.open(parts);
      expect(await reading.poll()).toEqual(["log 1", "log 2"]);
      spoil(at("log"));
      await expect(reading.poll()).rejects.toMatchObject(changed(difference));
      await reading.close();
    }
  });
});

describe("rotation", () => {
  test("the old file is read to its end, which is when the new one has bytes; then the new one", async () => {
    const { parts, append, rotate } = setUp("log");
    append("log", rows(1));
    const reading = await Reading.open(parts);
    expect(await reading.poll()).toEqual(["log 1"]);
    rotate("log", 1);
    append("log.1", rows(2));
    expect(await reading.poll()).toEqual(["log 2"]);
    append("log", "");
    append("log.1", `${rows(3)}{"a":4}`);
    expect(await reading.poll()).toEqual(["log 3"]);
    append("log", rows(5));
    expect(await reading.poll()).toEqual(["log 4", "log#2 5"]);
    await reading.close();
  });

  test.each(["log", "log*", "*"])("several between two looks, path '%s'", async (path) => {
    const { parts, append, rotate } = setUp(path);
    append("log", rows(1));
    const reading = await Reading.open(parts);
    await reading.poll();
    append("log", rows(2));
    for (let i = 1; i < 4; i++) {
      rotate("log", i);
      append("log", rows(10 * i));
    }
    expect(await reading.poll()).toEqual(["log 2", "log#2 10", "log#3 20", "log#4 30"]);
    append("log", rows(31));
    expect(await reading.poll()).toEqual(["log#4 31"]);
    await reading.close();
  });

  test("the last of several may have nothing in its place yet", async () => {
    const { parts, append, rotate } = setUp("log");
    append("log", rows(1));
    const reading = await Reading.open(parts);
    await reading.poll();
    for (const i of [1, 2]) {
      rotate("log", i);
      if (i === 1) append("log", rows(2));
    }
    expect(await reading.poll()).toEqual(["log#2 2"]);
    append("log.1", rows(3));
    expect(await reading.poll()).toEqual(["log#2 3"]);
    append("log", rows(4));
    expect(await reading.poll()).toEqual(["log#3 4"]);
    await reading.close();
  });

  test("a file that is deleted ends where it ends; one that comes in its place is read from its start", async () => {
    const { parts, at, append } = setUp("log");
    append("log", rows(1));
    const reading = await Reading.open(parts);
    await reading.poll();
    append("log", rows(2));
    rmSync(at("log"));
    expect(await reading.poll()).toEqual(["log 2"]);
    expect(await reading.poll()).toEqual([]);
    append("log", rows(3));
    expect(await reading.poll()).toEqual(["log#2 3"]);
    await reading.close();
  });
});

describe("files that come", () => {
  test("they are partitions in the order of their names; a renamed one is not read again", async () => {
    const { parts, at, append } = setUp("in");
    mkdirSync(at("in"));
    const reading = await Reading.open(parts);
    expect(await reading.poll()).toEqual([]);
    for (const name of ["b", "_hidden", "a"]) append(`in/${name}`, rows(1));
    expect(await reading.poll()).toEqual(["in/a 1", "in/b 1"]);
    renameSync(at("in/a"), at("in/c"));
    expect(await reading.poll()).toEqual([]);
    append("in/c", rows(2));
    append("in/d", rows(3));
    expect(await reading.poll()).toEqual(["in/a 2", "in/d 3"]);
    await reading.close();
  });

  test("without 'follow' each is read whole, to the end that it has when it comes; compressed ones and Parquet too", async () => {
    const { parts, at, append } = setUp("*.json*", { "monitor-interval": "1 s" });
    append("a.json", rows(1));
    const reading = await Reading.open(parts);
    expect(await reading.poll()).toEqual(["a.json 1"]);
    append("a.json", rows(2));
    append("b.json.gz", gzipSync(rows(3, 4)));
    append("c.json", rows(5).trimEnd());
    expect(await reading.poll()).toEqual(["b.json.gz 3", "b.json.gz 4", "c.json 5"]);
    await reading.close();
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const write = (name: string, from: number): Promise<unknown> =>
      connection.run(`COPY (SELECT i::BIGINT AS a FROM range(${from}, ${from + 2}) r(i)) TO '${at(name)}'`);
    await write("1.parquet", 1);
    const options = { path: "*.parquet", "monitor-interval": "10 ms" };
    const columns = await Reading.open({ ...parts, options });
    await write("2.parquet", 5);
    expect(await columns.poll()).toEqual(["1.parquet 1", "1.parquet 2", "2.parquet 5", "2.parquet 6"]);
    await write("0.parquet", 7);
    expect(await columns.poll()).toEqual(["0.parquet 7", "0.parquet 8"]);
    const again = await Reading.open({ ...parts, options }, columns.positions);
    expect(await again.poll()).toEqual([]);
    for (const r of [columns, again]) await r.close();
    connection.closeSync();
  });
});

describe("what cannot be read so is refused by name", () => {
  const refusals: readonly (readonly [string, Record<string, string>, string])[] = [
    ["a.json", { files: "sequential" }, "OPTION_CONFLICT"],
    ["a.json", { speed: "2x" }, "OPTION_CONFLICT"],
    ["a.json", { "json.records": "rows" }, "OPTION_CONFLICT"],
    ["a.json", { format: "parquet" }, "NOT_SUPPORTED"],
    ["a.json", { "monitor-interval": "0 s" }, "INVALID_OPTION"],
    ["b.json", {}, "PATH_NOT_FOUND"],
  ];
  test.each(refusals)("%s with %o: %s", (path, options, code) => {
    const { parts, append } = setUp(path, { follow: "true", ...options });
    append("a.json", rows(1));
    expect(() => openSource(filesystemSource, parts)).toThrow(expect.objectContaining({ code }));
  });
  test.each([
    ["a.json.gz", gzipSync(rows(1)), /'follow' of .*a\.json\.gz, which is compressed/],
    ["a.json", `[{"a":1},\n`, /'follow' of a\.json, which is one JSON document/],
  ])("%s", async (name, content, message) => {
    const { parts, append } = setUp("*");
    append(name, content);
    await expect(Reading.open(parts)).rejects.toMatchObject({
      code: "NOT_SUPPORTED",
      message: expect.stringMatching(message) as unknown,
    });
  });
});

describe("another process goes on", () => {
  test("at every row, with rotations while nobody read", async () => {
    for (let taken = 0; taken <= 4; taken++) {
      const { parts, append, rotate } = setUp("log");
      append("log", rows(...[1, 2, 3, 4].slice(0, taken)));
      const reading = await Reading.open(parts);
      expect(await reading.poll()).toHaveLength(taken);
      await reading.close();
      append("log", rows(...[1, 2, 3, 4].slice(taken)));
      rotate("log", 1);
      append("log", rows(5));
      rotate("log", 2);
      append("log", rows(6));
      const again = await Reading.open(parts, reading.positions);
      const expected = ["log 1", "log 2", "log 3", "log 4"].slice(taken);
      expect(await again.poll()).toEqual([...expected, "log#2 5", "log#3 6"]);
      await again.close();
      rotate("log", 3);
      append("log", rows(7));
      const last = await Reading.open(parts, again.positions);
      expect(await last.poll()).toEqual(["log#4 7"]);
      await last.close();
    }
  });

  test("a file that is gone is missed, with the bytes of it that were not read", async () => {
    const { parts, at, append, rotate } = setUp("log");
    append("log", `${rows(1)}{"a":`);
    const reading = await Reading.open(parts);
    expect(await reading.poll()).toEqual(["log 1"]);
    await reading.close();
    rotate("log", 1);
    append("log", rows(3));
    rmSync(at("log.1"));
    await expect(Reading.open(parts, reading.positions)).rejects.toMatchObject(
      changed(/table "t": log is not in its folder any more, under any name: 5 bytes behind byte 8 were not read/),
    );
  });

  test("one that was read to its end and deleted is not missed", async () => {
    const { parts, at, append } = setUp("*");
    append("a", rows(1));
    append("b", rows(2));
    const reading = await Reading.open(parts);
    await reading.poll();
    await reading.close();
    rmSync(at("a"));
    append("b", rows(3));
    const again = await Reading.open(parts, reading.positions);
    expect(await again.poll()).toEqual(["b 3"]);
    await again.close();
  });

  test("one that was written anew is refused", async () => {
    const { parts, at, append } = setUp("log");
    append("log", rows(1, 2));
    const reading = await Reading.open(parts);
    await reading.poll();
    await reading.close();
    writeFileSync(at("log"), rows(2, 3, 4));
    await expect(Reading.open(parts, reading.positions)).rejects.toMatchObject(changed(/begins with other bytes/));
  });
});
