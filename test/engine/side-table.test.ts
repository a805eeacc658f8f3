/** The tables of what did not become a result: bounded, and rows of a changelog can be taken back (N5, E5). */
import { expect, test } from "vitest";
import { SIDE_ROWS_MAX, SideTable } from "../../src/runtime/accounting/side-table.ts";

test("the last row of a key is taken back, as often as there is one", () => {
  const side = new SideTable("q$errors", []);
  side.add(["a1"], "a");
  side.add(["b1"], "b");
  side.add(["a2"], "a");
  side.add(["c1"]);
  side.takeBack("a");
  expect(side.kept()).toEqual([["a1"], ["b1"], ["c1"]]);
  side.takeBack("a");
  side.takeBack("a");
  side.takeBack("none");
  expect(side.kept()).toEqual([["b1"], ["c1"]]);
  side.add(["a3"], "a");
  side.takeBack("a");
  expect([side.total, side.evicted, side.kept()]).toEqual([5, 0, [["b1"], ["c1"]]]);
});

test("a row that was evicted stays counted, whatever is taken back later", () => {
  const side = new SideTable("q$errors", []);
  for (let i = 0; i < SIDE_ROWS_MAX + 2; i++) side.add([i], i % 2 === 0 ? "even" : undefined);
  expect(side.evicted).toBe(2);
  expect(side.kept()[0]).toEqual([2]);
  for (let i = 0; i < SIDE_ROWS_MAX; i++) side.takeBack("even");
  expect(side.kept().length).toBe(SIDE_ROWS_MAX / 2);
  expect([side.total, side.evicted]).toEqual([SIDE_ROWS_MAX + 2, 2]);
});
