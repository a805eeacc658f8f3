/**
 * parse(print(tree)) is the tree, for trees of every form. TIDEMARK_ASTS: how many. What they find stays as SQL text in
 * corpus/found.sql, and its seed here.
 */
import { expect, test } from "vitest";
import { printStatement } from "../../src/sql/print.ts";
import { scaled } from "../scale.ts";
import { randomStatement } from "./generate/statements.ts";
import { bare, parse } from "./tree.ts";

const COUNT = Number(process.env["TIDEMARK_ASTS"] ?? scaled(1_500));
const SEED = Number(process.env["TIDEMARK_SEED"] ?? 1);

const found = [
  ...[
    5, 8, 15, 16, 29, 38, 40, 52, 53, 66, 69, 75, 78, 82, 126, 156, 196, 556, 708, 777, 811, 929, 1089, 1120, 1452,
    1782,
  ],
  ...[
    1878, 1908, 2073, 2328, 2337, 2358, 2410, 2470, 3417, 3784, 3825, 4904, 7434, 8571, 11014, 13642, 20138, 26685,
    28816,
  ],
  ...[29053, 29932, 31267, 40003, 41220, 45612, 48203, 48883, 50896, 52306, 64471, 109449, 114103, 117246],
];

function check(seed: number): void {
  const statement = randomStatement(seed);
  const text = printStatement(statement);
  expect(bare(parse(text)), `seed ${seed}: ${text}`).toEqual([bare(statement)]);
}

test(`${COUNT} trees from seed ${SEED} on come back as they were`, () => {
  for (let seed = SEED; seed < SEED + COUNT; seed++) check(seed);
});

test("trees that found something", () => {
  for (const seed of found) check(seed);
});
