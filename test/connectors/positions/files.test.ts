/** Files go on where they were left, in another process; what was changed behind its back is refused. */
import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { BIGINT, INT, type Schema, VARCHAR } from "../../../src/base/types.ts";
import type { PartitionReader, SourceConnector, SourcePosition } from "../../../src/connectors/connector.ts";
import { filesystemSource } from "../../../src/connectors/filesystem/source.ts";
import { nexmarkSource } from "../../../src/connectors/nexmark/source.ts";
import { column, folder, type RequestParts, writeFile } from "../read.ts";
import { expectToGoOn, openSource, readItems } from "./going-on.ts";

const schema = [
  column("a", BIGINT),
  column("line", BIGINT, false),
  column("offset", BIGINT, false),
  column("file", VARCHAR, false),
];
const metadata = [undefined, "line", "offset", "file"];
const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `{"a":${from + i},"pad":"${"p".repeat((from + i) % 50)}"}\n`).join("");

async function only(connector: SourceConnector, parts: RequestParts, from?: SourcePosition, name?: string) {
  const positions = from === undefined ? undefined : new Map([[name ?? String(parts.options?.["path"]), from]]);
  const readers = await openSource(connector, parts).partitions(positions);
  expect(readers).toHaveLength(1);
  return readers[0] as PartitionReader;
}

