/** A process that follows files, killed at random while somebody appends to them and rotates them: every row is written once. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { scaled } from "../scale.ts";
import { Random } from "../sim/random.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

const SQL = `CREATE TABLE t (id BIGINT, k STRING, ts TIMESTAMP(3), WATERMARK FOR ts)
  WITH ('connector' = 'filesystem', 'path' = 'app.log', 'format' = 'json', 'follow' = 'true', 'source.monitor-interval' = '50 ms');
  CREATE TABLE o (id BIGINT, k STRING) WITH ('connector' = 'filesystem', 'path' = 'out.ndjson');
  CREATE TABLE w (k STRING, n BIGINT, total BIGINT, window_end TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = 'windows.ndjson');
  INSERT INTO o SELECT id, k FROM t;
  INSERT INTO w SELECT k, COUNT(*), SUM(id), window_end FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND)
    GROUP BY k, window_start, window_end;`;

const FIRST = Date.UTC(2026, 0, 1);
const rowOf = (id: number): string =>
  `{"id":${id},"k":"kéy ${id % 5}","ts":"${new Date(FIRST + 10 * id).toISOString().slice(0, -1)}"}\n`;

/** Appends pieces of lines and rotates, for so long as it is let; returns how many rows there are. */
async function write(folder: string, random: Random, rows: number): Promise<void> {
  const log = join(folder, "app.log");
  let text = "";
  let rotated = 0;
  for (let id = 0; id < rows; ) {
    for (let i = 1 + random.below(40); i > 0 && id < rows; i--) text += rowOf(id++);
    const cut = id === rows ? text.length : text.length - random.below(30);
    appendFileSync(log, text.slice(0, cut));
    text = text.slice(cut);
    if (random.chance(0.1)) {
      const old = join(folder, `app.log.${++rotated}`);
      renameSync(log, old);
      appendFileSync(old, text);
      text = "";
      // The system's clock tells files apart that were made several milliseconds from each other.
      await setTimeout(20);
    }
    await setTimeout(random.below(8));
  }
}

interface Life {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

function start(folder: string): Life {
  const args = [main, "run", join(folder, "q.sql"), "--state", join(folder, "state"), "--snapshot-interval", "0.1"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return { child, ended: once(child, "close").then(([code]) => ({ code: code as number | null, stderr })) };
}

const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];

async function round(seed: number, kills: number): Promise<void> {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), "tidemark-follow-"));
  writeFileSync(join(folder, "q.sql"), SQL);
  writeFileSync(join(folder, "app.log"), "");
  const lives: Life[] = [];
  const next = (): Life => {
    const life = start(folder);
    lives.push(life);
    return life;
  };
  try {
    await live(folder, { seed, kills, random, next });
  } finally {
    for (const { child } of lives) child.kill("SIGKILL");
  }
  rmSync(folder, { recursive: true });
}

async function live(
  folder: string,
  {
    seed,
    kills,
    random,
    next,
  }: { readonly seed: number; readonly kills: number; readonly random: Random; readonly next: () => Life },
): Promise<void> {
  const rows = kills * 2500;
  // It is registered before the first rotation: what was rotated away before that is not its business.
  const begun = next();
  while (!existsSync(join(folder, "out.ndjson"))) await setTimeout(20);
  const writing = write(folder, random, rows);
  let life = begun;
  for (let i = 0; i < kills; i++) {
    await setTimeout(100 + random.below(1500));
    life.child.kill("SIGKILL");
    const { code, stderr } = await life.ended;
    expect(code, `seed ${seed}: ${stderr}`).toBeNull();
    life = next();
  }
  await writing;
  const out = join(folder, "out.ndjson");
  await expect.poll(() => linesOf(out).length, { timeout: 60_000, interval: 100 }).toBeGreaterThanOrEqual(rows);
  life.child.kill("SIGINT");
  const { code, stderr } = await life.ended;
  expect(code, `seed ${seed}: ${stderr}`).toBe(0);
  expect(linesOf(out), `seed ${seed}`).toEqual(
    Array.from({ length: rows }, (_, id) => `{"id":${id},"k":"kéy ${id % 5}"}`),
  );
  expect(linesOf(join(folder, "windows.ndjson")), `seed ${seed}`).toEqual(windowsOf(rows));
}

/** All windows but the last, which is open. */
function windowsOf(rows: number): readonly string[] {
  const windows = Math.floor((rows - 1) / 100);
  return Array.from({ length: windows }, (_, w) =>
    [0, 1, 2, 3, 4].map((k) => {
      const ids = Array.from({ length: 20 }, (__, i) => 100 * w + 5 * i + k);
      const end = new Date(FIRST + 1000 * (w + 1)).toISOString().slice(0, -1);
      return `{"k":"kéy ${k}","n":20,"total":${ids.reduce((a, b) => a + b, 0)},"window_end":"${end}"}`;
    }),
  ).flat();
}

test(
  "rows that are appended and rotated while the process is killed again and again are written once, in their order",
  async () => {
    for (let seed = 1; seed <= scaled(1); seed++) await round(seed, 6);
  },
  120_000 * scaled(1),
);
