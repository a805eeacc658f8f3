/**
 * Histories of a program that reads files and writes files, over a disk that forgets and fails: killed, cut off from power
 * and refused by its disk in all of its lives but the last, it leaves what one life without any of that leaves.
 */
import assert from "node:assert/strict";
import { isSqlError, SqlErrors } from "../../../src/base/error.ts";
import { Engine } from "../../../src/engine.ts";
import { unaccounted } from "../../../src/runtime/accounting/conservation.ts";
import { SimClock } from "../clock.ts";
import { DiskError, PowerLoss, SimDisk } from "../disk.ts";
import { cutPower, failCalls } from "../faults.ts";
import { Random } from "../random.ts";
import { simState } from "../state.ts";
import { type InputFormat, writeInputs } from "./inputs.ts";
import { type Program, programs } from "./programs.ts";
import { MEMORY_BYTES, type Told } from "./told.ts";

const LIVES_MAX = 6;

interface History {
  readonly program: Program;
  readonly epochRows: number;
  readonly random: Random;
  readonly clock: SimClock;
  readonly told: Told;
}

/** What is there when a program has ended. */
interface Left {
  readonly files: Readonly<Record<string, string>>;
  readonly views: unknown;
  readonly conservation: unknown;
}

async function engineOn(disk: SimDisk, { epochRows, random, clock }: History, withState: boolean): Promise<Engine> {
  const state = withState
    ? await simState(disk, {
        segmentBytesMax: 2000 + random.below(6000),
        nowMs: () => clock.nowMs(),
        snapshotIntervalMs: random.below(60),
      })
    : undefined;
  const settings = { "epoch-rows": String(epochRows) };
  const rows = withState ? { runRowsMax: 1 + random.below(80) } : {};
  const hashSeed = BigInt(random.below(1e9));
  const memory = { memoryLimitBytes: MEMORY_BYTES };
  return new Engine({ storage: disk, clock, baseDirectory: "/", settings, hashSeed, ...memory, ...rows }, state);
}

const bytesOf = (disk: SimDisk, path: string): string => {
  const file = disk.open(path, "read");
  return Buffer.from(file.read(0, file.size)).toString("latin1");
};

function leftBy(db: Engine, disk: SimDisk, { views }: Program): Left {
  const { queries, sideTables } = db.stats();
  const counts = queries.flatMap(({ conservation }) => conservation);
  for (const count of counts) assert.equal(unaccounted(count), 0, `${count.query} accounts for every row`);
  return {
    files: Object.fromEntries(disk.glob("/out/*").map((path) => [path, bytesOf(disk, path)])),
    views: views.map((view) => db.resultRows(view)),
    conservation: { counts, sideTables },
  };
}

/** One process, to its end, or until it is asked to end at some call. Rejects with what ended it early. */
async function live(
  disk: SimDisk,
  history: History,
  { withState = true, drainAfter = Number.POSITIVE_INFINITY } = {},
): Promise<Left> {
  const db = await engineOn(disk, history, withState);
  let calls = drainAfter;
  const { onCall } = disk;
  disk.onCall = (call) => {
    onCall(call);
    if (calls-- === 0) void db.drain().catch(() => undefined);
  };
  try {
    await db.execute(history.program.sql, { isProgram: true });
    db.endInput();
    const { failures } = await db.finished();
    if (failures[0] !== undefined) throw failures[0].error;
    return leftBy(db, disk, history.program);
  } finally {
    await db.close().catch(() => undefined);
    disk.onCall = onCall;
  }
}

/** Errors of a program are thrown together. */
const firstOf = (error: unknown): unknown => (error instanceof SqlErrors ? error.errors[0] : error);

/** What a failing disk may end a process with. */
const diskErrors = new Set(["STORAGE_FAILED", "STATE_UNUSABLE", "PATH_UNREADABLE", "PATH_UNWRITABLE", "SINK_CHANGED"]);
/** The last frame of the log looks like a write that was cut off; that a file has what it gave is seen all the same. */
const damageErrors = new Set(["STATE_CORRUPT", "STATE_INCOMPLETE", "STATE_FOREIGN", "STATE_VERSION", "SINK_CHANGED"]);

/** A bit of the state flips: that is told, or it was one that does not count. */
async function flipABit(disk: SimDisk, history: History, whole: Left): Promise<void> {
  const { random, told } = history;
  const files = disk.files.filter((path) => path.startsWith("/state/") && (disk.stat(path)?.bytes ?? 0) > 0);
  const path = files[random.below(files.length)];
  if (path === undefined) return;
  const copy = disk.copy();
  const at = random.below(copy.stat(path)?.bytes ?? 1);
  copy.flip(path, at, random.below(8));
  told.flips += 1;
  try {
    assert.deepEqual(await live(copy, history), whole, `a bit of ${path} at ${at} flipped`);
  } catch (thrown) {
    const error = firstOf(thrown);
    const isDamaged = error instanceof Error && error.message.endsWith("is damaged");
    if (!isDamaged && !(isSqlError(error) && damageErrors.has(error.code))) throw error;
    told.refused += 1;
  }
}

async function oneLife(disk: SimDisk, history: History, callsMax: number, whole: Left): Promise<void> {
  const { random, told } = history;
  told.lives += 1;
  if (random.chance(0.15)) {
    told.drains += 1;
    await live(disk, history, { drainAfter: random.below(callsMax) });
    return;
  }
  const fails = random.chance(0.35);
  if (fails) failCalls(disk, random, callsMax);
  else cutPower(disk, random, callsMax);
  try {
    assert.deepEqual(await live(disk, history), whole, "it ended early, and as the one without a cut");
  } catch (thrown) {
    const error = firstOf(thrown);
    const isTold = isSqlError(error) && diskErrors.has(error.code);
    if (fails && (error instanceof DiskError || isTold)) told.failures += 1;
    else if (!fails && (error instanceof PowerLoss || isTold)) told.cuts += 1;
    else throw error;
  } finally {
    disk.onCall = () => undefined;
    disk.capacity = Number.POSITIVE_INFINITY;
  }
}

function newDisk(format: InputFormat, seed: number): { readonly disk: SimDisk; readonly records: number } {
  const disk = new SimDisk();
  const records = writeInputs(disk, format, new Random(seed));
  for (const folder of ["/state", "/out"]) disk.makeFolder(folder);
  return { disk, records };
}

export async function fileHistory(seed: number, told: Told): Promise<void> {
  const random = new Random(seed);
  const format = random.chance(0.5) ? "json" : "csv";
  const program = programs[random.below(programs.length)];
  if (program === undefined) throw new Error("there is no program");
  const isSequential = random.chance(0.2);
  const read = isSequential ? "'/in/*', 'files' = 'sequential'" : "'/in/*'";
  const history: History = {
    program: { ...program, sql: program.sql.replace("'/in/*'", read) },
    epochRows: 1 + random.below(120),
    random,
    clock: new SimClock(random),
    told,
  };
  const whole = await live(newDisk(format, seed).disk, history, { withState: false });
  let { disk } = newDisk(format, seed);
  let inRow = 0;
  for (let life = random.below(LIVES_MAX); life > 0; life--) {
    if (inRow === 0 && random.chance(0.15)) inRow = 5;
    await oneLife(disk, history, inRow > 0 ? 30 : 500, whole);
    if (inRow > 0) {
      inRow -= 1;
      life += inRow > 0 ? 1 : 0;
    }
    disk = random.chance(0.4) ? disk.kill() : disk.crash(random);
    if (random.chance(0.1)) await flipABit(disk, history, whole);
  }
  told.lives += 1;
  assert.deepEqual(await live(disk, history), whole);
}
