/** Faults of the disk below a state directory and the files that are written, each at every call where it can happen. */
import { expect, test } from "vitest";
import { isSqlError, SqlErrors } from "../../src/base/error.ts";
import { scaled } from "../scale.ts";
import { type DiskCall, DiskError, PowerLoss, type SimDisk } from "../sim/disk.ts";
import { Random } from "../sim/random.ts";
import { begin, diskWith, live, T, textOf } from "./support.ts";

const sql = `${T} CREATE TABLE o (k STRING, n BIGINT, window_end TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '/out/o.csv');
  INSERT INTO o SELECT k, COUNT(*), window_end FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND) GROUP BY k, window_start, window_end;`;
const rows = Array.from({ length: 24 }, (_, i) => {
  const ts = new Date(Date.UTC(2026, 0, 1) + i * 700).toISOString().slice(0, -1);
  return JSON.stringify({ id: i, k: `k${i % 3}`, ts });
});
const newDisk = (): SimDisk => diskWith({ "/in/a.ndjson": `${rows.join("\n")}\n` });

const whole = await (async () => {
  const disk = newDisk();
  await live(disk, { sql });
  return textOf(disk, "/out/o.csv");
})();

const firstOf = (error: unknown): unknown => (error instanceof SqlErrors ? error.errors[0] : error);
const told = ["STORAGE_FAILED", "STATE_UNUSABLE", "PATH_UNREADABLE", "PATH_UNWRITABLE", "SINK_CHANGED"];

/** Lives over a copy of `before`, of which the n-th call of the kinds fails, for every n; then one over what is left. */
async function atEveryCall(
  before: SimDisk,
  kinds: readonly DiskCall["kind"][] | "all",
  error: (call: DiskCall) => Error,
  next: (disk: SimDisk, n: number) => SimDisk,
): Promise<number> {
  for (let n = 0; ; n += 1) {
    const disk = before.copy();
    let calls = n;
    const failed: DiskCall[] = [];
    disk.onCall = (call) => {
      if (kinds !== "all" && !kinds.includes(call.kind)) return;
      if (calls-- !== 0) return;
      failed.push(call);
      throw error(call);
    };
    await live(disk, { sql }).catch((thrown: unknown) => {
      const met = firstOf(thrown);
      if (met instanceof PowerLoss || met instanceof DiskError) return;
      expect(isSqlError(met) ? met.code : String(met), `call ${n}`).toBeOneOf(told);
    });
    disk.onCall = () => undefined;
    if (failed.length === 0) return n;
    const after = next(disk, n);
    await live(after, { sql });
    expect(textOf(after, "/out/o.csv"), `call ${n}`).toBe(whole);
  }
}

/** A life that ended in the middle: epochs behind its snapshot are to be gone through again. */
async function halfDone(): Promise<SimDisk> {
  const disk = newDisk();
  let syncs = 0;
  disk.onCall = ({ kind }) => {
    if (kind === "sync" && ++syncs === 14) throw new PowerLoss("now");
  };
  await expect(live(disk, { sql, snapshotIntervalMs: 6 })).rejects.toThrow();
  return disk.kill();
}

test("the power goes at every call of a run, snapshots among it", async () => {
  const random = new Random(20_261_128);
  const calls = await atEveryCall(
    newDisk(),
    "all",
    () => new PowerLoss("now"),
    (disk) => disk.crash(random),
  );
  expect(calls).toBeGreaterThan(60);
}, 240_000);

test("the power goes at every call of a recovery", async () => {
  const random = new Random(20_261_129);
  const calls = await atEveryCall(
    await halfDone(),
    "all",
    () => new PowerLoss("now"),
    (disk) => disk.crash(random),
  );
  expect(calls).toBeGreaterThan(40);
}, 240_000);

test("a process is killed five times in a row while it recovers", async () => {
  for (let seed = 1; seed <= scaled(20); seed++) {
    const random = new Random(seed);
    let disk = await halfDone();
    for (let kill = 0; kill < 5; kill++) {
      let calls = random.below(40);
      disk.onCall = () => {
        if (calls-- === 0) throw new PowerLoss("now");
      };
      await live(disk, { sql }).catch(() => undefined);
      disk.onCall = () => undefined;
      disk = disk.kill();
    }
    await live(disk, { sql });
    expect(textOf(disk, "/out/o.csv"), `seed ${seed}`).toBe(whole);
  }
}, 240_000);

test.each([
  ["ENOSPC, after a part of a write", ["write"], "ENOSPC"],
  ["EIO, after a part of a write", ["write"], "EIO"],
  ["EIO of a sync, of which nothing is believed", ["sync", "syncFolder"], "EIO"],
  ["EMFILE", ["open"], "EMFILE"],
  ["EIO of a read", ["read"], "EIO"],
  ["EIO of a rename or removal", ["rename", "remove"], "EIO"],
] as const)(
  "%s, at every call: the process ends with an error that says so, and the next goes on",
  async (_, kinds, code) => {
    const random = new Random(7);
    const error = ({ path }: DiskCall): DiskError => new DiskError(code, path, 0.5);
    // What the failed process left in the cache may reach the disk, or not.
    const calls = await atEveryCall(newDisk(), kinds, error, (disk, n) =>
      (n % 2 === 0 ? disk.kill() : disk).crash(random),
    );
    expect(calls).toBeGreaterThan(0);
  },
  240_000,
);

