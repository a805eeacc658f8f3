/** A program that was changed, from the command line: what is said of it, what is refused, and what is done. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./process.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "tidemark-changed-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const SQL = `CREATE TABLE e (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts)
  WITH ('connector' = 'filesystem', 'path' = 'in.ndjson');
CREATE TABLE o (w TIMESTAMP(3), k STRING, s BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out.ndjson');
INSERT INTO o SELECT window_start, k, SUM(v) FROM TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)
  GROUP BY window_start, window_end, k;
CREATE MATERIALIZED VIEW totals AS SELECT k, COUNT(*) AS n FROM e GROUP BY k;`;

test("explain says what becomes of every operator, run refuses without a consent and then does what was said", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ ts: `2026-01-01 00:00:${10 + i}`, k: `k${i % 3}`, v: i }));
  await writeFile(join(cwd, "in.ndjson"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await writeFile(join(cwd, "q.sql"), SQL);
  const run = (...args: string[]) => runCli(["run", "q.sql", "--state", "s", ...args], { cwd });
  expect(await run()).toMatchObject({ code: 0 });
  const written = await readFile(join(cwd, "out.ndjson"), "utf8");
  await writeFile(join(cwd, "q.sql"), SQL.replace("SUM(v)", "MAX(v)").replace("COUNT(*)", "SUM(v)"));

  const explained = await runCli(["explain", "q.sql", "--state", "s"], { cwd });
  expect(explained).toMatchObject({ code: 0, stderr: "" });
  expect(explained.stdout).toBe(`o_insert is computed anew
  window_aggregate_2  rebuilt from source
  reads in.ndjson (e) from the beginning: 40 lines up to where it was
  its rows come behind those of the old query in o
totals is computed anew
  group_aggregate_2  rebuilt from source
  result             rebuilt from source
  reads in.ndjson (e) from the beginning: 40 lines up to where it was

run starts it with --sink-append, and refuses it without
`);
  const json = await runCli(["explain", "q.sql", "--state", "s", "--json"], { cwd });
  expect(JSON.parse(json.stdout)).toMatchObject({ consents: ["--sink-append"], queries: [{ query: "o_insert" }, {}] });

  const refused = await run();
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain("--sink-append");
  expect(await readFile(join(cwd, "out.ndjson"), "utf8")).toBe(written);

  const agreed = await run("--sink-append");
  expect(agreed).toMatchObject({ code: 0 });
  expect(agreed.stderr).toContain("state: totals is computed anew from the beginning of its sources");
  // All of the input was read before: nothing comes behind it.
  expect(await readFile(join(cwd, "out.ndjson"), "utf8")).toBe(written);
  expect((await run()).stderr).not.toContain("computed anew");
});

test("a state that would be lost is named, with what to say", async () => {
  const piped = "CREATE TABLE e (k STRING, v INT) WITH ('connector' = 'stdin');\n";
  const view = (select: string): string => `CREATE MATERIALIZED VIEW t AS SELECT k, ${select} AS x FROM e GROUP BY k;`;
  const run = (...args: string[]) =>
    runCli(["run", "q.sql", "--state", "s", ...args], { cwd, stdin: '{"k":"a","v":1}\n' });
  await writeFile(join(cwd, "q.sql"), piped + view("SUM(v)"));
  expect(await run()).toMatchObject({ code: 0 });
  await writeFile(join(cwd, "q.sql"), piped + view("MIN(v)"));
  const refused = await run();
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain("t$group_aggregate_2, t$result");
  expect(refused.stderr).toContain("--accept-loss t");
  expect(await run("--accept-loss", "t")).toMatchObject({ code: 0 });
});
