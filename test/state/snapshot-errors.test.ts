// What becomes of snapshots that cannot be written, and of files that are none: an error that names the file, and no change.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, expect, test } from "vitest";
import { asError, isSqlError, type SqlError } from "../../src/base/error.ts";
import { BIGINT, decimal, INT, TINYINT, VARCHAR } from "../../src/base/types.ts";
import { snapshotFiles } from "../../src/connectors/snapshots/files.ts";
import { readSnapshot } from "../../src/state/snapshot/read.ts";
import type { StagedTable } from "../../src/state/snapshot/staged.ts";
import { writeSnapshot } from "../../src/state/snapshot/write.ts";
import { seeded } from "../wasm/support.ts";
import { column, contents, folder, i32, i64, sql, staged, text } from "./staged.ts";

const root = join(import.meta.dirname, "../..");

const sample = (): StagedTable =>
  staged(
    "t",
    [column("k", sql(BIGINT)), column("s", sql(VARCHAR))],
    Array.from({ length: 20_000 }, (_, i) => [i64(BigInt(i * i)), text(`a string that is longer than a cell, ${i}`)]),
  );

let good: Buffer;
let goodHash: string;
beforeAll(async () => {
  const where = mkdtempSync(join(tmpdir(), "tidemark-snapshot-"));
  const path = join(where, "good.duckdb");
  goodHash = (await writeSnapshot(path, [sample()], snapshotFiles)).sha256;
  good = readFileSync(path);
  rmSync(where, { recursive: true });
});

async function failure(work: Promise<unknown>): Promise<SqlError> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => asError(thrown),
  );
  if (!isSqlError(error)) throw error;
  return error;
}

/** What reading `bytes` as a snapshot says; the file must be as it was. */
async function reading(bytes: Uint8Array, sha256?: string): Promise<SqlError> {
  const where = folder();
  const path = join(where, "gen-7.duckdb");
  writeFileSync(path, bytes);
  const error = await failure(readSnapshot(path, snapshotFiles, sha256));
  expect(error.message).toContain(path);
  expect(error.place).toEqual({ path });
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(readdirSync(where)).toEqual(["gen-7.duckdb"]);
  return error;
}

test("a file that is missing, or a folder", async () => {
  const where = folder();
  const missing = await failure(readSnapshot(join(where, "gen-7.duckdb"), snapshotFiles));
  expect(missing).toMatchObject({ code: "SNAPSHOT_UNREADABLE", sqlstate: "58030" });
  expect(missing.message).toMatch(/gen-7\.duckdb cannot be read: ENOENT/);
  expect(existsSync(join(where, "gen-7.duckdb"))).toBe(false);
  const isFolder = await failure(readSnapshot(where, snapshotFiles));
  expect(isFolder.code).toBe("SNAPSHOT_UNREADABLE");
});

test("bytes that are no snapshot", async () => {
  const random = seeded("garbage");
  for (const bytes of [new Uint8Array(), text("hello\n")!, random.bytes(100_000), new Uint8Array(good.length)]) {
    expect(await reading(bytes)).toMatchObject({ code: "SNAPSHOT_DAMAGED", sqlstate: "XX001" });
  }
});

test("a snapshot that was cut short", async () => {
  const random = seeded("cut");
  const block = 262_144;
  const ends = [1, 4096, 12_288, 12_289, 12_288 + block, good.length - block, good.length - 1];
  for (const end of [...ends, ...Array.from({ length: 10 }, () => random.below(good.length))]) {
    expect((await reading(good.subarray(0, end), goodHash)).code).toBe("SNAPSHOT_DAMAGED");
    // Without the hash DuckDB must notice.
    expect((await reading(good.subarray(0, end))).code).toBe("SNAPSHOT_DAMAGED");
  }
});