test("a full disk ends the run, and room is all that it needs", async () => {
  const disk = newDisk();
  disk.capacity = 4000;
  await expect(live(disk, { sql })).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  disk.capacity = Number.POSITIVE_INFINITY;
  await live(disk, { sql });
  expect(textOf(disk, "/out/o.csv")).toBe(whole);
});

test("a disk on which nothing can be written is refused before anything is shown", async () => {
  const disk = newDisk();
  disk.onCall = ({ kind, path }) => {
    if (kind === "makeFolder" || kind === "write") throw new DiskError("EROFS", path);
  };
  await expect(live(disk, { sql })).rejects.toThrow(/the disk is read-only|EROFS/);
  expect(disk.files.filter((path) => path.startsWith("/out/") || path.startsWith("/state/"))).toEqual([]);
});

test("a slow disk: no epoch is read before the one before it is durable", async () => {
  const disk = newDisk();
  let open = 0;
  const most: number[] = [];
  disk.onCall = ({ kind, path }) => {
    if (!path.startsWith("/state/log")) return;
    if (kind === "write") most.push(++open);
    if (kind === "sync") open = 0;
  };
  await live(disk, { sql, snapshotIntervalMs: Number.POSITIVE_INFINITY });
  // A head and a frame are written in one go; never two frames without a sync between them.
  expect(Math.max(...most)).toBeLessThanOrEqual(2);
  expect(textOf(disk, "/out/o.csv")).toBe(whole);
});

test("a clock that jumps by days, forward and back: no row is lost", async () => {
  const random = new Random(3);
  const clock = {
    nowMs: () => 1_700_000_000_000 + (random.below(20) - 10) * 86_400_000,
    nowMicros: (): bigint => BigInt(clock.nowMs()) * 1000n,
    sleep: () => Promise.resolve(),
  };
  let disk = newDisk();
  for (let life = 1; life <= 6; life++) {
    let syncs = 0;
    disk.onCall = ({ kind }) => {
      if (life < 6 && kind === "sync" && ++syncs === 6) throw new PowerLoss("now");
    };
    const ended = live(disk, { sql, clock });
    if (life < 6) await expect(ended).rejects.toThrow();
    else await ended;
    disk.onCall = () => undefined;
    disk = disk.crash(random);
  }
  expect(textOf(disk, "/out/o.csv")).toBe(whole);
});

test("a bit that flips in the manifest is told, or one that does not count", async () => {
  const before = await halfDone();
  const { bytes = 0 } = before.stat("/state/MANIFEST") ?? {};
  let refused = 0;
  for (let at = 0; at < bytes; at += 97) {
    const disk = before.copy();
    disk.flip("/state/MANIFEST", at, at % 8);
    try {
      await live(disk, { sql });
      expect(textOf(disk, "/out/o.csv"), `byte ${at}`).toBe(whole);
    } catch (thrown) {
      const met = firstOf(thrown);
      expect(isSqlError(met) ? met.code : String(met), `byte ${at}`).toMatch(/^STATE_/);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(0);
}, 120_000);

test("an old copy of the log's last file, behind a newer snapshot, is refused", async () => {
  const disk = newDisk();
  const stale = new Map<string, Uint8Array>();
  let syncs = 0;
  disk.onCall = ({ kind, path }) => {
    if (kind !== "sync" || !path.startsWith("/state/log/") || ++syncs !== 4) return;
    const file = disk.copy().open(path, "read");
    stale.set(path.replace(/\.tmp$/, ""), file.read(0, file.size));
  };
  await live(disk, { sql, snapshotIntervalMs: Number.POSITIVE_INFINITY });
  disk.onCall = () => undefined;
  expect(stale.size).toBe(1);
  for (const [path, bytes] of stale) {
    const file = disk.open(path, "old");
    file.truncate(0);
    file.write(0, bytes);
  }
  await expect(live(disk, { sql })).rejects.toMatchObject({ code: "STATE_INCOMPLETE" });
});

test("a program that was asked to end in an epoch ends, and the next goes on where it was", async () => {
  for (let n = 0; n < 40; n += 3) {
    const disk = newDisk();
    const db = await begin(disk, { sql });
    let calls = n;
    disk.onCall = () => {
      if (calls-- === 0) void db.drain();
    };
    db.endInput();
    await db.finished();
    await db.close();
    await live(disk, { sql });
    expect(textOf(disk, "/out/o.csv"), `call ${n}`).toBe(whole);
  }
}, 120_000);
