/** The operators. A new one: its file, and a line here. */
import { calc } from "./calc.ts";
import { groupAggregate } from "./group-aggregate.ts";
import { sessionAggregate } from "./session-aggregate.ts";
import { sort } from "./sort.ts";
import { union } from "./union.ts";
import { windowAggregate } from "./window-aggregate.ts";
import { windowTable } from "./window-table.ts";

interface Operators {
  readonly calc: typeof calc;
  readonly windowTable: typeof windowTable;
  readonly windowAggregate: typeof windowAggregate;
  readonly sessionAggregate: typeof sessionAggregate;
  readonly groupAggregate: typeof groupAggregate;
  readonly union: typeof union;
  readonly sort: typeof sort;
}

export const operators: Operators = {
  calc,
  windowTable,
  windowAggregate,
  sessionAggregate,
  groupAggregate,
  union,
  sort,
};
