/** A state directory on a simulated disk. */
import { systemClock } from "../../src/connectors/clock.ts";
import { EngineState, type EngineStateOptions } from "../../src/engine/state.ts";
import type { SimDisk } from "./disk.ts";
import { simSnapshots } from "./snapshots.ts";

type Varied = Pick<EngineStateOptions, "snapshotIntervalMs"> &
  Partial<Pick<EngineStateOptions, "segmentBytesMax" | "nowMs" | "say">>;

/** `nowMs`: where it is not given, a millisecond later at every look. */
export function simState(disk: SimDisk, options: Varied): Promise<EngineState> {
  let now = 0;
  return EngineState.at({
    storage: disk,
    folder: "/state",
    newId: () => "sim",
    build: "sim",
    segmentBytesMax: 3000,
    scheduler: systemClock,
    nowMs: () => now++,
    format: () => simSnapshots(disk),
    lock: { release: () => undefined },
    say: () => undefined,
    ...options,
  });
}
