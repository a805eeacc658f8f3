/** The input log and the manifest over a disk that forgets, fails and rots: what was acknowledged is there, or it is said that it is not. */
import { expect, test } from "vitest";
import { isSqlError, type SqlError } from "../../src/base/error.ts";
import type { Storage } from "../../src/base/storage.ts";
import { flippedByte } from "../../src/state/log/flipped-bit.ts";
import { encodeFrame, FIRST_LINK, FRAME_HEADER_BYTES } from "../../src/state/log/frame.ts";
import { InputLog } from "../../src/state/log/input-log.ts";
import { MANIFEST_FORMAT, Manifest, type ManifestState, readManifest } from "../../src/state/log/manifest.ts";
import { framesOf, readLog } from "../../src/state/log/segments.ts";
import { scaled } from "../scale.ts";
import { PowerLoss, SimDisk } from "../sim/disk.ts";
import { Random } from "../sim/random.ts";

const FOLDER = "/state/log";
const ID = "0f0e";

function newDisk(): SimDisk {
  const disk = new SimDisk();
  disk.makeFolder("/state");
  disk.makeFolder(FOLDER);
  return disk;
}

/** Durable when it returns. */
function append(log: InputLog, body: Uint8Array): number {
  const number = log.write(body);
  log.sync();
  return number;
}

function openLog(storage: Storage, incarnation: number, from = 1) {
  const contents = readLog(storage, FOLDER, { id: ID, from });
  const bodies = new Map([...framesOf(storage, contents, from)].map((f) => [f.number, f.body]));
  const log = new InputLog(contents, { storage, folder: FOLDER, id: ID, incarnation, segmentBytesMax: 20_000 });
  return { contents, bodies, log };
}

/** What epoch `number` holds: told by its number and by who wrote it. */
function bodyOf(number: number, writer: number, random: Random): Uint8Array {
  const body = new Uint8Array(8 + random.below(random.chance(0.1) ? 30_000 : 300));
  body.fill(number * 31 + writer);
  new DataView(body.buffer).setUint32(0, number);
  new DataView(body.buffer).setUint32(4, writer);
  return body;
}

const refusal = (step: () => unknown): SqlError => {
  try {
    step();
  } catch (error) {
    if (isSqlError(error)) return error;
    throw error;
  }
  throw new Error("it was taken");
};

test("power may be lost at any call: every acknowledged epoch is there afterwards, and none that was never appended", () => {
  for (let seed = 1; seed <= scaled(200); seed++) {
    const random = new Random(seed);
    const acknowledged = new Map<number, Uint8Array>();
    let from = 1;
    const attempted = new Map<number, Uint8Array>();
    let disk = newDisk();
    for (let life = 1; life <= 6; life++) {
      let calls = random.below(60);
      disk.onCall = () => {
        if (calls-- === 0) throw new PowerLoss("now");
      };
      try {
        const { bodies, log } = openLog(disk, life, from);
        for (const [number, body] of acknowledged)
          if (number >= from) expect(bodies.get(number), `seed ${seed}`).toEqual(body);
        for (const [number, body] of bodies) {
          if (acknowledged.has(number) || number < from) continue;
          expect(body, `seed ${seed}`).toEqual(attempted.get(number));
          acknowledged.set(number, body);
        }
        attempted.clear();
        for (let i = random.below(30); i > 0; i--) {
          const number = log.lastNumber + 1;
          const body = bodyOf(number, life, random);
          attempted.set(number, body);
          expect(log.write(body)).toBe(number);
          // Several records share a sync.
          if (random.chance(0.4)) continue;
          log.sync();
          for (const [written, its] of attempted) acknowledged.set(written, its);
          attempted.clear();
          if (random.chance(0.1)) {
            from = Math.max(from, number - random.below(10));
            log.dropBefore(from);
          }
        }
      } catch (error) {
        // A failed append tells of the loss of power in its own words.
        if (!(error instanceof PowerLoss) && !(isSqlError(error) && error.code === "STORAGE_FAILED")) throw error;
      }
      disk.onCall = () => undefined;
      disk = random.chance(0.2) ? disk.kill() : disk.crash(random);
    }
  }
});

