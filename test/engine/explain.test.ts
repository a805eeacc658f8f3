/** EXPLAIN and EXPLAIN (CODE) through the library. */
import { expect, test } from "vitest";
import { openSmall } from "./support.ts";

const ddl = "CREATE TABLE t (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);";
const query =
  "SELECT k, window_end, SUM(v) AS s FROM TUMBLE(t, DESCRIPTOR(ts), INTERVAL '10' SECOND) WHERE v > 0 GROUP BY k, window_start, window_end";

const textOf = (answer: unknown): string =>
  typeof answer === "object" && answer !== null && "text" in answer ? String(answer.text) : "";

test("EXPLAIN prints the plan, runs nothing and registers nothing", async () => {
  await using db = await openSmall();
  const { answers, queries } = await db.execute(`${ddl} EXPLAIN ${query};`);
  expect(queries).toEqual([]);
  expect(textOf(answers[0])).toMatch(/WindowAggregate\(.*10 s.*\)/);
  expect(textOf(answers[0])).toMatch(/TableSourceScan|Scan\(/);
  expect((await db.execute("SHOW QUERIES;")).answers).toEqual([{ columns: ["query"], rows: [] }]);
});

test("EXPLAIN (FORMAT JSON) is the same as data", async () => {
  await using db = await openSmall();
  const { answers } = await db.execute(`${ddl} EXPLAIN (FORMAT JSON) ${query};`);
  const plan: unknown = JSON.parse(textOf(answers[0]));
  expect(JSON.stringify(plan)).toContain("indowAggregate");
});

test("EXPLAIN (CODE) lists every stage, numbered slots and constants only, and keeps no memory", async () => {
  await using db = await openSmall();
  await db.execute(ddl);
  const bytes = db.memory.bytes;
  const { answers } = await db.execute(`EXPLAIN (CODE) ${query};`);
  const text = textOf(answers[0]);
  expect(text).toMatch(/^-- windowAggregate \d+$/m);
  expect(text.split("\n").length).toBeGreaterThan(50);
  expect(text).toContain("loop");
  expect(db.memory.bytes).toBe(bytes);
  // A program's own words do not enter the code.
  expect(text).not.toContain("SELECT");
});

test("explain of the library gives a text for each query of a file", async () => {
  await using db = await openSmall();
  const plans = db.explain(`${ddl} ${query}; CREATE MATERIALIZED VIEW m AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;`);
  expect(plans.map((p) => p.query)).toEqual(["query_1", "m"]);
  expect(plans[1]?.text).toContain("GroupAggregate");
  expect(() => db.explain("SELECT x FROM nowhere;")).toThrow("nowhere");
  await expect(db.execute("SELECT k FROM t;")).rejects.toThrow('"t" does not exist');
});

test("EXPLAIN says what is delivered, by the least promise of the path, as text and as data", async () => {
  await using db = await openSmall();
  const into = db.explain(
    `CREATE TABLE lines (n INT) WITH ('connector' = 'stdin'); CREATE TABLE kept (n INT);
     CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'o.json');
     INSERT INTO o SELECT n FROM lines UNION ALL SELECT n FROM kept; SELECT n FROM kept;`,
  );
  expect(into.map(({ text }) => text.slice(text.indexOf("\ndelivery")))).toEqual([
    `
delivery with a state directory: exactly-once
   from lines: exactly-once, for rows that were read; those that were not are lost with the process
   from kept: exactly-once, a row is durable when its INSERT is done
   into o: exactly-once, as long as nobody else writes there; a pipe or device: best effort
delivery without: nothing survives the process`,
    `
delivery with a state directory: best effort
   from kept: exactly-once, a row is durable when its INSERT is done
   into print: best effort, the last rows before a kill may be missing, or printed
delivery without: nothing survives the process`,
  ]);
  const [data] = db.explain("CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;", { format: "json" });
  expect(JSON.parse(data?.text ?? "")).toMatchObject({
    delivery: {
      promise: "exactly-once",
      ends: [{ end: "into m", promise: "exactly-once", reason: "the engine keeps them" }],
      withoutState: "nothing survives the process",
    },
  });
});
