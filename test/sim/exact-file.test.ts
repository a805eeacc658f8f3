/** A file that is written exactly, on a disk that is full, fails or forgets. */
import { expect, test } from "vitest";
import { ExactFile } from "../../src/connectors/sinks/exact-file.ts";
import { scaled } from "../scale.ts";
import { PowerLoss, SimDisk } from "./disk.ts";
import { Random } from "./random.ts";

const PATH = "/out/o.json";
const EPOCHS = 12;
const nothing = (): number => 0;

function emptyDisk(): SimDisk {
  const disk = new SimDisk();
  disk.makeFolder("/out");
  disk.open(PATH, "new");
  disk.syncFolder("/out");
  return disk;
}

const epochBytes = (seed: number, epoch: number): Uint8Array => new Random(seed * 100 + epoch).bytes(4000);
const whole = (seed: number): Buffer =>
  Buffer.concat(Array.from({ length: EPOCHS }, (_, epoch) => epochBytes(seed, epoch)));

interface Log {
  committed: number;
  /** The snapshot: epochs that are in it, and where the file stood. */
  saved: { readonly epochs: number; readonly at: number; readonly mark?: string };
  /** Of the last epoch. */
  synced: number;
}
const newLog = (): Log => ({ committed: 0, saved: { epochs: 0, at: 0 }, synced: 0 });

/** Epochs that the log has are written again, then new ones to the end. */
function live(disk: SimDisk, log: Log, seed: number, random: Random): void {
  const file = new ExactFile(ExactFile.reopen(disk, PATH, "o.json"), "o.json", {
    place: { ...log.saved, synced: log.synced },
    waiting: nothing,
  });
  for (let epoch = log.saved.epochs; epoch < log.committed; epoch++) file.flush(epochBytes(seed, epoch));
  file.settle();
  for (let epoch = log.committed; epoch < EPOCHS; epoch++) {
    log.committed = epoch + 1;
    log.synced = file.synced;
    file.flush(epochBytes(seed, epoch));
    if (!random.chance(0.3)) continue;
    file.sync();
    log.saved = { epochs: log.committed, at: file.at, mark: file.mark() };
    log.synced = file.at;
  }
  file.seal();
}

const contents = (disk: SimDisk): Buffer => {
  const file = disk.open(PATH, "read");
  return Buffer.from(file.read(0, file.size));
};

test("a full disk takes a part of an epoch; where there is room again the file is whole", () => {
  const disk = emptyDisk();
  disk.capacity = 21_000;
  const log = newLog();
  expect(() => live(disk, log, 1, new Random(1))).toThrow("ENOSPC");
  expect(contents(disk).length).toBe(21_000);
  const next = disk.kill();
  live(next, log, 1, new Random(1));
  expect(contents(next).equals(whole(1))).toBe(true);
});

test.each(["EIO", "EROFS", "ENOSPC"])("%s of any call stops it, and the next process makes the file whole", (code) => {
  for (const kind of ["open", "write", "sync"] as const) {
    const disk = emptyDisk();
    const log = newLog();
    let calls = 0;
    disk.onCall = (call) => {
      if (call.kind === kind && calls++ === (kind === "open" ? 0 : 2)) throw Object.assign(new Error(code), { code });
    };
    expect(() => live(disk, log, 2, new Random(3)), kind).toThrow(code);
    const next = disk.kill();
    live(next, log, 2, new Random(3));
    expect(contents(next).equals(whole(2)), kind).toBe(true);
  }
});

test("through power cuts at any call the file is, byte for byte, what an uncut run writes", () => {
  let cuts = 0;
  for (let seed = 1; seed <= scaled(200); seed++) {
    const random = new Random(seed);
    const log = newLog();
    let disk = emptyDisk();
    for (let life = 0; ; life++) {
      const after = life < 8 ? 1 + random.below(8) : Number.POSITIVE_INFINITY;
      let calls = 0;
      const power = { isOff: false };
      disk.onCall = () => {
        power.isOff ||= calls++ >= after;
        if (power.isOff) throw new PowerLoss();
      };
      try {
        live(disk, log, seed, random);
        break;
      } catch (error) {
        if (!power.isOff) throw error;
        cuts++;
        disk = random.chance(0.7) ? disk.crash(random) : disk.kill();
      }
    }
    disk.onCall = () => undefined;
    expect(contents(disk).equals(whole(seed)), `seed ${seed}`).toBe(true);
  }
  expect(cuts).toBeGreaterThan(scaled(200));
});