test("a full disk, or one that fails, is told once and for all, and the next process finds what was acknowledged", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed);
    const disk = newDisk();
    const { log } = openLog(disk, 1);
    const kinds = ["write", "sync", "rename", "syncFolder", "open"] as const;
    const failing = kinds[random.below(kinds.length)];
    if (seed % 5 === 0) disk.capacity = 40_000;
    else {
      let calls = random.below(20);
      disk.onCall = ({ kind }) => {
        if (kind === failing && calls-- <= 0) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
      };
    }
    const acknowledged: Uint8Array[] = [];
    let failed: SqlError | undefined;
    for (let i = 1; i <= 200 && failed === undefined; i++) {
      const body = bodyOf(i, 1, random);
      try {
        append(log, body);
        acknowledged.push(body);
      } catch (error) {
        if (!isSqlError(error)) throw error;
        failed = error;
      }
    }
    disk.onCall = () => undefined;
    disk.capacity = Number.POSITIVE_INFINITY;
    if (failed !== undefined) {
      expect(failed.code).toBe("STORAGE_FAILED");
      expect(
        refusal(() => append(log, new Uint8Array(1))),
        "it stays failed",
      ).toBe(failed);
    }
    const { bodies } = openLog(disk.crash(random), 2);
    acknowledged.forEach((body, i) => expect(bodies.get(i + 1), `seed ${seed}`).toEqual(body));
    expect(bodies.size).toBeLessThanOrEqual(acknowledged.length + 1);
  }
});

/** A log of ten epochs in one segment and what lies where. */
function tenEpochs(): {
  readonly disk: SimDisk;
  readonly path: string;
  readonly starts: readonly number[];
  readonly size: number;
} {
  const disk = newDisk();
  const { log } = openLog(disk, 1);
  for (let i = 1; i <= 10; i++) append(log, new Uint8Array(100).fill(i));
  const contents = readLog(disk, FOLDER, { id: ID, from: 1 });
  const [segment] = contents.segments;
  if (segment === undefined) throw new Error("no segment");
  return { disk, path: segment.path, starts: [...framesOf(disk, contents, 1)].map((f) => f.start), size: segment.size };
}

test("a bit that flips in an epoch with others behind it is found, wherever it is", () => {
  const { size, starts } = tenEpochs();
  const lastStart = starts.at(-1) ?? 0;
  for (let at = 0; at < size; at += 7) {
    const { disk, path } = tenEpochs();
    disk.flip(path, at, at % 8);
    if (at >= lastStart) {
      // Not to be told from a write that was cut off: nothing says that it was acknowledged.
      const { last, tail } = readLog(disk, FOLDER, { id: ID, from: 1 });
      expect(last?.number).toBe(9);
      expect(tail).toMatchObject({ at: lastStart, bytes: FRAME_HEADER_BYTES + 100 });
    } else {
      const error = refusal(() => readLog(disk, FOLDER, { id: ID, from: 1 }));
      expect(error.code).toBe("STATE_CORRUPT");
      expect(error.message).toContain(path);
    }
  }
});

test("a bit that flips in one of several epochs that were synced together is found, once something is behind them", () => {
  const made = (): SimDisk => {
    const disk = newDisk();
    const { log } = openLog(disk, 1);
    for (let i = 1; i <= 6; i++) log.write(new Uint8Array(100).fill(i));
    log.sync();
    for (let i = 7; i <= 8; i++) append(log, new Uint8Array(100).fill(i));
    return disk;
  };
  const contents = readLog(made(), FOLDER, { id: ID, from: 1 });
  for (const { start, number } of framesOf(made(), contents, 1)) {
    const disk = made();
    disk.flip(contents.segments[0]?.path ?? "", start + FRAME_HEADER_BYTES + 5, 3);
    if (number === 8) expect(readLog(disk, FOLDER, { id: ID, from: 1 }).last?.number).toBe(7);
    else
      expect(refusal(() => readLog(disk, FOLDER, { id: ID, from: 1 })).code, `epoch ${number}`).toBe("STATE_CORRUPT");
  }
});

test("the byte of a flipped bit is found from the checksum, wherever in a frame it is", () => {
  const body = new Random(3).bytes(200);
  const frame = encodeFrame({ incarnation: 1, number: 7, durable: 6, previous: FIRST_LINK }, body);
  const before = new Uint8Array(13);
  for (let at = 0; at < frame.length; at++) {
    const bytes = Buffer.concat([before, frame, before]);
    const place = before.length + at;
    bytes[place] = (bytes[place] ?? 0) ^ (1 << (at % 8));
    expect(flippedByte(bytes, before.length)).toBe(place);
    bytes[place + 1] = (bytes[place + 1] ?? 0) ^ 0x18;
    if (at < frame.length - 1) expect(flippedByte(bytes, before.length)).toBeUndefined();
  }
});

