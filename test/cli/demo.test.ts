// The demo, explain and check as a person first meets them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ended, firstOutput, runCli, startCli } from "./process.ts";

const queries = join(import.meta.dirname, "../../queries");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-demo-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the demo shows windows, sessions and late rows as plain lines in a pipe, and ends by itself", async () => {
  const child = startCli(["demo", "--for", "6s"]);
  const end = ended(child);
  await firstOutput(child);
  const { stdout, stderr, code } = await end;
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  for (const kind of ["window", "session", "late"])
    expect(stdout).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d .* ${kind} `, "m"));
  expect(stdout).not.toContain("\u001b");
  expect(stdout).toMatch(/sliding from flights: [\d,]+ in = 0 bad/);
});

test("explain shows operators, changelog mode, state and late rows; --json is data; --analyze counts", async () => {
  const file = join(queries, "earthquakes/swarms.sql");
  const { stdout, code } = await runCli(["explain", "--analyze", file]);
  expect(code).toBe(0);
  for (const part of ["SessionAggregate", "changes=[I]", "state:", "late rows:", "1,707 in = "])
    expect(stdout).toContain(part);
  const json = await runCli(["explain", "--json", file]);
  expect(JSON.parse(json.stdout)).toMatchObject([{ query: "query_1" }]);
});

test("explain --code shows what a stage compiles to", async () => {
  const { stdout, code } = await runCli(["explain", "--code", join(queries, "earthquakes/strong.sql")]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/i32/);
});

test("check reports on every file, as text or as data, and runs nothing", async () => {
  const bad = join(folder, "bad.sql");
  writeFileSync(bad, "CREATE TABLE t (a INT);\nSELECT b FROM t;\n");
  const good = join(queries, "earthquakes/strong.sql");
  const text = await runCli(["check", good, bad]);
  expect(text).toMatchObject({ code: 3, stdout: `${good}: ok\n` });
  expect(text.stderr).toContain("bad.sql:2:8");
  const data = await runCli(["check", "--format", "json", bad]);
  expect(data).toMatchObject({ code: 3, stderr: "" });
  expect(JSON.parse(data.stdout)).toMatchObject({ severity: "error", sqlstate: "42703", line: 2, column: 8 });
});
