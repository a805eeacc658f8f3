// What `tidemark state compact` and `backup` leave, and what becomes of a backup that is put back.
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backUp } from "../../../src/engine/inspect/backup.ts";
import { compactState } from "../../../src/engine/inspect/compact.ts";
import { verifyState } from "../../../src/engine/inspect/verify.ts";
import { withView } from "../../../src/engine/inspect/view.ts";
import { open } from "../../../src/index.ts";
import { change, copyOf, filesIn, flip, folder, lives, SQL } from "./made.ts";

const click = (n: number) => ({ page: "/", n });

async function total(state: string): Promise<{ readonly total: unknown; readonly said: readonly string[] }> {
  const said: string[] = [];
  await using db = await open({ state, onNotice: (text) => said.push(text) });
  await db.execute(SQL);
  return { total: (await db.query("SELECT total FROM totals"))[0]?.["total"], said };
}

const manifest = (state: string) => withView(state, (view) => Promise.resolve(view.state));

test("a backup of a directory that is worked in is as it was at that moment, and a process goes on with it", async () => {
  const state = folder();
  await lives(state, [click(1)]);
  const db = await open({ state });
  await db.execute(SQL);
  await db.insert("clicks", [click(2)]);
  const to = join(folder(), "copy");
  const { record } = await backUp(state, to);
  await db.insert("clicks", [click(4)]);
  await db.close();
  expect((await verifyState(to)).findings).toEqual([]);
  expect((await manifest(to)).backup?.record).toBe(record);
  expect((await total(to)).total).toBe(3n);
  expect((await total(state)).total).toBe(7n);
});

test("who works in a backup first begins a timeline, and says so once", async () => {
  const state = folder();
  await lives(state, [click(1)]);
  const [to, other] = [join(folder(), "copy"), join(folder(), "copy")];
  await backUp(state, to);
  await backUp(to, other);
  const before = await manifest(to);
  expect(before.timeline).toBe((await manifest(state)).timeline);
  expect((await total(to)).said[0]).toMatch(/^state: this is a backup of .*: a timeline of its own begins here$/);
  const after = await manifest(to);
  expect(after).toMatchObject({ id: before.id, incarnation: before.incarnation + 1 });
  expect(after.timeline).not.toBe(before.timeline);
  expect(after.backup).toBeUndefined();
  expect((await total(to)).said.join()).not.toContain("backup");
  expect((await manifest(to)).timeline).toBe(after.timeline);
  await total(other);
  expect((await manifest(other)).timeline).not.toBe(after.timeline);
});

test("a backup that lost its end on the way is damaged: it had no writes that were cut off", async () => {
  const state = folder();
  await lives(state, [click(1)]);
  const db = await open({ state });
  await db.execute(SQL);
  await db.insert("clicks", [click(2)]);
  const [to, killed] = [join(folder(), "copy"), copyOf(state)];
  await backUp(state, to);
  await db.close();
  for (const copy of [to, killed]) change(join(copy, filesIn(copy, "log").at(-1) ?? ""), (b) => b.subarray(0, -9));
  const { findings } = await verifyState(to);
  expect(findings.map(({ kind }) => kind)).toEqual(["damage"]);
  expect((await verifyState(killed)).findings.map(({ kind }) => kind)).toEqual(["note"]);
});

test("a backup takes the place of nothing, and is not made of what is damaged", async () => {
  const state = folder();
  await lives(state, [click(1)]);
  const taken = folder();
  writeFileSync(join(taken, "letter.txt"), "dear");
  await expect(backUp(state, taken)).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
  await expect(backUp(folder(), join(folder(), "copy"))).rejects.toMatchObject({ code: "STATE_MISSING" });
  change(join(state, filesIn(state, "snapshots")[0] ?? ""), flip(5000));
  const to = join(folder(), "copy");
  await expect(backUp(state, to)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" });
  await expect(open({ state: to })).rejects.toMatchObject({ code: "STATE_INCOMPLETE" });
});

test("a file that has gone on since the backup is refused with the byte to cut it at, and then goes on", async () => {
  const [state, where] = [folder(), folder()];
  const sql = `CREATE TABLE clicks (n INT);
    CREATE TABLE written (n INT) WITH ('connector' = 'filesystem', 'path' = 'out.json');
    INSERT INTO written SELECT n FROM clicks;`;
  const live = async (folder: string, ...clicks: readonly number[]): Promise<void> => {
    await using db = await open({ state: folder, baseDirectory: where });
    await db.execute(sql);
    for (const n of clicks) await db.insert("clicks", [{ n }]);
  };
  const path = join(where, "out.json");
  await live(state, 1, 2);
  const to = join(folder(), "copy");
  await backUp(state, to);
  const { length } = readFileSync(path);
  await live(state, 3);
  for (let tries = 1; tries <= 2; tries++) {
    await expect(live(to, 4)).rejects.toMatchObject({
      code: "SINK_CHANGED",
      message: `out.json: it has ${length + 8} bytes, and this state has written ${length}`,
      hint: expect.stringContaining(`truncate -s ${length} out.json`) as unknown,
    });
  }
  truncateSync(path, length);
  await live(to, 4);
  expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":4}\n');
});

/** Rows that no table keeps, so that the log behind a snapshot is not needed. */
const FORGETFUL = SQL.replace("n INT)", "n INT) WITH ('retention' = '0')");

test("compacting frees what no generation needs, and the state is the same", async () => {
  const state = folder();
  for (const n of [1, 2, 4]) {
    await using db = await open({ state });
    await db.execute(FORGETFUL);
    await db.insert("clicks", [click(n)]);
  }
  const before = filesIn(state, "log");
  writeFileSync(join(state, "snapshots", "gen-99.duckdb.tmp"), "of a process that died");
  const { removed, freedBytes, generations, first, last } = await compactState(state, 1);
  expect(removed).toEqual(expect.arrayContaining([...before, "snapshots/gen-99.duckdb.tmp"]));
  expect(freedBytes).toBeGreaterThan(0);
  expect(generations).toEqual([last]);
  expect(first).toBe(last + 1);
  expect((await verifyState(state)).findings).toEqual([]);
  const files = filesIn(state, "log");
  expect(await compactState(state, 2)).toMatchObject({ removed: [], freedBytes: 0 });
  expect(filesIn(state, "log")).toEqual(files);
  await using db = await open({ state });
  await db.execute(FORGETFUL);
  expect(await db.query("SELECT total FROM totals")).toEqual([{ total: 7n }]);
});

test("compacting is refused while a process works there, and where a generation that would be kept is damaged", async () => {
  const state = folder();
  await lives(state, [click(1)], [click(2)]);
  const db = await open({ state });
  await expect(compactState(state, 1)).rejects.toMatchObject({ code: "STATE_LOCKED" });
  await db.close();
  const copy = copyOf(state);
  change(join(copy, filesIn(copy, "snapshots")[1] ?? ""), flip(5000));
  const files = [filesIn(copy, "log"), filesIn(copy, "snapshots")];
  await expect(compactState(copy, 1)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" });
  expect([filesIn(copy, "log"), filesIn(copy, "snapshots")]).toEqual(files);
  expect((await total(copy)).total).toBe(3n);
});
