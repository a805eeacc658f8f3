/** The page of functions is what the definitions say. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { functionsPage } from "../../src/expr/functions/docs.ts";

test("docs/functions.md is made from the definitions", () => {
  expect(readFileSync("docs/functions.md", "utf8")).toBe(functionsPage());
});
