// What `tidemark state ls`, `show` and `diff` see, against what was put in.
import { beforeAll, expect, test } from "vitest";
import { rowsOf, shownTables, tableNamed } from "../../../src/engine/inspect/contents.ts";
import { differenceOf } from "../../../src/engine/inspect/difference.ts";
import { listState } from "../../../src/engine/inspect/listing.ts";
import { generationOf, withView } from "../../../src/engine/inspect/view.ts";
import { open } from "../../../src/index.ts";
import { folder, lives } from "./made.ts";

/** Of two generations: the pages "same", "more" and "gone"; then "more" has more, "gone" is gone and "new" is new. */
const SQL = `CREATE TABLE clicks (page STRING, n INT);
  CREATE MATERIALIZED VIEW totals AS SELECT page, SUM(n) AS total FROM clicks GROUP BY page;`;
let state = "";
beforeAll(async () => {
  state = folder();
  await lives(
    state,
    [
      { page: "same", n: 1 },
      { page: "more", n: 2 },
    ],
    [
      { page: "more", n: 40 },
      { page: "new", n: 5 },
    ],
  );
});

test("a listing: whose it is, its generations with their rows, its log", async () => {
  const { queries, generations, segments, holder, tailBytes } = await withView(state, listState);
  expect(queries).toEqual(["totals"]);
  expect([holder, tailBytes]).toEqual([undefined, 0]);
  expect(generations.map(({ hash, rows }) => [hash, rows?.["totals$result"]])).toEqual([
    ["right", 2],
    ["right", 3],
  ]);
  // A job, an epoch at its start, and for each row a record and an epoch.
  expect(segments.map(({ first, incarnation }) => [first, incarnation])).toEqual([
    [1, 1],
    [(generations[0]?.generation ?? 0) + 1, 2],
  ]);
  expect(segments.at(-1)?.last).toBe(generations[1]?.generation);
});

test("a directory that a process works in is looked into all the same, and its process is named", async () => {
  const busy = folder();
  await using db = await open({ state: busy });
  await db.execute(SQL);
  await db.insert("clicks", [{ page: "/", n: 1 }]);
  const { holder, segments, generations, queries } = await withView(busy, listState);
  expect({ holder, generations, queries }).toEqual({ holder: process.pid, generations: [], queries: ["totals"] });
  expect(segments).toHaveLength(1);
});

test("a generation: tables with their keys, and the rows of one", async () => {
  const [tables, rows] = await withView(state, async (view) => {
    const generation = await generationOf(view, "latest");
    const shown = await rowsOf(generation, tableNamed(generation, "totals.result"), 2);
    return [shownTables(generation), [...shown.rows]];
  });
  const { columns } = tables.find(({ name }) => name === "totals$result") ?? { columns: [] };
  expect(columns.map(({ name, type, isKey }) => [name, type, isKey])).toEqual([
    ["page", "STRING", true],
    ["total", "BIGINT", false],
    ["times", "BIGINT", false],
  ]);
  expect(rows).toEqual([
    ['"same"', "1", "1"],
    ['"more"', "42", "1"],
  ]);
});

test("a generation or a table that is not there is refused, with those that are", async () => {
  await withView(state, async (view) => {
    await expect(generationOf(view, "7777")).rejects.toMatchObject({ code: "STATE_NO_GENERATION" });
    const generation = await generationOf(view, "latest");
    expect(() => tableNamed(generation, "nothing")).toThrow(/has no table nothing/);
  });
});

test("a difference is the one that was made: rows by their key, and the other way round", async () => {
  const [forth, back] = await withView(state, async (view) => {
    const [before, after] = [view.state.snapshots.at(0), view.state.snapshots.at(1)].map((s) => String(s?.epoch));
    const [from, to] = [await generationOf(view, before ?? ""), await generationOf(view, after ?? "")];
    return [await differenceOf(from, to, 10), await differenceOf(to, from, 10)];
  });
  const result = forth.tables.find(({ table }) => table === "totals$result");
  expect(result).toMatchObject({ added: 1, removed: 0, changed: 1, same: 1 });
  expect(result?.examples).toEqual([
    { kind: "changed", before: ['"more"', "2", "1"], after: ['"more"', "42", "1"] },
    { kind: "added", after: ['"new"', "5", "1"] },
  ]);
  const reverse = back.tables.find(({ table }) => table === "totals$result");
  expect(reverse).toMatchObject({ added: 0, removed: 1, changed: 1, same: 1 });
});

test("how far sources were read on and watermarks moved", async () => {
  const dir = folder();
  for (const second of [1, 4]) {
    await using db = await open({ state: dir });
    await db.execute(`CREATE TABLE t (n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND);
      CREATE MATERIALIZED VIEW v AS SELECT n, ts FROM t WHERE n > 0;`);
    for (const n of [1, 2]) await db.insert("t", [{ n, ts: `2026-01-01T00:00:0${second + n}.000` }]);
  }
  const { sources, watermarks } = await withView(dir, async (view) => {
    const [before = "", after = ""] = view.state.snapshots.map(({ epoch }) => String(epoch));
    return differenceOf(await generationOf(view, before), await generationOf(view, after), 0);
  });
  expect(sources).toMatchObject([{ table: "t", from: 2n, to: 4n, hasEnded: false }]);
  const micros = (second: number): bigint => BigInt(Date.UTC(2026, 0, 1, 0, 0, second)) * 1000n;
  expect(watermarks).toEqual([{ query: "v", operator: "calc_2", from: micros(2), to: micros(5) }]);
});
