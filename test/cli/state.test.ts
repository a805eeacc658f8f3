// `tidemark state` as a person uses it: beside a process that works in the directory, and on what it left.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, ended, runCli, startCli } from "./process.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-state-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SQL = `CREATE TABLE bids (auction INT, price INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'filesystem', 'path' = 'bids.json', 'rate' = '250');
CREATE MATERIALIZED VIEW top AS SELECT auction, COUNT(*) AS n, MAX(price) AS best FROM bids GROUP BY auction;
CREATE TABLE hours (auction INT, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'OUT.json');
INSERT INTO hours SELECT auction, COUNT(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)
  GROUP BY auction, window_start, window_end;
SELECT * FROM top;`;

const program = (name: string): string => {
  const path = join(folder, `${name}.sql`);
  // What comes of it does not depend on how fast it is read.
  const sql = name === "whole" ? SQL.replace(", 'rate' = '250'", "") : SQL;
  writeFileSync(path, sql.replace("OUT", name));
  return path;
};

const FINAL = ["--changelog", "final", "--format", "json"];

const state = (...args: readonly string[]): Promise<Ended> => runCli(["state", ...args], { cwd: folder });

/** What a run prints as its final result, and the file that it writes. */
async function run(name: string, ...args: readonly string[]): Promise<Ended & { readonly file: string }> {
  const done = await runCli(["run", program(name), ...FINAL, ...args], {
    cwd: folder,
  });
  return { ...done, file: readFileSync(join(folder, `${name}.json`), "latin1") };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries > 600) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(() => {
  const rows = Array.from({ length: 3000 }, (_, i) => {
    const ts = new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString().slice(0, -1);
    return `${JSON.stringify({ auction: i % 7, price: (i * 37) % 101, ts })}\n`;
  });
  writeFileSync(join(folder, "bids.json"), rows.join(""));
});

test("beside a process that works: ls, verify and backup; and the backup goes on as if nothing had been", {
  timeout: 120_000,
}, async () => {
  const live = startCli(["run", program("live"), ...FINAL, "--state", "st", "--snapshot-interval", "0.3"], {
    cwd: folder,
  });
  const over = ended(live);
  const snapshots = join(folder, "st", "snapshots");
  const generations = (): readonly string[] => {
    try {
      return readdirSync(snapshots).filter((name) => name.endsWith(".duckdb"));
    } catch {
      return [];
    }
  };
  await until(() => generations().length >= 2);
  const listed = await state("ls", "st");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(listed.stdout).toContain(`${live.pid} works in it`);
  expect(listed.stdout).toMatch(/queries +top, hours_insert, query_1/);
  const verified = await state("verify", "st");
  expect(verified).toMatchObject({ code: 0, stderr: "" });
  expect(verified.stdout).toMatch(/nothing is damaged\n$/);
  const backup = await state("backup", "st", "copy");
  expect(backup).toMatchObject({ code: 0, stderr: "" });
  // What the file was at that time, or somewhat more: the copy's epochs write what is missing.
  const written = readFileSync(join(folder, "live.json"));
  const refused = await state("compact", "st");
  expect(refused).toMatchObject({ code: 5, stdout: "" });
  expect(refused.stderr).toContain(`is in use by process ${live.pid}`);
  live.kill("SIGKILL");
  await over;

  const whole = await run("whole");
  writeFileSync(join(folder, "live.json"), written);
  const cut = /truncate -s (\d+) live\.json/;
  let restored = await run("live", "--state", "copy");
  const at = cut.exec(restored.stderr)?.[1];
  if (at !== undefined) {
    expect(restored.code).toBe(5);
    writeFileSync(join(folder, "live.json"), written.subarray(0, Number(at)));
    restored = await run("live", "--state", "copy");
  } else expect(restored.stderr).toMatch(/^state: this is a backup of .*: a timeline of its own begins here\n/);
  expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining("state: ") as unknown]);
  expect([restored.stdout, restored.file]).toEqual([whole.stdout, whole.file]);
});

/** A directory of three generations' worth of work, two of which are kept. */
async function worked(name: string): Promise<void> {
  const sql = join(folder, `${name}.sql`);
  writeFileSync(
    sql,
    "CREATE TABLE t (k STRING, n INT); CREATE MATERIALIZED VIEW v AS SELECT k, SUM(n) AS total FROM t GROUP BY k;\n",
  );
  for (const row of ["('a', 1)", "('b', 20)"]) {
    appendFileSync(sql, `INSERT INTO t VALUES ${row};\n`);
    expect(await runCli(["run", sql, "--state", name], { cwd: folder })).toMatchObject({ code: 0 });
  }
}

test("show, diff and compact say what there is, as text and as data; damage is exit 5", {
  timeout: 120_000,
}, async () => {
  await worked("w");
  const listed = JSON.parse((await state("ls", "w", "--json")).stdout) as { generations: { generation: number }[] };
  const [before, after] = listed.generations.map(({ generation }) => String(generation));
  const shown = await state("show", "w", "latest", "v.result", "--json");
  expect(shown.stdout).toBe('{"k":"a","total":1,"times":1}\n{"k":"b","total":20,"times":1}\n');
  const difference = await state("diff", "w", before ?? "", after ?? "");
  expect(difference.stdout).toMatch(/^from generation \d+ to \d+: /);
  expect(difference.stdout).toContain("\nv$result\n  + k=b total=20 times=1\n");
  const compacted = await state("compact", "w", "--generations", "1");
  expect(compacted.stdout).toContain(`removed snapshots/gen-${before}.duckdb\n`);
  expect(compacted.stdout).toContain(`kept generations ${after}\n`);

  const unknown = await state("show", "w", before ?? "");
  expect(unknown).toMatchObject({ code: 5, stdout: "" });
  expect(unknown.stderr).toContain(`has no generation ${before}; it has ${after}`);
  appendFileSync(join(folder, "w", "snapshots", `gen-${after}.duckdb`), "x");
  const verified = await state("verify", "w", "--json");
  expect(verified.code).toBe(5);
  expect(JSON.parse(verified.stdout)).toMatchObject({
    ok: false,
    findings: [{ kind: "damage", file: `snapshots/gen-${after}.duckdb` }],
  });
  expect((await state("ls", "w")).stdout).toMatch(/\| wrong\n/);
});

test.each([
  [["ls"], 2, "missing required argument 'dir'"],
  [["compact", ".", "--generations", "3"], 2, "--generations takes 1 or 2"],
  [["nosuch"], 2, "unknown command 'nosuch'"],
  [["ls", "."], 5, "is no state directory"],
  [["verify", "none"], 5, "is no state directory"],
  [["backup", "w", "."], 5, "it is not empty"],
])("tidemark state %j is refused", async (args, code, message) => {
  const refused = await state(...args);
  expect(refused).toMatchObject({ code, stdout: "" });
  expect(refused.stderr).toContain(message);
});
