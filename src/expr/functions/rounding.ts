/** FLOOR and CEIL: of a number, or of a time TO a unit. */
import type { ScalarFunction } from "../function.ts";
import { down, up, wholeNumber } from "./number/round.ts";
import { overloaded } from "./overload.ts";
import { timeTo } from "./time/truncate.ts";

const common = { category: "number", volatility: "immutable", nulls: "strict", canFail: true } as const;

export const floor: ScalarFunction = overloaded(
  {
    ...common,
    name: "FLOOR",
    doc: "The greatest whole number that is not above the number; the start of the unit in which the time lies.",
    usage: ["FLOOR(number)", "FLOOR(time TO unit)"],
    examples: [
      { sql: "FLOOR(-1.5)", result: "-2" },
      { sql: "FLOOR(TIMESTAMP '2026-05-17 13:45:10' TO HOUR)", result: "2026-05-17T13:00:00.000" },
    ],
  },
  [wholeNumber(down), timeTo(false)],
);

export const ceil: ScalarFunction = overloaded(
  {
    ...common,
    name: "CEIL",
    aliases: ["CEILING"],
    doc: "The least whole number that is not below the number; the first start of the unit at or after the time.",
    usage: ["CEIL(number)", "CEIL(time TO unit)"],
    examples: [
      { sql: "CEIL(1.25)", result: "2" },
      { sql: "CEIL(TIMESTAMP '2026-05-17 13:45:10' TO DAY)", result: "2026-05-18T00:00:00.000" },
    ],
  },
  [wholeNumber(up), timeTo(true)],
);
