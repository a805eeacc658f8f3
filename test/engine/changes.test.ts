/** A program that is changed while its state lives on: what is kept goes on, the rest is computed anew, or said to be lost. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { explainChange } from "../../src/engine/inspect/change.ts";
import type { ExecuteOptions, JsRow, OpenOptions } from "../../src/index.ts";
import { open } from "../../src/index.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-changes-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const state = (): string => join(folder, "state");

interface Life {
  readonly said: readonly string[];
  readonly rows: (view: string) => unknown;
}

/** One process: runs `sql` as a program, puts rows in, and gives what views hold. `killed`: without its last snapshot. */
async function live(
  sql: string,
  options: {
    readonly insert?: readonly JsRow[];
    readonly table?: string;
    readonly execute?: ExecuteOptions;
    readonly open?: OpenOptions;
    readonly views?: readonly string[];
    readonly ends?: boolean;
  } = {},
): Promise<Life & { readonly results: Readonly<Record<string, unknown>> }> {
  const said: string[] = [];
  const db = await open({
    state: state(),
    baseDirectory: folder,
    onNotice: (text) => said.push(text),
    ...options.open,
  });
  try {
    await db.execute(sql, { isProgram: true, ...options.execute });
    if (options.insert !== undefined) await db.insert(options.table ?? "clicks", options.insert);
    if (options.ends === true) {
      db.endInput();
      await db.finished();
    }
    const results = Object.fromEntries(
      await Promise.all(
        (options.views ?? []).map(
          async (view) => [view, await db.query(`SELECT * FROM ${view} ORDER BY 1, 2`)] as const,
        ),
      ),
    );
    return { said, results, rows: (view) => results[view] };
  } finally {
    await db.close();
  }
}

const TABLE = "CREATE TABLE clicks (page STRING, n INT);";
const TOTALS = "CREATE MATERIALIZED VIEW totals AS SELECT page, SUM(n) AS total FROM clicks GROUP BY page;";
const COUNTS = "CREATE MATERIALIZED VIEW counts AS SELECT page, COUNT(*) AS n FROM clicks GROUP BY page;";

test("a query that is added begins with the rows that are kept, and the others go on", async () => {
  await live(TABLE + TOTALS, {
    insert: [
      { page: "/", n: 1 },
      { page: "/a", n: 2 },
    ],
  });
  const { said, results } = await live(TABLE + TOTALS + COUNTS, {
    insert: [{ page: "/", n: 10 }],
    views: ["totals", "counts"],
  });
  expect(said).toContain("state: totals is as it was");
  expect(said).toContain("state: counts is new");
  expect(results).toEqual({
    totals: [
      { page: "/", total: 11n },
      { page: "/a", total: 2n },
    ],
    counts: [
      { page: "/", n: 2n },
      { page: "/a", n: 1n },
    ],
  });
  // And both go on together, unchanged.
  const third = await live(TABLE + TOTALS + COUNTS, { insert: [{ page: "/a", n: 5 }], views: ["totals", "counts"] });
  expect(third.results).toEqual({
    totals: [
      { page: "/", total: 11n },
      { page: "/a", total: 7n },
    ],
    counts: [
      { page: "/", n: 2n },
      { page: "/a", n: 2n },
    ],
  });
  expect(third.said.filter((text) => text.includes("is as it was"))).toEqual([]);
});

test("a query that is changed is computed anew where its rows are still there", async () => {
  await live(TABLE + TOTALS + COUNTS, {
    insert: [
      { page: "/", n: 1 },
      { page: "/", n: 2 },
    ],
  });
  const changed = TOTALS.replace("SUM(n)", "MAX(n)");
  const { said, results } = await live(TABLE + changed + COUNTS, {
    insert: [{ page: "/", n: 7 }],
    views: ["totals", "counts"],
  });
  expect(said).toContain("state: totals is computed anew from the beginning of its sources");
  expect(results).toEqual({ totals: [{ page: "/", total: 7 }], counts: [{ page: "/", n: 3n }] });
});

test("a query that is dropped is gone, and may come back", async () => {
  await live(TABLE + TOTALS + COUNTS, { insert: [{ page: "/", n: 1 }] });
  const { said } = await live(TABLE + COUNTS);
  expect(said).toContain("state: totals is no longer there");
  const { results } = await live(TABLE + TOTALS + COUNTS, { views: ["totals", "counts"] });
  expect(results).toEqual({ totals: [{ page: "/", total: 1n }], counts: [{ page: "/", n: 1n }] });
});

