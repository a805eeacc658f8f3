/** The wall clock, waiting and chance of the machine: the only place where they come from, as the linter holds; everything else is handed them. */
import { randomBytes, randomUUID } from "node:crypto";
import { setImmediate as immediate, setTimeout as timeout } from "node:timers/promises";
import type { Clock, Random, Scheduler } from "../base/machine.ts";

export interface SystemClock extends Clock, Scheduler {}

export const systemClock: SystemClock = {
  nowMs: () => Date.now(),
  nowMicros: () => BigInt(Date.now()) * 1000n,
  sleep: async (ms) => {
    if (ms > 0) await timeout(ms);
    else await immediate();
  },
};

export const systemRandom: Random = {
  hashSeed: () => randomBytes(8).readBigInt64LE(),
  id: () => randomUUID(),
};
