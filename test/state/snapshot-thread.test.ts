// The thread that owns DuckDB, started from source: hands over, fails without harm, ends when it is told to.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BIGINT, VARCHAR } from "../../src/base/types.ts";
import { SnapshotThread } from "../../src/connectors/snapshots/thread.ts";
import type { StagedTable } from "../../src/state/snapshot/staged.ts";
import { column, contents, folder, i64, sql, staged, text } from "./staged.ts";

const sample = (name: string, rows: number): StagedTable =>
  staged(
    name,
    [column("k", sql(BIGINT)), column("s", sql(VARCHAR))],
    Array.from({ length: rows }, (_, i) => [i % 3 === 0 ? null : i64(BigInt(i)), text(`the string of row ${i}`)]),
    () => 500,
  );

function opened(): SnapshotThread {
  const thread = new SnapshotThread();
  onTestFinished(() => thread.close());
  return thread;
}

test("tables go there in pieces and come back whole", async () => {
  const thread = opened();
  const path = join(folder(), "s.duckdb");
  // More chunks than go in one piece; a table without any between two with some.
  const tables = [sample("large", 40_000), sample("none", 0), sample("small", 3)];
  const expected = tables.map(contents);
  const { sha256, rows } = await thread.write(path, tables);
  expect(rows).toEqual({ large: 40_000, none: 0, small: 3 });
  expect(tables[0]!.chunks.every(({ vectors }) => vectors.every(({ data }) => data.length === 0))).toBe(true);
  expect((await thread.read(path, sha256)).map(contents)).toEqual(expected);
  expect((await thread.read(path)).map(contents)).toEqual(expected);
});

test("what fails rejects with the error of the catalogue, and the thread goes on", async () => {
  const thread = opened();
  const where = folder();
  const path = join(where, "s.duckdb");
  const missing = join(where, "missing", "s.duckdb");
  await expect(thread.write(missing, [sample("t", 5)])).rejects.toMatchObject({
    code: "SNAPSHOT_UNWRITABLE",
    sqlstate: "58030",
    place: { path: missing },
    details: { path: missing },
  });
  await expect(thread.read(path)).rejects.toMatchObject({ code: "SNAPSHOT_UNREADABLE" });
  writeFileSync(path, "no database");
  await expect(thread.read(path)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" });
  const { rows } = await thread.write(join(where, "t.duckdb"), [sample("t", 5)]);
  expect(rows).toEqual({ t: 5 });
  expect(readdirSync(where).sort()).toEqual(["s.duckdb", "t.duckdb"]);
});

test("buffers that were handed over before are an error, not rows of nothing", async () => {
  const thread = opened();
  const where = folder();
  const tables = [sample("t", 1000)];
  await thread.write(join(where, "a.duckdb"), tables);
  await expect(thread.write(join(where, "b.duckdb"), tables)).rejects.toThrow(
    /DataCloneError|transfer|detached|is not/,
  );
  expect(readdirSync(where)).toEqual(["a.duckdb"]);
  // The first pieces of this one arrive, and must not become part of the next.
  const late = [sample("t", 40_000)];
  structuredClone(null, { transfer: [late[0]!.chunks.at(-1)!.vectors[0]!.data.buffer as ArrayBuffer] });
  await expect(thread.write(join(where, "b.duckdb"), late)).rejects.toThrow(/DataCloneError|transfer|detached|is not/);
  expect((await thread.write(join(where, "c.duckdb"), [sample("u", 7)])).rows).toEqual({ u: 7 });
});

test("two threads never have one file open at once", async () => {
  const [one, other] = [opened(), opened()];
  const path = join(folder(), "s.duckdb");
  const wrote = await Promise.allSettled([
    one.write(path, [sample("t", 5000)]),
    other.write(path, [sample("u", 5000)]),
  ]);
  expect(wrote.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(wrote[1]).toMatchObject({ reason: { code: "SNAPSHOT_UNWRITABLE" } });
  const [first, second] = await Promise.all([one.read(path), other.read(path)]);
  expect(first.map(contents)).toEqual([contents(sample("t", 5000))]);
  expect(second.map(contents)).toEqual(first.map(contents));
});

test("close waits for what was asked, and nothing can be asked after it", async () => {
  const thread = new SnapshotThread();
  const path = join(folder(), "s.duckdb");
  const writing = thread.write(path, [sample("t", 30_000)]);
  const reading = thread.read(path);
  await thread.close();
  expect((await writing).rows).toEqual({ t: 30_000 });
  expect((await reading).map(contents)).toEqual([contents(sample("t", 30_000))]);
  await expect(thread.read(path)).rejects.toThrow("the snapshot thread is closed");
  await thread.close();
});

test("a process that has closed its thread ends by itself", () => {
  const path = join(folder(), "s.duckdb");
  const program = `
    import { SnapshotThread } from "./src/connectors/snapshots/thread.ts";
    const thread = new SnapshotThread();
    const written = await thread.write(process.argv[1], []);
    await thread.close();
    console.log(written.storageVersion);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program, path], {
    cwd: join(import.meta.dirname, "../.."),
    encoding: "utf8",
    timeout: 30_000,
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: "v1.5.0+\n", stderr: "", status: 0 });
  expect(existsSync(path)).toBe(true);
});
