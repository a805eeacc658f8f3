/** Keyed state in files, over a disk that forgets what was not synced. */
import { expect, test } from "vitest";
import { isSqlError } from "../../../src/base/error.ts";
import type { KeyedStore } from "../../../src/state/backends/backend.ts";
import { fileBackend } from "../../../src/state/backends/file.ts";
import { scaled } from "../../scale.ts";
import { PowerLoss, SimDisk } from "../../sim/disk.ts";
import { Random } from "../../sim/random.ts";

const clock = { nowMs: (): number => 5 };
const backendOn = (storage: SimDisk, compactBytes = 600) =>
  fileBackend({ storage, folder: "/keys", clock, compactBytes });
const PATH = "/keys/one.keys";

function newDisk(): SimDisk {
  const disk = new SimDisk();
  disk.makeFolder("/keys");
  disk.syncFolder("/keys");
  return disk;
}

async function shownBy(store: KeyedStore): Promise<string> {
  const found: string[] = [];
  for await (const [key, value] of store.scan("")) found.push(`${key}=${value[0] ?? ""}`);
  return found.join(" ");
}

async function contents(disk: SimDisk): Promise<string> {
  const store = await backendOn(disk).open("one");
  const found = await shownBy(store);
  await store.close();
  return found;
}

const shown = (model: ReadonlyMap<string, number>): string =>
  [...model]
    .sort()
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");

test(`a loss of power at any call takes nothing that was flushed, and of the rest the last (${scaled(300)} histories)`, async () => {
  for (let seed = 1; seed <= scaled(300); seed++) {
    const random = new Random(seed);
    let disk = newDisk();
    /** What may be there: as it was flushed, and after each change since. */
    let models = [new Map<string, number>()];
    for (let life = 1; life <= 6; life++) {
      let calls = life === 6 ? Number.POSITIVE_INFINITY : random.below(40);
      disk.onCall = () => {
        if (calls-- === 0) throw new PowerLoss("now");
      };
      try {
        const store = await backendOn(disk).open("one");
        const found = await shownBy(store);
        const at = models.map(shown).lastIndexOf(found);
        expect(at, `seed ${seed}, life ${life}: ${found}`).toBeGreaterThanOrEqual(0);
        // What an open store shows is durable.
        models = models.slice(at, at + 1);
        for (let i = 0; i < 30; i++) {
          const key = `k${random.below(5)}`;
          const after = new Map(models.at(-1));
          if (random.chance(0.7)) after.set(key, i);
          else after.delete(key);
          models.push(after);
          if (after.has(key)) await store.put(key, new Uint8Array([i]));
          else await store.delete(key);
          if (!random.chance(0.3)) continue;
          await store.flush();
          models = models.slice(-1);
        }
        await store.close();
      } catch (error) {
        if (!(error instanceof PowerLoss) && !(isSqlError(error) && error.code === "STORAGE_FAILED")) throw error;
      }
      disk.onCall = () => undefined;
      disk = random.chance(0.2) ? disk.kill() : disk.crash(random);
    }
  }
});

test("a file is not much larger than what is in it", async () => {
  const disk = newDisk();
  const store = await backendOn(disk).open("one");
  for (let i = 0; i < 2000; i++) await store.put(`k${i % 4}`, new Uint8Array(20));
  await store.close();
  expect(disk.stat(PATH)?.bytes).toBeLessThan(2000);
  expect(disk.list("/keys")).toEqual(["one.keys"]);
});

test("a bit that flips in what was flushed is found, wherever it is, and nothing is changed", async () => {
  const made = async (): Promise<SimDisk> => {
    const disk = newDisk();
    const backend = backendOn(disk, 1 << 20);
    const before = await backend.open("one");
    for (let i = 0; i < 3; i++) await before.put(`k${i}`, new Uint8Array([i]));
    await before.close();
    const store = await backend.open("one");
    for (let i = 3; i < 6; i++) {
      await store.put(`k${i}`, new Uint8Array([i]));
      await store.flush();
    }
    await store.close();
    return disk;
  };
  const size = (await made()).stat(PATH)?.bytes ?? 0;
  // Of the last one nothing says that it was flushed.
  const last = 40 + 12 + '"k5"'.length + 1;
  for (let at = 0; at < size; at += 3) {
    const disk = await made();
    disk.flip(PATH, at, at % 8);
    if (at >= size - last) expect(await contents(disk)).toBe("k0=0 k1=1 k2=2 k3=3 k4=4");
    else await expect(contents(disk), `byte ${at}`).rejects.toMatchObject({ code: "STATE_CORRUPT" });
  }
});

test("a disk that fails is told, and from then on at every change", async () => {
  const disk = newDisk();
  const store = await backendOn(disk).open("one");
  await store.put("a", new Uint8Array([1]));
  disk.onCall = ({ kind }) => {
    if (kind === "sync") throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  };
  await expect(store.flush()).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  disk.onCall = () => undefined;
  await expect(store.put("b", new Uint8Array([1]))).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  await expect(store.flush()).rejects.toMatchObject({ code: "STORAGE_FAILED" });
});
