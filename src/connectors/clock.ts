/** The wall clock, waiting and chance of the machine: the only place where they come from; everything else is handed them. */
import { randomBytes, randomUUID } from "node:crypto";
import { setImmediate as immediate, setTimeout as timeout } from "node:timers/promises";

export interface SystemClock {
  nowMs(): number;
  nowMicros(): bigint;
  sleep(ms: number): Promise<void>;
}

export const systemClock: SystemClock = {
  nowMs: () => Date.now(),
  nowMicros: () => BigInt(Date.now()) * 1000n,
  sleep: async (ms) => {
    if (ms > 0) await timeout(ms);
    else await immediate();
  },
};

/** A seed for hash tables: keys are untrusted. */
export const systemHashSeed = (): bigint => randomBytes(8).readBigInt64LE();

/** A name that nothing else has. */
export const systemId = (): string => randomUUID();