test("state that cannot be computed again is not given up unasked", async () => {
  const small = "CREATE TABLE clicks (page STRING, n INT) WITH ('retention' = '1');";
  await live(small + TOTALS + COUNTS, {
    insert: [
      { page: "/", n: 1 },
      { page: "/", n: 2 },
    ],
  });
  const changed = small + TOTALS.replace("SUM(n)", "MAX(n)") + COUNTS;
  await expect(live(changed)).rejects.toMatchObject({
    code: "STATE_LOST",
    details: { state: "totals$group_aggregate_2, totals$result", consents: "--accept-loss totals" },
  });
  // Nothing has changed by that.
  const { results } = await live(small + TOTALS + COUNTS, { views: ["totals"] });
  expect(results).toEqual({ totals: [{ page: "/", total: 3n }] });
  const agreed = await live(changed, {
    execute: { acceptLoss: ["totals"] },
    insert: [{ page: "/", n: 0 }],
    views: ["totals", "counts"],
  });
  expect(agreed.results).toEqual({ totals: [{ page: "/", total: 0 }], counts: [{ page: "/", n: 3n }] });
});

const FILE = `CREATE TABLE e (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
  WITH ('connector' = 'filesystem', 'path' = 'in.ndjson', 'format' = 'json');
  CREATE TABLE o (w TIMESTAMP(3), k STRING, s BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out.ndjson', 'format' = 'json');`;
const WINDOW = `INSERT INTO o SELECT window_start, k, SUM(v) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY window_start, window_end, k`;

const events = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => from + i)
    .map(
      (i) =>
        `${JSON.stringify({ ts: new Date(1_700_000_000_000 + 1000 * i).toISOString().slice(0, -1), k: i % 2 === 0 ? "a" : "b", v: i })}\n`,
    )
    .join("");

test("a file with the rows of another query is not written to unasked", async () => {
  await writeFile(join(folder, "in.ndjson"), events(0, 100));
  await live(`${FILE}${WINDOW};`, { ends: true });
  const before = await readFile(join(folder, "out.ndjson"), "utf8");
  const changed = `${FILE}${WINDOW} HAVING SUM(v) > 100;`;
  await expect(live(changed, { ends: true })).rejects.toMatchObject({ code: "SINK_HAS_OTHER_ROWS" });
  expect(await readFile(join(folder, "out.ndjson"), "utf8")).toBe(before);
  // Into another file all of it goes.
  await live(changed.replace("out.ndjson", "new.ndjson"), { ends: true });
  const expected = before.split("\n").filter((line) => line !== "" && (JSON.parse(line) as { s: number }).s > 100);
  expect((await readFile(join(folder, "new.ndjson"), "utf8")).trim().split("\n")).toEqual(expected);
});

const FED = `CREATE TABLE e (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts) WITH ('retention' = '0');
  CREATE TABLE o (w TIMESTAMP(3), k STRING, s BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out.ndjson', 'format' = 'json');`;

test("an operator that is the same keeps its open windows under a filter that was changed", async () => {
  const at = (second: number, v: number): JsRow => ({
    ts: `2026-01-01T00:00:${String(second).padStart(2, "0")}`,
    k: "a",
    v,
  });
  await live(`${FED}${WINDOW};`, { table: "e", insert: [at(1, 1), at(11, 10), at(12, 20)] });
  const changed = `${FED}${WINDOW} HAVING SUM(v) > 30;`;
  const options = { execute: { sinkAppend: true }, ends: true, table: "e", insert: [at(13, 1), at(21, 5)] };
  const { said } = await live(changed, options);
  expect(said).toContain("state: o_insert goes on with window_aggregate_2; its rows come behind those that o has");
  // The first window was put out by the old query; the second has rows of both, the third is filtered.
  const lines = (await readFile(join(folder, "out.ndjson"), "utf8")).trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { s: number }).s)).toEqual([1, 31]);
});

