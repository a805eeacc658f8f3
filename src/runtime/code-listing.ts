/** EXPLAIN (CODE): the code that a query compiles to, stage by stage, without running it. */

import type { QueryPlan } from "../operators/physical.ts";
import { listing } from "../wasm/listing.ts";
import type { EngineMemory } from "../wasm/memory.ts";
import { Pipeline } from "./pipeline.ts";

const never = (): never => {
  throw new TypeError("the query does not run");
};

export function codeListing(plan: QueryPlan, memory: EngineMemory): string {
  const pipeline = new Pipeline(plan, {
    memory,
    output: { ordered: true, batch: never },
    events: { isFatal: () => true, stopped: never, failed: never, failedGroup: never, mendedGroup: never, late: never },
    hashSeed: 0n,
    waitingRowsMax: 0,
  });
  try {
    return pipeline.code
      .map(({ operator, fns }) => `-- ${operator}\n${fns.map((f) => listing(f)).join("\n")}`)
      .join("\n");
  } finally {
    pipeline.close();
  }
}
