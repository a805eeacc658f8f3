/** Faults that whoever starts the command meets: a folder that cannot be used, another process, being asked to end. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ended, firstOutput, runCli, startCli } from "../cli/process.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-faults-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a state directory that is a file, lies below one or cannot be made is one line and a hint", async () => {
  const file = join(folder, "file");
  const sql = join(folder, "one.sql");
  await writeFile(file, "");
  await writeFile(sql, "SELECT 1 AS one;");
  for (const state of [file, join(file, "state"), "/proc/tidemark"]) {
    const { code, stdout, stderr } = await runCli(["run", sql, "--state", state]);
    expect({ code, stdout }, state).toEqual({ code: 5, stdout: "" });
    expect(stderr).toMatch(
      /^error\[58030\]: \S+ cannot be a state directory: [^\n]+\n {2}hint: give a folder that can be made or written to\n$/,
    );
  }
}, 60_000);

test("a second process on one directory is refused with the first one's pid, and disturbs nothing", async () => {
  const sql = join(folder, "lines.sql");
  await writeFile(sql, "CREATE TABLE t (a INT) WITH ('connector' = 'stdin'); SELECT a * 2 AS b FROM t;");
  const args = ["run", sql, "--format", "csv", "--state", join(folder, "shared")];
  const first = startCli(args);
  const end = ended(first);
  first.stdin.write('{"a":1}\n');
  await firstOutput(first);
  const second = await runCli(args);
  expect(second.code).toBe(5);
  expect(second.stderr).toContain(`is in use by process ${first.pid}`);
  first.stdin.end('{"a":2}\n');
  expect(await end).toMatchObject({ code: 0, stdout: "b\n2\n4\n" });
}, 60_000);

test("SIGTERM in an epoch: the process ends soon, and the next leaves what one process leaves", async () => {
  const rows = Array.from({ length: 400_000 }, (_, i) => `${i},k${i % 7}`);
  await writeFile(join(folder, "in.csv"), `id,k\n${rows.join("\n")}\n`);
  const program = (out: string): string =>
    `CREATE TABLE t (id BIGINT, k STRING) WITH ('connector' = 'filesystem', 'path' = 'in.csv');
     CREATE TABLE o (k STRING, total BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '${out}');
     INSERT INTO o SELECT k, SUM(id) FROM t GROUP BY k;`;
  const [whole, parts] = [join(folder, "whole.ndjson"), join(folder, "parts.ndjson")];
  await writeFile(join(folder, "whole.sql"), program(whole));
  await writeFile(join(folder, "parts.sql"), program(parts));
  const set = ["--set", "epoch-rows=30000"];
  expect((await runCli(["run", join(folder, "whole.sql"), ...set])).code).toBe(0);
  const args = ["run", join(folder, "parts.sql"), ...set, "--state", join(folder, "parts")];
  const child = startCli(args);
  const end = ended(child);
  // It is in the middle of its work as soon as it has written something.
  while (!existsSync(parts) || readFileSync(parts).length === 0) await setTimeout(2);
  const asked = Date.now();
  child.kill("SIGTERM");
  expect((await end).code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(10_000);
  expect((await runCli(args)).code).toBe(0);
  expect(readFileSync(parts, "utf8")).toBe(readFileSync(whole, "utf8"));
}, 120_000);
