/**
 * Histories of an engine that follows files, over a disk that forgets: somebody appends to the files and rotates them, also
 * while nobody reads; the engine dies at any call to its own disk, and the next one goes on. Every row counts once.
 */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { isSqlError } from "../../../src/base/error.ts";
import { Engine } from "../../../src/engine.ts";
import { TestClock } from "../../engine/support.ts";
import { scaled } from "../../scale.ts";
import { PowerLoss, SimDisk } from "../../sim/disk.ts";
import { Random } from "../../sim/random.ts";
import { simState } from "../../sim/state.ts";

const sqlOf = (path: string): string => `
  CREATE TABLE t (id BIGINT, k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json',
    'follow' = 'true', 'idle-timeout' = '2 s', 'monitor-interval' = '${path === "log" ? "1 s" : "20 ms"}');
  CREATE MATERIALIZED VIEW taken AS SELECT id FROM t;
  CREATE MATERIALIZED VIEW windows AS SELECT COUNT(*) AS n, window_end
    FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND) GROUP BY window_start, window_end;
  CREATE MATERIALIZED VIEW totals AS SELECT k, COUNT(*) AS n, SUM(id) AS total FROM t GROUP BY k;`;

/** Who writes the files: whole lines and pieces of them, with rotations, and other files beside. */
class Writer {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tidemark-follow-"));
  rows = 0;
  private readonly random: Random;
  private readonly beside: boolean;
  /** What is still to be written of a line that was begun. */
  private rest = "";
  private files = 0;

  constructor(random: Random, beside: boolean) {
    this.random = random;
    this.beside = beside;
  }

  private append(name: string, text: string): void {
    appendFileSync(join(this.folder, name), text);
  }

  private line(): string {
    const id = this.rows++;
    const ts = new Date(1_000_000 + 300 * id + this.random.below(1500)).toISOString().slice(0, -1);
    return `{"id":${id},"k":"ä ${id % 3}","pad":"${"x".repeat(this.random.below(30))}","ts":"${ts}"}\n`;
  }

  act(): void {
    const { random } = this;
    const what = random.next();
    if (what < 0.6) {
      let text = this.rest;
      for (let i = random.below(5); i >= 0; i--) text += this.line();
      const cut = random.chance(0.5) ? text.length : text.length - random.below(10);
      this.append("log", text.slice(0, cut));
      this.rest = text.slice(cut);
    } else if (what < 0.85 && existsSync(join(this.folder, "log"))) this.rotate();
    else if (this.beside) this.append(`other ${this.files++}`, this.line() + this.line());
  }

  /** The last line of a file may have no end. */
  private rotate(): void {
    const names = readdirSync(this.folder).filter((name) => name.startsWith("log"));
    for (let i = names.length; i > 0; i--) {
      const path = join(this.folder, i === 1 ? "log" : `log.${i - 1}`);
      renameSync(path, join(this.folder, `log.${i}`));
    }
    // Whoever has the file open goes on writing to it.
    this.append("log.1", this.random.chance(0.5) ? this.rest : this.rest.trimEnd());
    this.rest = "";
    this.append("log", this.line());
  }

  end(): void {
    this.append("log", this.rest);
    this.rest = "";
  }
}

async function openEngine(disk: SimDisk, random: Random, sql: string, baseDirectory: string): Promise<Engine> {
  const state = await simState(disk, { snapshotIntervalMs: random.below(30) });
  const runRowsMax = 1 + random.below(9);
  const db = new Engine({ hashSeed: BigInt(random.below(1e9)), runRowsMax, clock: new TestClock() }, state);
  await db.execute(sql, { baseDirectory });
  return db;
}

const isLoss = (error: unknown): boolean =>
  error instanceof PowerLoss || (isSqlError(error) && error.code === "STORAGE_FAILED");

/** Waits until the files are read to their end, as far as the disk lets it. */
async function caughtUp(db: Engine, rows: number): Promise<void> {
  for (let turns = 0; turns < 5000 && db.resultRows("taken").length < rows; turns++) await setImmediate();
}

/** Returns how many rows were in windows that have fired. */
function expectAll(db: Engine, rows: number, seed: number): number {
  const ids = db.resultRows("taken").map(([id]) => Number(id));
  expect(
    ids.toSorted((a, b) => a - b),
    `seed ${seed}`,
  ).toEqual(Array.from({ length: rows }, (_, i) => i));
  // Which rows are late depends on what came when; none of them is lost.
  const windows = db.stats().queries.find(({ name }) => name === "windows");
  const fired = db.resultRows("windows").reduce((n, [count]) => n + Number(count), 0);
  expect(fired + (windows?.conservation[0]?.late ?? 0), `seed ${seed}`).toBeLessThanOrEqual(rows);
  const of = (k: number): number[] => ids.filter((id) => id % 3 === k);
  const totals = [0, 1, 2].flatMap((k) =>
    of(k).length === 0 ? [] : [[`ä ${k}`, BigInt(of(k).length), BigInt(of(k).reduce((a, b) => a + b, 0))]],
  );
  expect(
    db.resultRows("totals").toSorted((a, b) => (JSON.stringify(a[0]) < JSON.stringify(b[0]) ? -1 : 1)),
    `seed ${seed}`,
  ).toEqual(totals);
  return fired;
}

async function history(seed: number): Promise<number> {
  let fired = 0;
  const random = new Random(seed);
  const path = ["log", "log*", "*"][seed % 3] ?? "log";
  const writer = new Writer(random, path === "*");
  writer.act();
  writer.end();
  if (!existsSync(join(writer.folder, "log"))) appendFileSync(join(writer.folder, "log"), "");
  let disk = new SimDisk();
  disk.makeFolder("/state");
  disk.syncFolder("/state");
  // What was rotated away before anything of the job was on the disk is not its business.
  let isBegun = false;
  for (let life = 1; life <= 6; life++) {
    const isLast = life === 6;
    let calls = random.below(150);
    disk.onCall = () => {
      if (isBegun && !isLast && calls-- === 0) throw new PowerLoss("now");
    };
    let db: Engine | undefined;
    try {
      db = await openEngine(disk, random, sqlOf(path), writer.folder);
      isBegun = true;
      for (let i = random.below(10); i > 0; i--) {
        writer.act();
        for (let turns = random.below(30); turns > 0; turns--) await setImmediate();
      }
      if (isLast) {
        writer.end();
        await caughtUp(db, writer.rows);
        fired = expectAll(db, writer.rows, seed);
      }
      const { failures } = await db.drain();
      expect(failures, `seed ${seed}, life ${life}`).toEqual([]);
    } catch (error) {
      if (!isLoss(error)) throw new Error(`seed ${seed}, life ${life}`, { cause: error });
    } finally {
      await db?.close().catch(() => undefined);
    }
    for (let i = random.below(4); i > 0; i--) writer.act();
    disk.onCall = () => undefined;
    disk = random.chance(0.3) ? disk.kill() : disk.crash(random);
  }
  rmSync(writer.folder, { recursive: true });
  return fired;
}

test(
  "rows of files that are followed count once, whenever the power goes and whatever is rotated meanwhile",
  async () => {
    let fired = 0;
    for (let seed = 1; seed <= scaled(20); seed++) fired += await history(seed);
    expect(fired).toBeGreaterThan(0);
  },
  120_000 * scaled(1),
);
