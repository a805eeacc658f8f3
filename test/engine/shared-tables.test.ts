/** Several queries into one table: their rows stand by position, then in the order of the queries (N2, N3, E7). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { OpenOptions } from "../../src/api.ts";
import { open } from "../../src/engine.ts";
import { inFolder, openSmall } from "./support.ts";

const rows = [1, 2, 3].map((v) => ({ v }));
const inserts = "INSERT INTO s SELECT 'a', v FROM t; INSERT INTO s SELECT 'b', v FROM t;";

const printed = async (stdout: PassThrough): Promise<string[]> =>
  (await stdout.end().toArray()).join("").trim().split("\n");

/** What is in the file, or on standard output, when `t` has taken the rows. */
async function written(into: string, folder: string, options: OpenOptions = {}): Promise<string[]> {
  const stdout = new PassThrough();
  await using db = await openSmall({ baseDirectory: folder, stdout, ...options });
  await db.execute(`CREATE TABLE t (v INT); CREATE TABLE s (q STRING, v INT) WITH (${into}); ${inserts}`);
  await db.insert("t", rows);
  db.endInput();
  expect((await db.finished()).failures).toEqual([]);
  const text = into.includes("print") ? undefined : readFileSync(join(folder, "s.csv"), "utf8");
  return text?.trim().split("\n") ?? (await printed(stdout));
}

test.each(["'connector' = 'print', 'format' = 'csv'", "'connector' = 'filesystem', 'path' = 's.csv'"])(
  "with %s they interleave, under one header",
  async (into) => {
    const expected = ["q,v", "a,1", "b,1", "a,2", "b,2", "a,3", "b,3"];
    for (const options of [{}, { runRowsMax: 1 }]) {
      await inFolder({}, async (folder) => {
        expect(await written(into, folder, options)).toEqual(expected);
      });
    }
  },
);

test("a query that is dropped leaves the sink to the others", async () => {
  const stdout = new PassThrough();
  await using db = await openSmall({ stdout });
  await db.execute(`CREATE TABLE t (v INT); CREATE TABLE s (q STRING, v INT) WITH ('connector' = 'print');
    ${inserts}`);
  await db.insert("t", [{ v: 1 }]);
  await db.execute("DROP QUERY s_insert;");
  await db.insert("t", [{ v: 2 }]);
  db.endInput();
  await db.finished();
  expect(await printed(stdout)).toEqual(['{"q":"a","v":1}', '{"q":"b","v":1}', '{"q":"b","v":2}']);
});

test.each(["flush", "close"] as const)("a sink that fails in %s ends every query that writes to it", async (when) => {
  const stdout = new PassThrough();
  await using db = await openSmall({ stdout });
  await db.execute(`CREATE TABLE t (v INT); CREATE TABLE s (q STRING, v INT) WITH ('connector' = 'print'); ${inserts}
    CREATE MATERIALIZED VIEW m AS SELECT SUM(v) AS s FROM t;`);
  if (when === "flush") stdout.destroy(new Error("EPIPE"));
  await db.insert("t", rows);
  await new Promise((resolve) => setImmediate(resolve));
  if (when === "close") stdout.destroy(new Error("EPIPE"));
  db.endInput();
  const { failures } = await db.finished();
  expect(failures.map((f) => f.query)).toEqual(["s_insert", "s_insert_2"]);
  expect(db.resultRows("m")).toEqual([[6n]]);
});

test.each([1, 2048])("a table without connector has them in that order, by steps of %d rows", async (runRowsMax) => {
  await using db = await openSmall({ runRowsMax });
  await db.execute(`CREATE TABLE t (v INT); CREATE TABLE s (q STRING, v INT); ${inserts} SELECT q, v FROM s;`);
  await db.insert("t", rows);
  db.endInput();
  await db.finished();
  expect(db.resultRows("query_1")).toEqual(
    rows.flatMap(({ v }) => [
      ["a", v],
      ["b", v],
    ]),
  );
});

test("a query that puts out more in one epoch than may wait for its place in a table ends with 53400", async () => {
  await using db = await openSmall({ waitingRowsMax: 2 });
  await db.execute(`CREATE TABLE t (v INT); CREATE TABLE s (v INT); INSERT INTO s SELECT v FROM t;
    INSERT INTO s SELECT v FROM t WHERE v > 1;`);
  await db.insert("t", rows).catch(() => undefined);
  db.endInput();
  expect((await db.finished()).failures).toMatchObject([{ query: "s_insert", error: { code: "EPOCH_TOO_LARGE" } }]);
});

test("a query that was registered by itself reads all that another one still puts into its table", async () => {
  await using db = await open();
  await db.execute(`CREATE TABLE rows_in (n INT, ts TIMESTAMP(3), WATERMARK FOR ts); CREATE TABLE sums (total BIGINT);
    INSERT INTO sums SELECT SUM(n) FROM TUMBLE(TABLE rows_in, DESCRIPTOR(ts), INTERVAL '1' SECOND) GROUP BY window_start, window_end;`);
  await db.execute("CREATE MATERIALIZED VIEW seen AS SELECT total FROM sums;");
  await db.insert("rows_in", [
    { n: 1, ts: "2026-01-01T00:00:00" },
    { n: 2, ts: "2026-01-01T00:00:01" },
  ]);
  // The last window fires when the input has ended.
  db.endInput();
  await db.finished();
  expect(db.resultRows("seen")).toEqual([[1n], [2n]]);
});
