/**
 * The oracle: generated queries over generated rows give what DuckDB gives in batch, in every mode.
 * ORACLE_PROGRAMS (default 2000) and ORACLE_SEED choose how many and from where; `kept.json` holds seeds that once differed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scaled } from "../scale.ts";
import { describeProgram, difference, type Mode, shrink } from "./check.ts";
import { answer } from "./duck.ts";
import { generate, type Program, permuted } from "./program.ts";

const programs = Number(process.env["ORACLE_PROGRAMS"] ?? scaled(2000));
const firstSeed = Number(process.env["ORACLE_SEED"] ?? 1);
const CHUNK = 100;

/** Every program runs checked in whole batches, all of it one epoch, and in one of the others, where changelogs take rows back; the slow interpreter takes its share. */
const others: readonly Mode[] = [
  { name: "one row at a time", runRowsMax: 1, epochRows: 3 },
  { name: "2 rows at a time", runRowsMax: 2, epochRows: 20 },
  { name: "7 rows at a time", runRowsMax: 7, epochRows: 1 },
  { name: "not checked", epochRows: 5 },
  { name: "interpreted, 7 rows at a time", runRowsMax: 7, epochRows: 10, execution: { mode: "interpret" } },
];
const whole: Mode = { name: "whole batches, checked", execution: { checked: true } };
const modesOf = (p: Program): readonly Mode[] => {
  const other = others[p.seed % others.length];
  return other === undefined ? [whole] : [whole, other];
};

async function check(p: Program): Promise<void> {
  const modes = modesOf(p);
  let found: unknown;
  try {
    found = await difference(p, modes);
  } catch (error) {
    found = error;
  }
  if (found === undefined) return;
  const small = await shrink(p, modes);
  const now = await difference(small, modes).catch((error: unknown) => error);
  expect.fail(
    `${describeProgram(small)}\n${now instanceof Error ? (now.stack ?? now.message) : JSON.stringify(now, null, 1)}`,
  );
}

/** Two orders within the watermark's delay: DuckDB's answer is one, and so is ours (each is checked against it). */
async function checkPermuted(p: Program): Promise<boolean> {
  const one = permuted(p, p.seed);
  const other = permuted(p, p.seed + 1);
  if (one === undefined || other === undefined) return false;
  const [a, b] = [await answer(one), await answer(other)];
  expect([a.late, b.late], describeProgram(one)).toEqual([0, 0]);
  await check(one);
  await check(other);
  return true;
}

const chunks = Array.from({ length: Math.ceil(programs / CHUNK) }, (_, i) => firstSeed + i * CHUNK);

test.each(chunks)("programs from seed %i on equal DuckDB", { timeout: 600_000 }, async (from) => {
  for (let seed = from; seed < Math.min(from + CHUNK, firstSeed + programs); seed++) await check(generate(seed));
});

test("the order of rows within the watermark's delay does not show", { timeout: 600_000 }, async () => {
  let checked = 0;
  for (let seed = firstSeed; checked < programs / 20; seed++) if (await checkPermuted(generate(seed))) checked++;
});

test("the programs reach every kind of window with DISTINCT, WHERE above sessions, and plain rows of sessions", () => {
  const reached = new Map<string, number>();
  const count = (what: string): unknown => reached.set(what, (reached.get(what) ?? 0) + 1);
  for (let seed = 1; seed <= 300; seed++) {
    const p = generate(seed);
    const w = p.window;
    if (p.items.some((i) => i.ours.includes("DISTINCT"))) {
      count(`${w.kind}, DISTINCT`);
      if (w.kind === "hop" && w.size % w.slide !== 0) count("hop of panes, DISTINCT");
      if (w.kind === "hop" && w.offset !== 0) count("hop with offset, DISTINCT");
    }
    if (p.isAbove) count("WHERE above a session");
    if (p.isPlain) count("plain rows of a session");
  }
  const kinds = ["tumble", "hop", "cumulate", "session"].map((k) => `${k}, DISTINCT`);
  const others = [
    "hop of panes, DISTINCT",
    "hop with offset, DISTINCT",
    "WHERE above a session",
    "plain rows of a session",
  ];
  for (const what of [...kinds, ...others]) expect(reached.get(what) ?? 0, what).toBeGreaterThanOrEqual(3);
});

// Seeds of programs that once differed.
const kept = JSON.parse(readFileSync(join(import.meta.dirname, "kept.json"), "utf8")) as number[];
test.each(kept)("kept seed %i", async (seed) => {
  await check(generate(seed));
});
