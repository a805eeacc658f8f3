// Every file of queries/ through the real command line: what it prints is what stands in queries/expected, and that is
// what DuckDB's batch engine answers. TIDEMARK_UPDATE=1 rewrites the expected files (read the difference before you keep it).
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../cli/process.ts";
import { batchRows, canonical, hasBatch } from "./batch.ts";

const queries = join(import.meta.dirname, "../../queries");
const expectedFile = (name: string): string => join(queries, "expected", `${name}.ndjson`);
const update = process.env["TIDEMARK_UPDATE"] === "1";

const names = readdirSync(queries, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".sql"))
  .map((name) => name.slice(0, -".sql".length))
  .filter((name) => !name.endsWith("/demo"))
  .sort();

/** Flags that a file asks for in its header: `-- Flags: --changelog final`. */
const flagsOf = (sql: string): readonly string[] => /^-- Flags: (.*)$/m.exec(sql)?.[1]?.trim().split(/\s+/) ?? [];

let folder = "";
let bids = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-queries-"));
  bids = join(folder, "bids.ndjson");
  const made = await runCli(["generate", "nexmark", "--events", "50000", "--span", "1000 s", "--out", bids]);
  expect(made).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("there are at least twelve files", () => {
  expect(names.length).toBeGreaterThanOrEqual(12);
});

describe.each(names)("queries/%s.sql", (name) => {
  const sql = readFileSync(join(queries, `${name}.sql`), "utf8");

  test("says which question it answers", () => {
    expect(sql).toMatch(/^-- [^\n]*\?/);
  });

  test("prints what it is expected to print", async () => {
    const { stdout, stderr, code } = await runCli([
      "run",
      "--format",
      "json",
      ...flagsOf(sql),
      join(queries, `${name}.sql`),
    ]);
    // Notes of rows that a query has not in its result are right here: that is what some of these files are about.
    expect({ code, stderr: stderr.replace(/^note: .*\n/gm, "") }).toEqual({ code: 0, stderr: "" });
    if (update) {
      mkdirSync(dirname(expectedFile(name)), { recursive: true });
      writeFileSync(expectedFile(name), stdout);
    }
    expect(stdout).toBe(readFileSync(expectedFile(name), "utf8"));
  });

  test.runIf(hasBatch(name))("answers as a batch engine does over the same rows", async () => {
    const rows = readFileSync(expectedFile(name), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.length).toBeGreaterThan(0);
    expect(canonical(rows)).toEqual(canonical(await batchRows(name, bids)));
  });
});