test("explain says what would become of the state, and changes nothing", async () => {
  await writeFile(join(folder, "in.ndjson"), events(0, 100));
  await live(`${FILE}${WINDOW};${TABLE}${TOTALS}`, { ends: true });
  const files = [
    { text: `${FILE}${WINDOW} HAVING COUNT(*) > 4;${TABLE}${COUNTS}`, path: "q.sql", baseDirectory: folder },
  ];
  const before = await readdir(join(folder, "state", "log"));
  const verdicts = await explainChange(state(), files, {});
  expect(verdicts.map(({ query, fate }) => [query, fate])).toEqual([
    ["o_insert", "rebuilt"],
    ["counts", "new"],
    ["totals", "dropped"],
  ]);
  expect(verdicts[0]).toMatchObject({
    items: [{ name: "window_aggregate_2", fate: "rebuilt" }],
    reads: [{ table: "e", partition: "in.ndjson", rows: 100n, unit: "lines" }],
    appendsTo: "o",
    consents: ["--sink-append"],
  });
  expect(await readdir(join(folder, "state", "log"))).toEqual(before);
});

const FILES = `CREATE TABLE i (n INT) WITH ('connector' = 'filesystem', 'path' = 'in.json');
  CREATE TABLE a (n INT) WITH ('connector' = 'filesystem', 'path' = 'a.json'); INSERT INTO a SELECT n FROM i;`;

test("a query that is added may not write into the file of one that goes on, which is another job's", async () => {
  await writeFile(join(folder, "in.json"), '{"n":1}\n');
  await live(FILES, { ends: true });
  const added = `CREATE TABLE b (n INT) WITH ('connector' = 'filesystem', 'path' = './a.json'); INSERT INTO b SELECT n FROM i;`;
  await expect(live(FILES + added, { ends: true })).rejects.toMatchObject({
    errors: [{ code: "SINK_IS_SHARED", details: { sink: "b", other: "a" } }],
  });
  expect(await readFile(join(folder, "a.json"), "utf8")).toBe('{"n":1}\n');
});

test("a folder of parts goes on where it was when another query is added", async () => {
  const parts = `CREATE TABLE p (page STRING, n INT) PARTITIONED BY (page) WITH ('connector' = 'filesystem', 'path' = 'p/', 'format' = 'json');
    INSERT INTO p SELECT page, n FROM clicks;`;
  await live(TABLE + parts, { insert: [{ page: "x", n: 1 }] });
  const open = join(folder, "p/page=x/.part-000000.json.inprogress");
  expect(await readFile(open, "utf8")).toBe('{"n":1}\n');
  const { said } = await live(TABLE + parts + TOTALS, { insert: [{ page: "x", n: 2 }] });
  expect(said).toContain("state: p_insert is as it was");
  expect(await readFile(open, "utf8")).toBe('{"n":1}\n{"n":2}\n');
  await live(TABLE + parts + TOTALS, { insert: [{ page: "x", n: 3 }], ends: true });
  expect(await readdir(join(folder, "p/page=x"))).toEqual(["part-000000.json"]);
  expect(await readFile(join(folder, "p/page=x/part-000000.json"), "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
});

test("a query that is added in front of one that writes into the same file goes on behind its rows", async () => {
  const small = "CREATE TABLE clicks (page STRING, n INT) WITH ('retention' = '0');";
  const out = "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'o.json', 'mode' = 'overwrite');";
  const insert = (name: string, n: string) => `SET 'pipeline.name' = '${name}'; INSERT INTO o SELECT ${n} FROM clicks;`;
  await live(small + out + insert("old", "n"), { insert: [{ page: "x", n: 1 }] });
  const sql = small + out + insert("new", "-n") + insert("old", "n");
  await live(sql, { insert: [{ page: "x", n: 2 }] });
  expect(await readFile(join(folder, "o.json"), "utf8")).toBe('{"n":1}\n{"n":-2}\n{"n":2}\n');
  await live(sql, { insert: [{ page: "x", n: 3 }], ends: true });
  expect(await readFile(join(folder, "o.json"), "utf8")).toBe('{"n":1}\n{"n":-2}\n{"n":2}\n{"n":-3}\n{"n":3}\n');
});

/** A window for each ten seconds and key, over rows of seconds `from` to `to`. */
const second = (at: number): JsRow => ({
  ts: new Date(1_700_000_000_000 + 1000 * at).toISOString().slice(0, -1),
  k: at % 2 === 0 ? "a" : "b",
  v: at,
});
const seconds = (from: number, to: number): JsRow[] => Array.from({ length: to - from }, (_, i) => second(from + i));
const sumsOf = async (file: string): Promise<number[]> =>
  (await readFile(join(folder, file), "utf8"))
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { s: number }).s);

