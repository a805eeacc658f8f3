/** A clock that is set forward and back, now and then by a day. */
import { setImmediate } from "node:timers/promises";
import type { SystemClock } from "../../src/connectors/clock.ts";
import type { Random } from "./random.ts";

const DAY_MS = 86_400_000;

export class SimClock implements SystemClock {
  private readonly random: Random;
  private now: number = Date.UTC(2026, 5, 1);

  constructor(random: Random) {
    this.random = random;
  }

  nowMs(): number {
    if (this.random.chance(0.01)) this.now += this.random.below(2 * DAY_MS) - DAY_MS;
    this.now += this.random.below(3);
    return this.now;
  }

  nowMicros(): bigint {
    return BigInt(this.nowMs()) * 1000n;
  }

  async sleep(ms: number): Promise<void> {
    this.now += ms;
    await setImmediate();
  }
}
