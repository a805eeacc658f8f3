/** A planned text, as the engine goes about it. */
import type { ProgramStep, QueryPlan } from "../operators/physical.ts";

/** What a text registers: not what it drops again. */
export function queriesLeft(steps: readonly ProgramStep[]): readonly QueryPlan[] {
  const left = new Map<string, QueryPlan>();
  for (const s of steps) {
    if (s.kind === "registerQuery") left.set(s.query.name, s.query);
    else if (s.kind === "drop" && s.name !== undefined) left.delete(s.name);
  }
  return [...left.values()];
}
