import { expect, test } from "vitest";
import { displayWidth } from "../../src/base/diagnostics/render.ts";
import { diagnosticJson, didYouMean, render, SqlError, SqlErrors, sqlWarning } from "../../src/base/error.ts";

const unknown = (text: string, word: string): SqlError => {
  const start = text.indexOf(word);
  return new SqlError("UNKNOWN_COLUMN", { start, end: start + word.length }, { name: word });
};

const shown = (text: string, word: string): string => render(unknown(text, word), { path: "q.sql", text });

test("the line, a caret under the span, the suggestion beside it and the hint", () => {
  const text = "\n\n\n\n\n\n  SELECT sum(prise) FROM orders\n";
  const start = text.indexOf("prise");
  const columns = ["id", "price", "shop", "ts"];
  const details = { name: "prise", table: "orders", columns };
  const error = new SqlError("UNKNOWN_COLUMN", { start, end: start + 5 }, details, didYouMean("prise", columns));
  expect(render(error, { path: "queries/revenue.sql", text })).toBe(
    [
      'error[42703]: column "prise" does not exist',
      "  --> queries/revenue.sql:7:14",
      " 7 |   SELECT sum(prise) FROM orders",
      '   |              ^^^^^ did you mean "price"?',
      "  hint: orders has columns id, price, shop, ts",
    ].join("\n"),
  );
});

test("tabs and wide characters keep the caret in its place", () => {
  const lines = shown("SELECT\t'日本', x", "x").split("\n");
  expect(lines[2]).toBe(" 1 | SELECT    '日本', x");
  expect(lines[3]).toBe(`   | ${" ".repeat(displayWidth("SELECT    '日本', "))}^`);
});

test("a span of several lines shows its first and its last", () => {
  expect(shown("SELECT (a\n  + b\n  + c) FROM t", "(a\n  + b\n  + c)")).toBe(
    [
      'error[42703]: column "(a   + b   + c)" does not exist',
      "  --> q.sql:1:8",
      " 1 | SELECT (a",
      "   |        ^^",
      " ...",
      " 3 |   + c) FROM t",
      "   |   ^^^^",
    ].join("\n"),
  );
});

test("a long line is cut around the caret", () => {
  const lines = shown(`SELECT ${"a, ".repeat(200)}zzz, ${"b, ".repeat(200)}c`, "zzz").split("\n");
  expect(lines[2]?.length).toBeLessThan(180);
  expect(lines[2]?.indexOf("zzz")).toBe(lines[3]?.indexOf("^^^"));
});

test("control characters never reach a terminal", () => {
  expect(shown("SELECT '\u001b[31m', x\u202e", "x\u202e").replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
});

test("the end of the text and an empty text have a place", () => {
  const error = new SqlError(
    "SYNTAX",
    { start: 6, end: 6 },
    { expected: "an expression", found: "the end of the statement" },
  );
  expect(render(error, { path: "q.sql", text: "SELECT" })).toContain(" 1 | SELECT\n   |       ^");
  expect(render(error, { path: "q.sql", text: "" })).toContain("q.sql:1:1");
});

test("colours only where asked for", () => {
  const text = "SELECT x";
  expect(shown(text, "x")).not.toContain("\u001b");
  expect(render(unknown(text, "x"), { path: "q.sql", text }, { color: true })).toContain(
    "\u001b[1;31merror[42703]\u001b[0m",
  );
});

test("a fault in data names its file and line", () => {
  const error = new SqlError(
    "BAD_RECORD",
    { path: "data/orders.ndjson", line: 17 },
    { table: "orders", reason: "not JSON" },
  );
  expect(render(error, undefined)).toBe("error[22P02]: orders: not JSON\n  --> data/orders.ndjson:17");
  expect(error.toJSON()).toMatchObject({ path: "data/orders.ndjson", line: 17, sqlstate: "22P02" });
});

test("as data: place in the text, and only what there is", () => {
  const text = "SELECT 1;\nSELECT é, x";
  expect(diagnosticJson(unknown(text, "x"), { path: "q.sql", text })).toEqual({
    severity: "error",
    code: "UNKNOWN_COLUMN",
    sqlstate: "42703",
    message: 'column "x" does not exist',
    path: "q.sql",
    line: 2,
    column: 11,
    start: 20,
    end: 21,
  });
});

test("several errors come in order of position", () => {
  const errors = new SqlErrors([unknown("a b", "b"), unknown("a b", "a")]);
  expect(errors.errors.map((error) => error.details["name"])).toEqual(["a", "b"]);
});

test("a warning is rendered like an error, and a hint given with the details wins", () => {
  const warning = sqlWarning("UNBOUNDED_STATE", { start: 0, end: 6 }, { operator: "Join", hint: "add a window" });
  expect(render(warning, { path: "q.sql", text: "SELECT" })).toContain(
    "warning[01000]: Join keeps every group for ever",
  );
  expect(warning.hint).toBe("add a window");
});

test.each([
  ["prise", ["id", "price", "prices"], "price"],
  ["PRICE", ["id", "price"], "price"],
  ["pirce", ["price"], "price"],
  ["x", ["y", "z"], undefined],
  ["customer", ["shop"], undefined],
  ["slef", ["self", "shelf"], "self"],
])("did you mean: %s of %j is %s", (name, candidates, expected) => {
  expect(didYouMean(name, candidates)).toBe(expected);
});