test("a flipped bit is an error or makes no difference; the hash finds every one", async () => {
  const random = seeded("flip");
  const expected = [contents(sample())];
  const flipped = (at: number, bit: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at]! ^= 1 << bit;
    return bytes;
  };
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const at = random.below(round % 2 === 0 ? 12_288 : good.length);
    const bytes = flipped(at, random.below(8));
    expect((await reading(bytes, goodHash)).message).toContain("its SHA-256 is");
    const path = join(folder(), "gen-7.duckdb");
    writeFileSync(path, bytes);
    try {
      expect((await readSnapshot(path, snapshotFiles)).map(contents)).toEqual(expected);
    } catch (error) {
      if (!isSqlError(error)) throw error;
      expect(error.code).toMatch(/^SNAPSHOT_(DAMAGED|TOO_NEW)$/);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(10);
});

/** DuckDB's checksum of a block whose length is a multiple of 8. */
function checksum(bytes: Buffer): bigint {
  let sum = 5381n;
  for (let at = 0; at < bytes.length; at += 8)
    sum ^= BigInt.asUintN(64, bytes.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n);
  return sum;
}

test("the file of a newer DuckDB", async () => {
  const bytes = Buffer.from(good);
  const header = bytes.subarray(8, 4096);
  expect(bytes.readBigUInt64LE(0)).toBe(checksum(header));
  bytes.writeBigUInt64LE(99n, 12);
  bytes.writeBigUInt64LE(checksum(header), 0);
  const error = await reading(bytes);
  expect(error).toMatchObject({ code: "SNAPSHOT_TOO_NEW", sqlstate: "58030" });
  expect(error.message).toContain("version number 99");
});