describe("going on gives the rest of", () => {
  test.each(["a.ndjson", "a.ndjson.gz", "a.ndjson.zst", "b.csv", "b.csv.gz", "c.json"])("%s", async (path) => {
    const baseDirectory = folder();
    const text = lines(0, 6000);
    writeFile(baseDirectory, "a.ndjson", text);
    writeFile(baseDirectory, "a.ndjson.gz", gzipSync(text));
    writeFile(baseDirectory, "a.ndjson.zst", zstdCompressSync(text));
    const csv = `pad,a\n${Array.from({ length: 5000 }, (_, i) => `"x\n${"y".repeat(i % 30)}",${i}\n`).join("")}`;
    writeFile(baseDirectory, "b.csv", csv);
    writeFile(baseDirectory, "b.csv.gz", gzipSync(csv));
    writeFile(baseDirectory, "c.json", `[${text.trim().replaceAll("\n", ",\n")}]\n`);
    const parts = { schema, metadata, options: { path }, baseDirectory };
    const items = await expectToGoOn((from) => only(filesystemSource, parts, from), schema, 2003);
    expect(items).toHaveLength(path.startsWith("b") ? 5000 : 6000);
  });

  test("a Parquet file", async () => {
    const baseDirectory = folder();
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const path = join(baseDirectory, "p.parquet");
    const rows =
      "SELECT i::BIGINT AS a, CASE WHEN i % 7 = 0 THEN NULL ELSE 'text ' || i END AS t FROM range(6000) r(i)";
    await connection.run(`COPY (${rows}) TO '${path}' (ROW_GROUP_SIZE 2500)`);
    connection.closeSync();
    const columns = [...schema, column("t", VARCHAR)];
    const parts = {
      schema: columns,
      metadata: [...metadata, undefined],
      options: { path: "p.parquet" },
      baseDirectory,
    };
    const items = await expectToGoOn((from) => only(filesystemSource, parts, from), columns, 1501);
    expect(items[5998]?.values).toEqual([5998n, 5999n, 5998n, "p.parquet", "text 5998"]);
    const { cuts } = await readItems(await only(filesystemSource, parts), columns);
    const position = cuts[4000]?.position;
    await expect(openAt(parts, "p.parquet", position)).resolves.toHaveLength(1);
    const other = await instance.connect();
    await other.run(`COPY (${rows.replace("text", "TEXT")}) TO '${path}' (ROW_GROUP_SIZE 2500)`);
    other.closeSync();
    await expect(openAt(parts, "p.parquet", position)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
  });

  test.each([{ events: "6000" }, { events: "5000", "group.size": "10", seed: "7" }])("nexmark %o", async (options) => {
    const columns: Schema = [
      column("event_type", INT),
      column("bid", { kind: "ROW", fields: [column("price", BIGINT), column("url", VARCHAR)] }),
    ];
    const parts = { schema: columns, options };
    await expectToGoOn((from) => only(nexmarkSource, parts, from, "0"), columns, 2999);
  });

  test("files read one after another: the position says in which", async () => {
    const baseDirectory = folder();
    ["a", "b", "c", "d"].forEach((name, i) =>
      writeFile(baseDirectory, `${name}.json`, i === 2 ? "" : lines(i * 100, 40 + i)),
    );
    const options = { path: "*.json", files: "sequential" };
    const parts = { schema, metadata, options, baseDirectory };
    const open = (from: SourcePosition | undefined) => only(filesystemSource, parts, from, "a.json");
    const items = await expectToGoOn(open, schema, 1);
    expect(items).toHaveLength(40 + 41 + 43);
    const { cuts } = await readItems(await open(undefined), schema);
    const inB = cuts.find((cut) => cut.index === 60)?.position;
    // Before it, nothing is looked at again; the set of files is what it was.
    writeFile(baseDirectory, "a.json", "other");
    expect((await readItems(await open(inB), schema)).items).toEqual(items.slice(60));
    writeFile(baseDirectory, "b.json", lines(101, 41));
    await expect(open(inB)).rejects.toMatchObject({ code: "SOURCE_CHANGED", details: { file: "b.json" } });
    writeFile(baseDirectory, "b.json", lines(100, 41));
    writeFile(baseDirectory, "e.json", lines(0, 1));
    await expect(open(inB)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
  });
});

const openAt = (parts: RequestParts, name: string, position: SourcePosition | undefined) =>
  openSource(filesystemSource, parts).partitions(position && new Map([[name, position]]));

describe("a source that is not what was read", () => {
  const setUp = async (path: string, content: Uint8Array | string) => {
    const baseDirectory = folder();
    writeFile(baseDirectory, path, content);
    const parts = { schema, metadata, options: { path }, baseDirectory };
    const { cuts, items } = await readItems(await only(filesystemSource, parts), schema);
    const cut = cuts.find(({ index }) => index === 1000);
    const end = cuts.at(-1);
    if (cut === undefined || end === undefined) throw new Error("no cuts");
    const file = join(baseDirectory, path);
    const open = (position: SourcePosition = cut.position) => openAt(parts, path, position);
    const at = (offset: number, byte: string): void => {
      const bytes = readFileSync(file);
      bytes.write(byte, offset);
      writeFileSync(file, bytes);
    };
    return { file, open, at, offset: Number(cut.position.position), end: end.position, items };
  };
  const changed = (difference: RegExp) => ({
    code: "SOURCE_CHANGED",
    sqlstate: "55000",
    message: expect.stringMatching(difference) as string,
  });

  test("its first bytes, and those before the position, are told from others; those behind it may change", async () => {
    const { open, at, offset } = await setUp("a.json", lines(0, 2000));
    at(offset + 10, "x");
    await expect(open()).resolves.toHaveLength(1);
    at(offset - 2, "x");
    await expect(open()).rejects.toMatchObject(changed(/table "t": a\.json has other bytes before byte \d+/));
    at(0, "x");
    await expect(open()).rejects.toMatchObject(changed(/begins with other bytes/));
  });
  test("one that is shorter than what was read is refused, one that is gone too", async () => {
    const { file, open, offset } = await setUp("a.json", lines(0, 2000));
    truncateSync(file, offset);
    await expect(open()).resolves.toHaveLength(1);
    truncateSync(file, offset - 1);
    await expect(open()).rejects.toMatchObject(changed(new RegExp(`has ${offset - 1} bytes, of which ${offset} were`)));
    renameSync(file, `${file}.old`);
    // Before any position is looked at.
    expect(() => open()).toThrow(expect.objectContaining({ code: "PATH_NOT_FOUND" }));
  });
  test.each([
    ["a.json.gz", gzipSync],
    ["a.json.zst", zstdCompressSync],
  ] as const)("%s: another start or another size", async (path, compress) => {
    const { file, open } = await setUp(path, compress(lines(0, 2000)));
    await expect(open()).resolves.toHaveLength(1);
    writeFileSync(file, compress(lines(0, 2001)));
    await expect(open()).rejects.toMatchObject(changed(/has \d+ bytes, not \d+ as when/));
    // The time in the head of a gzip file: content of the same size that is as good.
    const touched = compress(lines(0, 2000));
    touched[4] = (touched[4] ?? 0) ^ 1;
    writeFileSync(file, touched);
    if (compress === gzipSync) await expect(open()).rejects.toMatchObject(changed(/has other content than when/));
  });
  test("what is written behind the end that was reached is not read; before it was reached, it is", async () => {
    const { file, open, end, items } = await setUp("a.json", lines(0, 2000).trimEnd());
    appendFileSync(file, `,{}\n${lines(5000, 2)}`);
    const rest = async (position?: SourcePosition) =>
      (await readItems((await open(position))[0] as PartitionReader, schema)).items;
    expect(await rest(end)).toEqual([]);
    expect(await rest()).toHaveLength(items.length - 1000 + 2);
  });
});

test("the files of a glob are those that it had: new ones are not read, a lost one is refused", async () => {
  const baseDirectory = folder();
  for (const name of ["b", "d"]) writeFile(baseDirectory, `${name}.json`, lines(0, 5));
  const parts = { schema, metadata, options: { path: "*.json" }, baseDirectory };
  const from = new Map<string, SourcePosition>();
  for (const reader of await openSource(filesystemSource, parts).partitions()) {
    await reader.read();
    from.set(reader.name, reader.positionOf(reader.name === "b.json" ? reader.place(3) : reader.next));
    await reader.close();
  }
  for (const name of ["a", "c", "e"]) writeFile(baseDirectory, `${name}.json`, lines(50, 5));
  const readers = await openSource(filesystemSource, parts).partitions(from);
  const read = await Promise.all(
    readers.map(async (reader) => [reader.name, (await readItems(reader, schema)).items.length]),
  );
  expect(read).toEqual([
    ["b.json", 2],
    ["d.json", 0],
  ]);
  expect(await openSource(filesystemSource, parts).partitions(new Map())).toHaveLength(5);
  rmSync(join(baseDirectory, "d.json"));
  await expect(openSource(filesystemSource, parts).partitions(from)).rejects.toMatchObject({
    code: "SOURCE_CHANGED",
    details: { file: "d.json", difference: "is not there any more" },
  });
});
