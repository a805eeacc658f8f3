/** A backend whose operations are counted and timed, whichever it is. */
import type { Clock } from "../../base/machine.ts";
import type { KeyedStore, StateBackend } from "./backend.ts";

export interface OperationMetrics {
  calls: number;
  /** Of them. */
  failed: number;
  /** Of all calls together, and the longest; of a scan up to its end. */
  latencyMicros: bigint;
  latencyMicrosMax: bigint;
}

export type Operation = Exclude<keyof KeyedStore, "close">;
export type StoreMetrics = Readonly<Record<Operation, Readonly<OperationMetrics>>>;

const none = (): OperationMetrics => ({ calls: 0, failed: 0, latencyMicros: 0n, latencyMicrosMax: 0n });

/** `metrics` are those of all stores that are opened through it. */
export function metered(
  backend: StateBackend,
  clock: Pick<Clock, "nowMicros">,
): StateBackend & { readonly metrics: StoreMetrics } {
  const metrics = { get: none(), put: none(), delete: none(), scan: none(), cleanUp: none(), flush: none() };
  /** Gives what is told how the call ended. */
  const begin = (operation: Operation): ((isFailed: boolean) => void) => {
    const [before, its] = [clock.nowMicros(), metrics[operation]];
    return (isFailed) => {
      // The clock may have been set back.
      const micros = clock.nowMicros() - before;
      const taken = micros > 0n ? micros : 0n;
      its.calls++;
      if (isFailed) its.failed++;
      its.latencyMicros += taken;
      if (taken > its.latencyMicrosMax) its.latencyMicrosMax = taken;
    };
  };
  const timed = async <T>(operation: Operation, call: () => Promise<T>): Promise<T> => {
    const end = begin(operation);
    try {
      const result = await call();
      end(false);
      return result;
    } catch (error) {
      end(true);
      throw error;
    }
  };
  const over = (store: KeyedStore): KeyedStore => ({
    get: (key) => timed("get", () => store.get(key)),
    put: (key, value, ttlMs) => timed("put", () => store.put(key, value, ttlMs)),
    delete: (key) => timed("delete", () => store.delete(key)),
    async *scan(prefix) {
      const end = begin("scan");
      let isFailed = false;
      try {
        yield* store.scan(prefix);
      } catch (error) {
        isFailed = true;
        throw error;
      } finally {
        end(isFailed);
      }
    },
    cleanUp: () => timed("cleanUp", () => store.cleanUp()),
    flush: () => timed("flush", () => store.flush()),
    close: () => store.close(),
  });
  return { metrics, open: async (name) => over(await backend.open(name)) };
}