test.each([
  ["torn", (size: number) => ({ bytes: new Uint8Array(0), size: size - 30 })],
  ["zero-filled", (size: number) => ({ bytes: new Uint8Array(5000), size })],
  ["garbage", (size: number) => ({ bytes: new Random(7).bytes(5000), size })],
])("a %s tail is left out, and said", (_, damage) => {
  const { disk, path, size } = tenEpochs();
  const file = disk.open(path, "old");
  const { bytes, size: kept } = damage(size);
  file.truncate(kept);
  file.write(kept, bytes);
  const { contents, bodies, log } = openLog(disk, 2);
  expect(contents.tail?.path).toBe(path);
  expect(contents.tail?.reason).not.toBe("");
  expect(bodies.size).toBe(kept < size ? 9 : 10);
  const number = append(log, new Uint8Array(3));
  expect(number).toBe(bodies.size + 1);
  expect(openLog(disk, 3).bodies.size).toBe(number);
});

test("a segment that is missing, of another directory, of a newer format or under a wrong name is refused by name", () => {
  const make = (): SimDisk => {
    const disk = newDisk();
    const { log } = openLog(disk, 1);
    for (let i = 1; i <= 60; i++) append(log, new Uint8Array(1000));
    return disk;
  };
  const names = [...make().list(FOLDER)].sort();
  expect(names.length).toBeGreaterThan(2);
  const missing = make();
  missing.remove(`${FOLDER}/${names[1] ?? ""}`);
  expect(refusal(() => readLog(missing, FOLDER, { id: ID, from: 1 })).message).toMatch(/epochs \d+ to \d+ are missing/);
  const first = make();
  first.remove(`${FOLDER}/${names[0] ?? ""}`);
  expect(refusal(() => readLog(first, FOLDER, { id: ID, from: 1 })).code).toBe("STATE_INCOMPLETE");
  expect(refusal(() => readLog(make(), FOLDER, { id: "other", from: 1 })).code).toBe("STATE_FOREIGN");
  const renamed = make();
  renamed.rename(`${FOLDER}/${names[0] ?? ""}`, `${FOLDER}/000000000007.000001.log`);
  expect(refusal(() => readLog(renamed, FOLDER, { id: ID, from: 1 })).code).toBe("STATE_CORRUPT");
});

test("a log that ends before what a snapshot holds is damaged, wherever it was cut", () => {
  for (const cut of ["inside an epoch", "between two"]) {
    const { disk, path, starts, size } = tenEpochs();
    disk.open(path, "old").truncate(cut === "between two" ? (starts.at(-1) ?? 0) : size - 30);
    expect(readLog(disk, FOLDER, { id: ID, from: 1, durable: 9 }).last?.number).toBe(9);
    const error = refusal(() => readLog(disk, FOLDER, { id: ID, from: 1, durable: 10 }));
    expect(error.code).toBe(cut === "between two" ? "STATE_INCOMPLETE" : "STATE_CORRUPT");
  }
});

test("the manifest holds its last state through any loss of power", () => {
  const state = (incarnation: number): ManifestState => ({
    format: MANIFEST_FORMAT,
    id: ID,
    timeline: "first",
    build: "test",
    incarnation,
    logFrom: 1,
    segment: undefined,
    snapshots: [],
  });
  for (let seed = 1; seed <= scaled(200); seed++) {
    const random = new Random(seed);
    let disk = newDisk();
    let known: ManifestState | undefined;
    let attempted: ManifestState | undefined;
    for (let life = 1; life <= 5; life++) {
      const found = readManifest(disk, "/state")?.state;
      if (JSON.stringify(found) !== JSON.stringify(known)) expect(found, `seed ${seed}`).toEqual(attempted);
      known = found;
      let calls = random.below(12);
      disk.onCall = () => {
        if (calls-- === 0) throw new PowerLoss("now");
      };
      try {
        attempted = { ...(known ?? state(0)), incarnation: life };
        const manifest = new Manifest(disk, "/state", attempted);
        known = attempted;
        for (let i = 0; i < 5; i++) {
          attempted = { ...known, logFrom: known.logFrom + 1 };
          manifest.update({ logFrom: known.logFrom + 1 });
          known = attempted;
        }
      } catch (error) {
        if (!(error instanceof PowerLoss) && !isSqlError(error)) throw error;
      }
      disk.onCall = () => undefined;
      disk = disk.crash(random);
    }
  }
});