async function plainDuckDB(path: string, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

test.each([
  [
    "a format of tomorrow",
    "UPDATE tidemark.format SET format = 2",
    "SNAPSHOT_TOO_NEW",
    "its format is 2, and this version reads 1",
  ],
  ["no format", "DELETE FROM tidemark.format", "SNAPSHOT_DAMAGED", '"format" has 0 rows of 1'],
  ["a row that is gone", "DELETE FROM t WHERE k = 9", "SNAPSHOT_DAMAGED", '"t"'],
  ["a row too many", "INSERT INTO t VALUES (1, 'x')", "SNAPSHOT_DAMAGED", '"t" has 20001 rows of 20000'],
  ["a table that is gone", "DROP TABLE t", "SNAPSHOT_DAMAGED", "Table with name t does not exist"],
  ["another type", "ALTER TABLE t ALTER k TYPE VARCHAR", "SNAPSHOT_DAMAGED", 'column "k" of "t" is no BIGINT'],
  ["not a snapshot", "DROP SCHEMA tidemark CASCADE", "SNAPSHOT_DAMAGED", "does not exist"],
])("a sound DuckDB file with %s", async (_, statement, code, reason) => {
  const path = join(folder(), "changed.duckdb");
  writeFileSync(path, good);
  await plainDuckDB(path, [statement, "CHECKPOINT"]);
  const error = await reading(readFileSync(path));
  expect(error.code).toBe(code);
  expect(error.message).toContain(reason);
});

test("a log beside a snapshot is neither replayed nor removed", async () => {
  const path = join(folder(), "gen-7.duckdb");
  writeFileSync(path, good);
  writeFileSync(`${path}.wal`, "");
  expect((await failure(readSnapshot(path, snapshotFiles))).message).toContain(".wal lies beside it");
  expect(existsSync(`${path}.wal`)).toBe(true);
});

test("a snapshot never replaces what is there, nor takes up a log", async () => {
  for (const taken of ["new.duckdb", "new.duckdb.wal"]) {
    const where = folder();
    writeFileSync(join(where, taken), "mine");
    const error = await failure(writeSnapshot(join(where, "new.duckdb"), [sample()], snapshotFiles));
    expect(error).toMatchObject({ code: "SNAPSHOT_UNWRITABLE", sqlstate: "58030" });
    expect(error.message).toContain(`${taken} is there already`);
    expect(readFileSync(join(where, taken), "utf8")).toBe("mine");
  }
});

test("a folder that is missing, is a file, or may not be written", async () => {
  const where = folder();
  writeFileSync(join(where, "file"), "");
  mkdirSync(join(where, "closed"), { mode: 0o500 });
  const folders = process.getuid?.() === 0 ? ["missing", "file"] : ["missing", "file", "closed"];
  for (const name of folders) {
    const path = join(where, name, "gen-7.duckdb");
    const error = await failure(writeSnapshot(path, [sample()], snapshotFiles));
    expect(error.code).toBe("SNAPSHOT_UNWRITABLE");
    expect(error.message).toContain(path);
  }
  expect(readdirSync(where).sort()).toEqual(["closed", "file"]);
});

test("values that a column cannot hold are refused, and the file is removed", async () => {
  const not8 = staged("t", [column("c", sql(VARCHAR))], [[text("fine")], [Uint8Array.of(0xff)]]);
  const half = staged("t", [column("c", sql(VARCHAR))], [[Uint8Array.of(0xc3)], [Uint8Array.of(0xa4)]]);
  const cases = [
    { table: staged("t", [column("c", sql(TINYINT))], [[i32(128)]]), reason: 'column "c" of "t": 128 is out of range' },
    { table: staged("t", [column("c", sql(decimal(9, 0)))], [[i64(2n ** 31n)]]), reason: "2147483648 is out of range" },
    { table: not8, reason: "a string is not UTF-8" },
    { table: half, reason: "a string begins inside a character" },
    { table: staged("t", [column("c", sql(INT), false)], [[null]]), reason: "NOT NULL constraint failed" },
    { table: { ...sample(), chunks: [{ rows: 1, vectors: [] }] }, reason: "it is missing" },
    { table: { ...sample(), chunks: [{ ...sample().chunks[0]!, rows: 9 }] }, reason: "9 rows have 16384 bytes" },
    { table: { ...sample(), chunks: [{ ...sample().chunks[0]!, rows: 4000 }] }, reason: "4000 rows" },
  ];
  for (const { table, reason } of cases) {
    const where = folder();
    const error = await failure(writeSnapshot(join(where, "gen-7.duckdb"), [table], snapshotFiles));
    expect(error.message).toContain(reason);
    expect(readdirSync(where)).toEqual([]);
  }
});

/** No file of this process may be longer than 1 MiB: writing fails in the middle, as on a full disk, and then goes on. */
const FULL = `
import { existsSync } from "node:fs";
import { SnapshotThread } from "./src/connectors/snapshots/thread.ts";
const [path] = process.argv.slice(2);
const table = (rows) => {
  const vectors = [{ data: new Uint8Array(BigInt64Array.from({ length: rows }, (_, i) => BigInt(i) * 0x9e3779b97f4a7c15n).buffer) }];
  return { rows, vectors };
};
const columns = [{ name: "k", type: { kind: "sql", type: { kind: "BIGINT" } }, nullable: false }];
const thread = new SnapshotThread();
const tried = await thread.write(path, [{ name: "t", columns, chunks: Array.from({ length: 200 }, () => table(2048)) }]).catch((e) => e);
const left = existsSync(path) || existsSync(path + ".wal");
const small = await thread.write(path, [{ name: "t", columns, chunks: [table(1)] }]);
await thread.close();
console.log(JSON.stringify({ code: tried.code, message: tried.message, left, rows: small.rows }));
`;

test.skipIf(process.platform === "win32")("a disk that is full: an error, no file, and the thread goes on", () => {
  const path = join(folder(), "gen-7.duckdb");
  const { stdout, stderr, status } = spawnSync(
    "bash",
    ["-c", 'ulimit -f 1024 && exec "$0" --input-type=module-typescript -e "$1" x "$2"', process.execPath, FULL, path],
    { cwd: root, encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  // What the program above printed.
  const said = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  expect(said).toMatchObject({ code: "SNAPSHOT_UNWRITABLE", left: false, rows: { t: 1 } });
  expect(said["message"]).toBe(`snapshot ${path} cannot be written: the file would be larger than the system allows`);
});
