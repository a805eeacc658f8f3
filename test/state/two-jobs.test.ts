/** A state directory of an engine whose queries came in several calls: each call's are a job of their own. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Engine, open } from "../../src/engine.ts";

const ENDS = `CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = 'f.ndjson', 'format' = 'json');
  CREATE MATERIALIZED VIEW of_file AS SELECT COUNT(*) AS n, SUM(a) AS total FROM f;`;
const GOES_ON = `CREATE TABLE t (a INT); CREATE MATERIALIZED VIEW of_table AS SELECT SUM(a) AS total FROM t;`;

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-jobs-"));
  writeFileSync(join(folder, "f.ndjson"), '{"a":1}\n{"a":2}\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What it was told goes into `notices`. */
async function begun(notices: string[]): Promise<Engine> {
  const state = join(folder, "state");
  const onNotice = (text: string): unknown => notices.push(text);
  const db = await open({ state, snapshotIntervalMs: 1, baseDirectory: folder, onNotice });
  await db.execute(ENDS);
  await db.execute(GOES_ON);
  return db;
}

test("snapshots hold one job that has ended and one that goes on, as often as they are written", async () => {
  const notices: string[] = [];
  const db = await begun(notices);
  const seen = new Set<string>();
  let total = 0n;
  while (seen.size < 4) {
    await db.insert("t", [{ a: 1 }]);
    total++;
    await setTimeout(20);
    const snapshots = join(folder, "state", "snapshots");
    const names = readdirSync(join(folder, "state")).includes("snapshots") ? readdirSync(snapshots) : [];
    for (const name of names) if (name.endsWith(".duckdb")) seen.add(name);
  }
  await db.close();
  expect(notices).toEqual([]);

  const again = await begun(notices);
  expect((await again.query("SELECT COUNT(*) AS n FROM t"))[0]).toEqual({ n: total });
  again.endInput();
  await again.finished();
  expect([again.resultRows("of_file"), again.resultRows("of_table")]).toEqual([[[2n, 3n]], [[total]]]);
  await again.close();
  expect(notices[0]).toMatch(/^state: took up the snapshot behind record \d+ of the log$/);
  expect(notices.filter((text) => text.includes("no snapshot"))).toEqual([]);
});
