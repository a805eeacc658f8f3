/** The aggregate functions. A new one: its file, and a line here. */
import type { AggregateFunction } from "../aggregate.ts";
import { avg } from "./avg.ts";
import { count } from "./count.ts";
import { firstValue, lastValue } from "./first-last.ts";
import { max, min } from "./min-max.ts";
import { sum } from "./sum.ts";
import { stddevPop, stddevSamp, varPop, varSamp } from "./variance.ts";

export const aggregates: readonly AggregateFunction[] = [
  count,
  sum,
  avg,
  min,
  max,
  firstValue,
  lastValue,
  stddevPop,
  stddevSamp,
  varPop,
  varSamp,
];

const byName = new Map(aggregates.flatMap((a) => [a.name, ...(a.aliases ?? [])].map((n) => [n, a] as const)));

export function findAggregate(name: string): AggregateFunction | undefined {
  return byName.get(name.toUpperCase());
}
