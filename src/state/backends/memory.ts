/** Keyed state that is gone with the process. */
import type { Clock } from "../../base/machine.ts";
import type { StateBackend } from "./backend.ts";
import { Entries } from "./entries.ts";
import { LocalStore } from "./local-store.ts";

export function memoryBackend(clock: Pick<Clock, "nowMs">): StateBackend {
  const byName = new Map<string, Entries>();
  return {
    open: (name) => {
      const entries = byName.get(name) ?? new Entries();
      byName.set(name, entries);
      return Promise.resolve(new LocalStore(entries, () => clock.nowMs()));
    },
  };
}
