/** EXPLAIN (CODE): the state that the operators of a query declare, and the code that it compiles to, without running it. */

import type { QueryPlan } from "../operators/physical.ts";
import { stagedTypeText } from "../state/snapshot/staged.ts";
import { listing } from "../wasm/listing.ts";
import type { EngineMemory } from "../wasm/memory.ts";
import type { NamedPart } from "./durability/parts.ts";
import { declaredParts } from "./durability/pipeline-state.ts";
import { Pipeline } from "./pipeline.ts";

const never = (): never => {
  throw new TypeError("the query does not run");
};

/** A table of a snapshot: its name, version and columns. */
function declarationText({ name, part: { version, columns } }: NamedPart): string {
  const texts = columns.map(({ name: column, type, key, nullable }) => {
    return `${column} ${stagedTypeText(type)}${key === true ? " key" : nullable ? "" : " not null"}`;
  });
  return `"${name}" version ${version} (${texts.join(", ")})`;
}

export function codeListing(plan: QueryPlan, memory: EngineMemory): string {
  const pipeline = new Pipeline(plan, {
    memory,
    output: { ordered: true, batch: never },
    events: { isFatal: () => true, stopped: never, failed: never, failedGroup: never, mendedGroup: never, late: never },
    hashSeed: 0n,
    waitingRowsMax: 0,
  });
  try {
    const state = declaredParts(pipeline, `${plan.name}$`).map(declarationText);
    const code = pipeline.code.map(({ operator, fns }) => `-- ${operator}\n${fns.map((f) => listing(f)).join("\n")}`);
    return [...(state.length === 0 ? [] : ["-- state", ...state]), ...code].join("\n");
  } finally {
    pipeline.close();
  }
}