const KEPT = FED.replace(" WITH ('retention' = '0')", "").replace("'out.ndjson'", "'out.ndjson', 'mode' = 'overwrite'");
const OTHER = WINDOW.replace("SUM(v)", "SUM(v) * 1000 + COUNT(*)");

test("what is computed anew behind the rows of another query writes only what comes after them", async () => {
  await live(`${KEPT}${WINDOW};`, { table: "e", insert: seconds(0, 200) });
  const before = await sumsOf("out.ndjson");
  await live(`${KEPT}${OTHER};`, { execute: { sinkAppend: true } });
  expect(await sumsOf("out.ndjson")).toEqual(before);
  await live(`${KEPT}${OTHER};`, { table: "e", insert: seconds(200, 300) });
  // As it would have been, had it been this query from the beginning.
  const all = await sumsOf("out.ndjson");
  const windows = Array.from({ length: 30 }, (_, w) => w).flatMap((w) =>
    [0, 1].map((odd) => Array.from({ length: 5 }, (_, i) => 10 * w + 2 * i + odd).reduce((a, b) => a + b) * 1000 + 5),
  );
  expect(all.slice(0, before.length)).toEqual(before);
  expect(all.slice(before.length)).toEqual(windows.slice(before.length, all.length));
  expect(all.length).toBeGreaterThan(before.length + 10);
});

test("a program that could not be opened has changed nothing, and asks for its consents again", async () => {
  await live(`${KEPT}${WINDOW};`, { table: "e", insert: seconds(0, 100) });
  const before = await sumsOf("out.ndjson");
  const missing = `CREATE TABLE m (n INT) WITH ('connector' = 'filesystem', 'path' = 'missing.ndjson');
    CREATE MATERIALIZED VIEW mv AS SELECT n FROM m;`;
  await expect(live(`${KEPT}${OTHER};${missing}`, { execute: { sinkAppend: true } })).rejects.toMatchObject({
    errors: [{ code: "PATH_NOT_FOUND" }],
  });
  await expect(live(`${KEPT}${OTHER};`)).rejects.toMatchObject({ code: "SINK_HAS_OTHER_ROWS" });
  await live(`${KEPT}${WINDOW};`, { table: "e", insert: seconds(100, 130) });
  const after = await sumsOf("out.ndjson");
  expect(after.slice(0, before.length)).toEqual(before);
  expect(new Set(after).size).toBe(after.length);
});

test("statements in another order are the same program", async () => {
  const inserts = ["INSERT INTO a SELECT n FROM i;", "INSERT INTO b SELECT n FROM i;"];
  const tables = `CREATE TABLE i (n INT) WITH ('connector' = 'filesystem', 'path' = 'in.json');
    CREATE TABLE a (n INT) WITH ('connector' = 'filesystem', 'path' = 'a.json');
    CREATE TABLE b (n INT) WITH ('connector' = 'filesystem', 'path' = 'b.json');`;
  await writeFile(join(folder, "in.json"), '{"n":1}\n{"n":2}\n');
  await live(tables + inserts.join(""), { ends: true });
  for (let life = 0; life < 2; life++) await live(tables + inserts.toReversed().join(""), { ends: true });
  expect(await readFile(join(folder, "a.json"), "utf8")).toBe('{"n":1}\n{"n":2}\n');
});

test("a new file does not begin with what becomes of rows that it does not have", async () => {
  const small = "CREATE TABLE clicks (page STRING, n INT) WITH ('retention' = '0');";
  const into = (path: string): string => `${small}
    CREATE TABLE o (page STRING, s BIGINT) WITH ('connector' = 'filesystem', 'path' = '${path}');
    INSERT INTO o SELECT page, SUM(n) FROM clicks GROUP BY page;`;
  await live(into("o.json"), { insert: [{ page: "/", n: 1 }] });
  await expect(live(into("p.json"))).rejects.toMatchObject({ code: "STATE_LOST" });
  await live(into("p.json"), { execute: { acceptLoss: ["o_insert"] }, insert: [{ page: "/", n: 2 }] });
  expect((await readFile(join(folder, "p.json"), "utf8")).split("\n")[0]).toBe('{"$op":"+I","page":"/","s":2}');
});

test("with a state, what is executed at once is executed one after the other", async () => {
  const db = await open({ state: state() });
  await Promise.all([db.execute(TABLE), db.execute(TABLE.replace("clicks", "others"))]);
  await db.insert("clicks", [{ page: "/", n: 1 }]);
  await db.insert("others", [{ page: "/", n: 1 }]);
  await db.close();
});
