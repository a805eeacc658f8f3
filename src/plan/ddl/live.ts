/** Input whose end is not known to come (T13), and what the clock has to say of it (T6, T7). */
import type { Options } from "../../connectors/connector.ts";
import { parseDuration } from "../../connectors/options.ts";
import type { LiveTimes } from "../../operators/physical.ts";

const IDLE_TIMEOUT_MS = 30_000;
const MAX_FUTURE_DRIFT_MS = 3_600_000;

/** undefined: it is known to end. Tables fed by INSERT end with the file. The options were checked. */
export function liveTimes(connector: string | undefined, options: Options): LiveTimes | undefined {
  const option = (name: string): string | undefined => options.get(name)?.value;
  const durationMs = (name: string): number | undefined => parseDuration(option(name) ?? "");
  const idleTimeoutMs = durationMs("idle-timeout") ?? IDLE_TIMEOUT_MS;
  const driftMs = durationMs("max-future-drift");
  const live = { idleTimeoutMs, maxFutureDriftMs: driftMs ?? MAX_FUTURE_DRIFT_MS };
  switch (connector) {
    case undefined:
    case "system":
      return undefined;
    case "filesystem": {
      const follows = /^(?:true|on|yes)$/i.test(option("follow") ?? "");
      return follows || option("monitor-interval") !== undefined ? live : undefined;
    }
    case "nexmark":
    case "datagen": {
      const isBounded = option("events") !== undefined || option("number-of-rows") !== undefined;
      // A generator's time is not a clock's.
      return isBounded ? undefined : { idleTimeoutMs, maxFutureDriftMs: driftMs };
    }
    default:
      return live;
  }
}
