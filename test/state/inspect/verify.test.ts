// What `tidemark state verify` finds: every kind of damage is named with its place, and a torn tail is no damage.
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Finding, verifyState } from "../../../src/engine/inspect/verify.ts";
import { open } from "../../../src/index.ts";
import { encodeFrame, FIRST_LINK } from "../../../src/state/log/frame.ts";
import { encodeJson } from "../../../src/state/log/json.ts";
import { MANIFEST_FORMAT } from "../../../src/state/log/manifest.ts";
import { segmentHead } from "../../../src/state/log/segments.ts";
import { change, copyOf, filesIn, flip, folder, lives, SQL } from "./made.ts";

/** Two generations, and three records behind them that are in none; a segment for each of three lives. */
let made = "";
beforeAll(async () => {
  const state = folder();
  await lives(state, [{ page: "/", n: 1 }], [{ page: "/a", n: 2 }]);
  const db = await open({ state });
  await db.execute(SQL);
  for (const n of [3, 4, 5]) await db.insert("clicks", [{ page: "/b", n }]);
  made = copyOf(state);
  await db.close();
});

const contents = (state: string): unknown =>
  [...filesIn(state, "log"), ...filesIn(state, "snapshots"), "MANIFEST"].map((file) => [
    file,
    readFileSync(join(state, file), "latin1"),
  ]);

async function findings(state: string): Promise<readonly Finding[]> {
  const before = contents(state);
  const { findings: found } = await verifyState(state);
  expect(contents(state), "nothing was changed").toEqual(before);
  for (const { means, remedy } of found) expect([means, remedy]).not.toContain("");
  return found;
}

const newest = (state: string, part: "log" | "snapshots"): string => filesIn(state, part).at(-1) ?? "";
const size = (path: string): number => readFileSync(path).length;

test("a directory in which nothing is wrong", async () => {
  const { right, findings: found } = await verifyState(made);
  expect(found).toEqual([]);
  expect(right).toHaveLength(4);
  expect(filesIn(made, "log")).toHaveLength(3);
});

test("a flipped bit in the manifest", async () => {
  const state = copyOf(made);
  change(join(state, "MANIFEST"), flip(60));
  expect(await findings(state)).toMatchObject([
    { kind: "damage", file: "MANIFEST", at: 60, what: expect.stringMatching(/checksum .* byte 0$/) as unknown },
  ]);
});

test("a flipped bit in a record of the log: its byte; where it is more than a bit, the frame where it begins", async () => {
  const state = copyOf(made);
  const [oldest = ""] = filesIn(state, "log");
  const head = 40 + readFileSync(join(state, oldest)).readUInt32LE(4);
  change(join(state, oldest), flip(head + 50));
  expect(await findings(state)).toMatchObject([
    { kind: "damage", file: oldest, at: head + 50, what: expect.stringContaining(`frame at byte ${head}`) as unknown },
  ]);
  change(join(state, oldest), flip(head + 90));
  expect(await findings(state)).toMatchObject([
    { kind: "damage", file: oldest, at: head, what: "the checksum of a frame is wrong" },
  ]);
});

test("a flipped bit in the newest snapshot: its block, and what the next start does", async () => {
  const state = copyOf(made);
  const file = newest(state, "snapshots");
  // Blocks are of 256 KiB, behind three heads of 4 KiB.
  const block = 12_288 + 262_144;
  change(join(state, file), flip(block + 5000));
  const [finding, ...others] = await findings(state);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ kind: "damage", file, at: block });
  expect(finding?.means).toContain("the next start takes the generation before");
});

test("a bit that DuckDB does not miss is missed by the hash", async () => {
  const state = copyOf(made);
  const file = newest(state, "snapshots");
  appendFileSync(join(state, file), "x");
  const [finding] = await findings(state);
  expect(finding).toMatchObject({ kind: "damage", file, at: undefined });
  expect(finding?.what).toContain("its SHA-256 is");
});

test("no generation is whole", async () => {
  const state = copyOf(made);
  for (const file of filesIn(state, "snapshots")) rmSync(join(state, file));
  const found = await findings(state);
  expect(found.map(({ kind, what }) => [kind, what])).toEqual([
    ["damage", expect.stringContaining("no such file") as unknown],
    ["damage", expect.stringContaining("no such file") as unknown],
  ]);
  expect(found[0]?.means).toContain("no start is possible");
});

test("a segment that is missing: in the middle, and the newest", async () => {
  for (const [i, reason] of [
    [1, /epochs \d+ to \d+ are missing before/],
    [2, /is missing$/],
  ] as const) {
    const state = copyOf(made);
    rmSync(join(state, filesIn(state, "log")[i] ?? ""));
    const [finding] = await findings(state);
    expect(finding?.kind).toBe("damage");
    expect(finding?.what).toMatch(reason);
  }
});

test("a segment of another state directory", async () => {
  const state = copyOf(made);
  const file = newest(state, "log");
  const place = { first: 1, durable: 0, incarnation: 3, before: FIRST_LINK };
  writeFileSync(join(state, file), segmentHead("another", place));
  const [finding] = await findings(state);
  expect(finding).toMatchObject({ kind: "damage", file });
  expect(finding?.what).toContain("belongs to another state directory");
});

test("a torn tail is said, and is no damage; nor is one of the manifest", async () => {
  const state = copyOf(made);
  const file = newest(state, "log");
  const end = size(join(state, file));
  change(join(state, file), (bytes) => bytes.subarray(0, end - 7));
  const manifestEnd = size(join(state, "MANIFEST"));
  appendFileSync(join(state, "MANIFEST"), "TDM1 and no more");
  const found = await findings(state);
  expect(found.map(({ kind, file: f }) => [kind, f])).toEqual([
    ["note", "MANIFEST"],
    ["note", file],
  ]);
  expect(found[0]?.at).toBe(manifestEnd);
  expect(found[1]?.at).toBeLessThan(end);
  expect(found[1]?.means).toContain("nothing is lost");
});

test.each([MANIFEST_FORMAT - 1, MANIFEST_FORMAT + 1])("what another version wrote, of format %i", async (format) => {
  const state = copyOf(made);
  const head = { incarnation: 9, number: 1, durable: 0, previous: FIRST_LINK };
  writeFileSync(join(state, "MANIFEST"), encodeFrame(head, encodeJson({ format })));
  await expect(open({ state })).rejects.toMatchObject({ code: "STATE_VERSION", details: { format } });
  const [finding] = await findings(state);
  expect(finding).toMatchObject({ kind: "damage", file: "MANIFEST" });
  expect(finding?.what).toContain(`has format ${format}; this build reads format ${MANIFEST_FORMAT}`);
  expect(finding?.means).toContain("another version wrote it: nothing is damaged");
});

test("files that are not part of the state are noted", async () => {
  const state = copyOf(made);
  writeFileSync(join(state, "letter.txt"), "dear");
  writeFileSync(join(state, "snapshots", "gen-9.duckdb.tmp"), "begun");
  expect(await findings(state)).toMatchObject([
    { kind: "note", file: "letter.txt" },
    { kind: "note", file: "snapshots/gen-9.duckdb.tmp" },
  ]);
});

test("a folder that is no state directory, or is not there", async () => {
  await expect(verifyState(folder())).rejects.toMatchObject({ code: "STATE_MISSING" });
  await expect(verifyState(join(folder(), "none"))).rejects.toMatchObject({ code: "STATE_MISSING" });
});
