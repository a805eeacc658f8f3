/** What every backend of keyed state does: a new one is a line in `backends`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { disk } from "../../../src/connectors/disk.ts";
import type { KeyedStore, StateBackend } from "../../../src/state/backends/backend.ts";
import { fileBackend } from "../../../src/state/backends/file.ts";
import { memoryBackend } from "../../../src/state/backends/memory.ts";
import { metered } from "../../../src/state/backends/metered.ts";
import { scaled } from "../../scale.ts";
import { SimDisk } from "../../sim/disk.ts";
import { Random } from "../../sim/random.ts";

class Time {
  ms = 1_000_000;
  nowMs(): number {
    return this.ms;
  }
  nowMicros(): bigint {
    return BigInt(this.ms) * 1000n;
  }
}

const folder = mkdtempSync(join(tmpdir(), "tidemark-"));
afterAll(() => rmSync(folder, { recursive: true }));
const simulated = (): SimDisk => {
  const made = new SimDisk();
  made.makeFolder("/keys");
  made.syncFolder("/keys");
  return made;
};

const backends: Readonly<Record<string, (clock: Time) => StateBackend>> = {
  memory: (clock) => memoryBackend(clock),
  "file, simulated": (clock) => fileBackend({ storage: simulated(), folder: "/keys", clock, compactBytes: 500 }),
  file: (clock) => fileBackend({ storage: disk, folder: mkdtempSync(join(folder, "keys-")), clock }),
  metered: (clock) => metered(memoryBackend(clock), clock),
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

async function all(store: KeyedStore, prefix = ""): Promise<readonly (readonly [string, string | undefined])[]> {
  const found: (readonly [string, string | undefined])[] = [];
  for await (const [key, value] of store.scan(prefix)) found.push([key, textOf(value)]);
  return found;
}

describe.each(Object.entries(backends))("%s", (_, make) => {
  test("what is put is there, until something else is put or it is deleted", async () => {
    const store = await make(new Time()).open("one");
    expect(await store.get("a")).toBeUndefined();
    await store.put("a", bytes("1"));
    await store.put("a", bytes("2"));
    expect(textOf(await store.get("a"))).toBe("2");
    expect([await store.delete("a"), await store.delete("a")]).toEqual([true, false]);
    expect(await store.get("a")).toBeUndefined();
    await store.close();
  });

  test("keys and values are any, and the caller's bytes stay the caller's", async () => {
    const store = await make(new Time()).open("one");
    const value = new Uint8Array([0, 255, 128]);
    for (const key of ["", "\u0000", "\ud800", "ключ", "a".repeat(5000)]) {
      await store.put(key, value);
      await store.put(`${key}!`, new Uint8Array(0));
      expect(await store.get(key)).toEqual(new Uint8Array([0, 255, 128]));
      expect(await store.get(`${key}!`)).toEqual(new Uint8Array(0));
    }
    await store.put("mine", value);
    value.fill(7);
    expect(await store.get("mine")).toEqual(new Uint8Array([0, 255, 128]));
    await store.close();
  });

  test("a scan has the keys of a prefix in their order, and no others", async () => {
    const store = await make(new Time()).open("one");
    for (const key of ["t/b", "t", "u/a", "t/\uffff", "t/a", "s/z", "t0"]) await store.put(key, bytes(key));
    expect((await all(store, "t/")).map(([key]) => key)).toEqual(["t/a", "t/b", "t/\uffff"]);
    expect((await all(store)).map(([key]) => key)).toEqual(["s/z", "t", "t/a", "t/b", "t/\uffff", "t0", "u/a"]);
    const seen: string[] = [];
    for await (const [key] of store.scan("t/")) {
      seen.push(key);
      await store.delete("t/b");
      await store.delete(key);
    }
    expect(seen.at(0)).toBe("t/a");
    expect(await all(store, "t/a")).toEqual([]);
    await store.close();
  });

  test("what has no time left is not there; cleaning up removes it and nothing else", async () => {
    const clock = new Time();
    const store = await make(clock).open("one");
    await store.put("short", bytes("1"), 10);
    await store.put("long", bytes("2"), 1000);
    await store.put("stays", bytes("3"), 10);
    await store.put("stays", bytes("3"));
    clock.ms += 9;
    expect(textOf(await store.get("short"))).toBe("1");
    expect(await store.cleanUp()).toBe(0);
    clock.ms += 1;
    expect(await store.get("short")).toBeUndefined();
    expect(await store.delete("short")).toBe(false);
    expect((await all(store)).map(([key]) => key)).toEqual(["long", "stays"]);
    expect(await store.cleanUp()).toBe(1);
    clock.ms = 0;
    expect(await store.get("short")).toBeUndefined();
    clock.ms += 10_000_000;
    expect(await store.cleanUp()).toBe(1);
    expect(await all(store)).toEqual([["stays", "3"]]);
    await store.close();
  });

  test("names are apart, and come back when they are opened again", async () => {
    const backend = make(new Time());
    const [one, two] = [await backend.open("one"), await backend.open("two")];
    await one.put("a", bytes("1"));
    await two.put("a", bytes("2"));
    await one.flush();
    await one.close();
    const again = await backend.open("one");
    expect(textOf(await again.get("a"))).toBe("1");
    expect(textOf(await two.get("a"))).toBe("2");
    for (const store of [again, two]) await store.close();
  });

  test(`does what an ordered map does (${scaled(30)} cases)`, async () => {
    for (let seed = 1; seed <= scaled(30); seed++) {
      const random = new Random(seed);
      const clock = new Time();
      const backend = make(clock);
      let store = await backend.open("one");
      const model = new Map<string, { readonly text: string; readonly ends: number }>();
      for (let i = 0; i < 150; i++) {
        const key = `${random.below(3)}/${random.below(6)}`;
        clock.ms += random.below(4);
        const there = (model.get(key)?.ends ?? 0) > clock.ms;
        if (random.chance(0.5)) {
          const ttl = random.chance(0.3) ? random.below(40) : undefined;
          model.set(key, { text: `${i}`, ends: ttl === undefined ? Number.POSITIVE_INFINITY : clock.ms + ttl });
          await store.put(key, bytes(`${i}`), ttl);
        } else if (random.chance(0.3)) {
          model.delete(key);
          expect(await store.delete(key), `seed ${seed}`).toBe(there);
        } else if (random.chance(0.1)) {
          await store.flush();
          await store.close();
          store = await backend.open("one");
        } else expect(textOf(await store.get(key)), `seed ${seed}`).toBe(there ? model.get(key)?.text : undefined);
        const prefix = random.chance(0.5) ? `${random.below(3)}/` : "";
        const wanted = [...model].filter(([k, { ends }]) => k.startsWith(prefix) && ends > clock.ms).sort();
        expect(await all(store, prefix), `seed ${seed}`).toEqual(wanted.map(([k, { text }]) => [k, text]));
      }
      await store.close();
    }
  });
});

test("every operation is counted and timed, those that fail too", async () => {
  const clock = new Time();
  const memory = memoryBackend(clock);
  const slow: StateBackend = {
    open: async (name) => {
      const store = await memory.open(name);
      return {
        ...store,
        get: async (key) => {
          clock.ms += 5;
          if (key === "bad") throw new Error("no");
          return store.get(key);
        },
        put: (key, value) => store.put(key, value),
        scan: (prefix) => store.scan(prefix),
      };
    },
  };
  const { open, metrics } = metered(slow, clock);
  const store = await open("one");
  await store.put("a", bytes("1"));
  await store.get("a");
  await expect(store.get("bad")).rejects.toThrow("no");
  for await (const _ of store.scan("")) clock.ms += 2;
  for await (const _ of store.scan("")) break;
  expect(metrics.get).toEqual({ calls: 2, failed: 1, latencyMicros: 10_000n, latencyMicrosMax: 5000n });
  expect(metrics.put).toMatchObject({ calls: 1, failed: 0 });
  expect(metrics.scan).toEqual({ calls: 2, failed: 0, latencyMicros: 2000n, latencyMicrosMax: 2000n });
});
