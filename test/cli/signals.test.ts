// Pipes that close and signals that come: a drain, a stop at once, a reader that has seen enough.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ended, firstOutput, startCli } from "./process.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-signals-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const LIVE = `CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR ts) WITH ('connector' = 'stdin', 'format' = 'json');
SELECT a FROM t;
SELECT window_end, SUM(a) AS s FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR) GROUP BY window_start, window_end;`;

test("the first Ctrl-C drains: what was read is printed, open windows are counted, exit 0", async () => {
  const child = startCli(["run", file("live.sql", LIVE)]);
  const end = ended(child);
  child.stdin.write('{"a":1,"ts":"2026-01-01T00:00:00.000"}\n');
  await firstOutput(child);
  child.kill("SIGINT");
  const { stdout, stderr, code } = await end;
  expect({ stdout, code }).toEqual({ stdout: '{"$query":1,"a":1}\n', code: 0 });
  expect(stderr).toContain("drained: 1 group of open windows was not printed\n");
});

test("groups that have been printed are not said to be open", async () => {
  const grouped = `CREATE TABLE t (a INT) WITH ('connector' = 'stdin', 'format' = 'json'); SELECT a, COUNT(*) AS n FROM t GROUP BY a;`;
  const child = startCli(["run", file("grouped.sql", grouped)]);
  const end = ended(child);
  child.stdin.write('{"a":1}\n{"a":2}\n');
  await firstOutput(child);
  child.kill("SIGINT");
  const { stderr, code } = await end;
  expect(code).toBe(0);
  expect(stderr).not.toContain("drained");
});

test("SIGTERM drains too", async () => {
  const child = startCli(["run", file("live2.sql", LIVE)]);
  const end = ended(child);
  child.stdin.write('{"a":1,"ts":"2026-01-01T00:00:00.000"}\n');
  await firstOutput(child);
  child.kill("SIGTERM");
  expect((await end).code).toBe(0);
});

test("a file that is followed is read until Ctrl-C, which drains", async () => {
  const grows = file("grows.ndjson", '{"a":1}\n');
  const sql = `CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 'grows.ndjson', 'follow' = 'true'); SELECT a FROM t;`;
  const child = startCli(["run", file("follow.sql", sql)]);
  const end = ended(child);
  await firstOutput(child);
  appendFileSync(grows, '{"a":2}\n{"a"');
  await firstOutput(child);
  child.kill("SIGINT");
  expect(await end).toMatchObject({ stdout: '{"a":1}\n{"a":2}\n', code: 0 });
});

test("a reader that goes away ends the run quietly with 0", async () => {
  const sql = file(
    "endless.sql",
    `CREATE TABLE n (event_type INT, bid ROW<price BIGINT>) WITH ('connector' = 'nexmark', 'events' = '100000000');
    SELECT bid.price FROM n WHERE event_type = 2;`,
  );
  const child = startCli(["run", sql]);
  const end = ended(child);
  await firstOutput(child);
  child.stdout.destroy();
  expect(await end).toMatchObject({ code: 0, stderr: "" });
});

test("a second signal stops at once with 130", async () => {
  const busy = `CREATE TABLE n (event_type INT, bid ROW<price BIGINT>) WITH ('connector' = 'nexmark', 'events' = '1000000000');
    SELECT bid.price FROM n WHERE event_type = 2 AND bid.price > 99990000;`;
  const child = startCli(["run", file("busy.sql", busy)]);
  const end = ended(child);
  await firstOutput(child);
  // Both signals are waiting when the process goes on: there is no time to drain between them.
  for (const signal of ["SIGSTOP", "SIGINT", "SIGTERM", "SIGCONT"] as const) child.kill(signal);
  expect((await end).code).toBe(130);
});
