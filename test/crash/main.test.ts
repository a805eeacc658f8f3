/** The tool for sceptics: it says so where nothing differs, and where something does. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const main = new URL("main.ts", import.meta.url).pathname;
const queries = new URL("../../queries/", import.meta.url).pathname;

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-main-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `onLine`: called when the first line is there. */
async function sceptic(args: readonly string[], onLine?: () => Promise<void>): Promise<Told> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const told = { stdout: "", stderr: "" };
  let changed: Promise<void> | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    told.stdout += text;
    changed ??= onLine?.();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told.stderr += text));
  await once(child, "close");
  await changed;
  return { code: child.exitCode, ...told };
}

/** Numbers of rows, one file in, one out. */
async function program(name: string): Promise<{ readonly sql: string; readonly input: string }> {
  const [sql, input] = [join(folder, `${name}.sql`), join(folder, `${name}.ndjson`)];
  await writeFile(input, '{"a":1}\n{"a":2}\n');
  await writeFile(
    sql,
    `CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '${name}.ndjson', 'format' = 'json');
     CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = '${name}-out/o.ndjson');
     INSERT INTO o SELECT a * 2 FROM t;`,
  );
  return { sql, input };
}

test("a query is the same after all kills, and every snapshot opens", async () => {
  const told = await sceptic([join(queries, "earthquakes/strong.sql"), "--minutes", "0.02", "--seed", "9"]);
  expect(told.stderr).toBe("");
  expect(told.stdout).toMatch(
    /^without a cut: \d+ ms, \d+ lines\n(seed \d+: \d+ kills, [1-9]\d* snapshots opened, equal\n)+$/,
  );
  expect(told.code).toBe(0);
}, 120_000);

test("files that are written are compared, and the first difference ends it", async () => {
  const { sql, input } = await program("grows");
  const args = [sql, "--seed", "7", "--outputs", join(folder, "grows-out")];
  const told = await sceptic(args, () => appendFile(input, '{"a":3}\n'));
  const state = /the state directory is (.*)\/state\n/.exec(told.stdout)?.[1];
  if (state !== undefined) await rm(state, { recursive: true });
  expect(told.stdout).toMatch(/seed 7: \d+ kills, \d+ snapshots opened, DIFFERENT: /);
  expect(told.stdout).toContain("again with --seed 7; the state directory is ");
  expect(told.code).toBe(7);
}, 120_000);

test("a folder with something in it is not emptied, and what cannot be asked is said", async () => {
  const { sql } = await program("mine");
  const full = await sceptic([sql, "--outputs", folder]);
  expect(full.stderr).toContain(`${folder} would be emptied, and there is something in it`);
  expect(full.code).toBe(2);
  const never = await sceptic([sql, "--minutes", "none"]);
  expect(never.stderr).toContain("--minutes takes a number above 0");
  expect(never.code).toBe(2);
}, 120_000);
