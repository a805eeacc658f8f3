/** Seeded histories of engines over a disk that forgets and fails. `node test/sim/main.ts files --from SEED --count 1` plays one again. */
import { expect, test } from "vitest";
import { scaled } from "../scale.ts";
import { kinds } from "./histories/kinds.ts";
import { nothingTold } from "./histories/told.ts";

async function play(kind: keyof typeof kinds, count: number) {
  const told = nothingTold();
  for (let seed = 1; seed <= count; seed++) {
    await kinds[kind](seed, told).catch((error: unknown) => {
      throw new Error(`seed ${seed} of ${kind}`, { cause: error });
    });
  }
  return told;
}

test(
  "rows that were inserted survive any loss of power, once, and so do the results",
  async () => {
    const told = await play("inserts", scaled(40));
    expect(told.cuts).toBeGreaterThan(told.lives / 4);
  },
  240_000 * scaled(1),
);

test(
  "files are read and written as in one life, whatever the disk does and wherever the process dies",
  async () => {
    const told = await play("files", scaled(40));
    expect(told.cuts).toBeGreaterThan(told.lives / 5);
    expect(told.failures).toBeGreaterThan(told.lives / 100);
    expect(told.refused).toBeGreaterThan(0);
  },
  240_000 * scaled(1),
);

test(
  "a program that is changed gives what it gives in one life, wherever the power goes",
  async () => {
    const told = await play("changes", scaled(16));
    expect(told.cuts).toBeGreaterThan(told.lives / 4);
  },
  240_000 * scaled(1),
);
