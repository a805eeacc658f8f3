/** A folder of parts through power cuts and kills at any call to the disk: every row is in one part, and every part comes once. */
import { expect, test } from "vitest";
import { scaled } from "../scale.ts";
import { type DiskCall, PowerLoss, SimDisk } from "./disk.ts";
import { contents, EPOCHS, type Life, Log, live, openFolder, ROOT } from "./parts-life.ts";
import { Random } from "./random.ts";

function emptyDisk(): SimDisk {
  const disk = new SimDisk();
  disk.makeFolder(ROOT);
  return disk;
}

async function uninterrupted(seed: number): Promise<ReadonlyMap<string, string>> {
  const log = new Log();
  await live({ disk: emptyDisk(), log, seed, random: new Random(seed) });
  return log.taken;
}

/** Lives on until the rows have ended; `dies` says at which calls the machine stops. */
async function throughCuts(
  seed: number,
  random: Random,
  dies: (call: DiskCall, nth: number) => boolean,
): Promise<{ readonly log: Log; readonly disk: SimDisk; readonly cuts: number }> {
  const log = new Log();
  let disk = emptyDisk();
  for (let cuts = 0; ; cuts++) {
    let calls = 0;
    const power = { isOff: false };
    const now = disk;
    now.onCall = (call) => {
      power.isOff ||= cuts < 40 && dies(call, calls++);
      if (power.isOff) throw new PowerLoss();
    };
    try {
      await live({ disk: now, log, seed, random });
      return { log, disk, cuts };
    } catch (error) {
      if (!power.isOff) throw error;
      disk = random.chance(0.5) ? now.crash(random) : now.kill();
    }
  }
}

test("a run without a cut puts every row into the part of its partition, and leaves nothing open", async () => {
  const taken = await uninterrupted(1);
  const texts = [...taken].map(([path, text]) => ({ path, lines: text.trimEnd().split("\n") }));
  expect(texts.length).toBeGreaterThan(10);
  expect(texts.every(({ lines }) => lines[0] === "text" && lines.length > 1)).toBe(true);
  expect(texts.every(({ path }) => /^\/out\/key=(?:k\d|__DEFAULT_PARTITION__)\/part-\d{6}\.csv$/.test(path))).toBe(
    true,
  );
  const rows = texts.flatMap(({ lines }) => lines.slice(1));
  expect(new Set(rows).size).toBe(rows.length);
});

test("cut anywhere, the same parts come, each once, with the same bytes", async () => {
  let cuts = 0;
  for (let seed = 1; seed <= scaled(40); seed++) {
    const whole = await uninterrupted(seed);
    const random = new Random(seed * 7919);
    const after = random.below(300);
    const cut = await throughCuts(seed, random, (_, nth) => nth > after * random.next());
    cuts += cut.cuts;
    expect(cut.log.taken, `seed ${seed}`).toEqual(whole);
    expect([...contents(cut.disk).keys()], `seed ${seed}`).toEqual([]);
  }
  expect(cuts).toBeGreaterThan(scaled(40));
});

test("killed between the record of whole parts and their names, and between name and sync", async () => {
  for (const kind of ["rename", "syncFolder"] as const) {
    const whole = await uninterrupted(3);
    const when = new Random(6);
    const { log, cuts } = await throughCuts(3, new Random(5), (call) => call.kind === kind && when.chance(0.5));
    expect(cuts).toBeGreaterThan(0);
    expect(log.taken).toEqual(whole);
  }
});

/** A life until `happens` at some epoch; the next one is refused with this message. */
async function refusedAfter(happens: (disk: SimDisk, path: string) => void): Promise<string> {
  const disk = emptyDisk();
  const log = new Log();
  const life: Life = { disk, log, seed: 2, random: new Random(2) };
  const stop = new Error("killed");
  const before = (epoch: number): void => {
    const hidden = [...contents(disk).keys()].find((path) => path.includes("/."));
    if (epoch < EPOCHS / 2 || hidden === undefined || log.saved === undefined) return;
    if (log.saved.epochs !== epoch) return;
    happens(disk, hidden);
    throw stop;
  };
  await expect(live({ ...life, before })).rejects.toBe(stop);
  const error: unknown = await live(life).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "SINK_CHANGED" });
  return error instanceof Error ? error.message : "";
}

test("a part in progress that was cut, deleted, edited or appended to is refused", async () => {
  expect(await refusedAfter((disk, path) => disk.open(path, "old").truncate(3))).toMatch(
    /it has 3 bytes, and had \d+$/,
  );
  expect(await refusedAfter((disk, path) => disk.remove(path))).toMatch(/\.part-\d{6}\.csv\.inprogress: it is gone$/);
  expect(await refusedAfter((disk, path) => disk.flip(path, 7, 0))).toMatch(/other bytes stand before byte \d+/);
  expect(
    await refusedAfter((disk, path) => {
      const file = disk.open(path, "old");
      file.write(file.size, Buffer.from("{}"));
    }),
  ).toMatch(/it has \d+ bytes, and this state has written \d+$/);
});

test.each(["ENOSPC", "EROFS", "EIO"])("%s stops it, and where the disk works again it goes on", async (code) => {
  const whole = await uninterrupted(4);
  const log = new Log();
  const disk = emptyDisk();
  const random = new Random(4);
  let writes = 0;
  disk.onCall = ({ kind, path }) => {
    if (kind === "write" && writes++ === 20) throw Object.assign(new Error(`${code}: ${path}`), { code });
  };
  await expect(live({ disk, log, seed: 4, random })).rejects.toMatchObject({
    code: "PATH_UNWRITABLE",
    details: { reason: expect.stringContaining(code) as unknown },
  });
  await live({ disk: disk.kill(), log, seed: 4, random });
  expect(log.taken).toEqual(whole);
});

test("a full disk takes a part of a write; the rest comes when there is room", async () => {
  const whole = await uninterrupted(4);
  const log = new Log();
  const disk = emptyDisk();
  disk.capacity = 700;
  await expect(live({ disk, log, seed: 4, random: new Random(9) })).rejects.toMatchObject({ code: "PATH_UNWRITABLE" });
  const next = disk.kill();
  await live({ disk: next, log, seed: 4, random: new Random(9) });
  expect(log.taken).toEqual(whole);
});

test("a file that has the name of a part is not replaced", async () => {
  const disk = emptyDisk();
  disk.makeFolder(`${ROOT}/key=k0`);
  for (let n = 0; n < 3; n++) disk.open(`${ROOT}/key=k0/part-00000${n}.csv`, "new");
  const log = new Log();
  openFolder({ disk, log });
  expect(openFolder({ disk, log }).mark()).toContain('"next":3');
  openFolder({ disk, log, options: { overwrites: true } });
  expect(contents(disk).size).toBe(0);
});
