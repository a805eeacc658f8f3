/** The registry of scalar functions and operators: SHOW FUNCTIONS, dispatch, the reference and the tests derive from it. */
import type { ScalarFunction } from "../function.ts";
import { arithmetic } from "./arithmetic.ts";
import { comparisons } from "./comparison.ts";
import { greatest, least, nullIf } from "./conditional.ts";
import { like } from "./like.ts";
import { round } from "./number/round.ts";
import { abs } from "./number/sign.ts";
import { ceil, floor } from "./rounding.ts";
import { lower, upper } from "./string/case.ts";
import { concat, concatOperator } from "./string/concat.ts";
import { length, octetLength, position, strpos } from "./string/length.ts";
import { regexpExtract } from "./string/regexp.ts";
import { splitIndex } from "./string/split-index.ts";
import { substring } from "./string/substring.ts";
import { ltrim, rtrim, trim } from "./string/trim.ts";
import { extract, timeParts } from "./time/extract.ts";
import { dateFormat } from "./time/format.ts";
import { dateTrunc } from "./time/truncate.ts";

const list: readonly ScalarFunction[] = [
  ...comparisons,
  ...arithmetic,
  ...[abs, round, floor, ceil],
  ...[nullIf, greatest, least],
  ...[concatOperator, concat, lower, upper, trim, ltrim, rtrim, substring],
  ...[length, octetLength, position, strpos, splitIndex, like, regexpExtract],
  ...[extract, ...timeParts, dateTrunc, dateFormat],
];

/** By name, upper case; operators by their sign. Aliases are not in it. */
export const functions: Readonly<Record<string, ScalarFunction>> = Object.fromEntries(list.map((f) => [f.name, f]));

const byName: ReadonlyMap<string, ScalarFunction> = new Map(
  list.flatMap((f) => [f.name, ...(f.aliases ?? [])].map((name) => [name, f] as const)),
);

/** By name or alias, in any case. */
export function findFunction(name: string): ScalarFunction | undefined {
  return byName.get(name.toUpperCase());
}
