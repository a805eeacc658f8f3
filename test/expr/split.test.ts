/** Functions without emitted code: a loop over columns, to which emitted code has brought all that is below them. */
import { expect, test } from "vitest";
import { type Schema, VARCHAR } from "../../src/base/types.ts";
import { type ComputedColumn, splitExprs } from "../../src/expr/emit/split.ts";
import { exprText } from "../../src/expr/expr-text.ts";
import type { ScalarFunction } from "../../src/expr/function.ts";
import { findFunction } from "../../src/expr/functions/index.ts";
import { call, column, emitted, reference } from "./run.ts";
import { bind } from "./sql.ts";

const schema: Schema = [
  { name: "s", type: VARCHAR, nullable: true },
  { name: "n", type: { kind: "INT" }, nullable: true },
];

const columnText = (c: ComputedColumn): string => `${c.leaf} ${c.by} ${exprText(c.expr)}`;
function split(...sql: string[]): string[] {
  const { exprs, columns } = splitExprs(
    sql.map((text) => bind(text, schema)),
    2,
  );
  return [...columns.map(columnText), ...exprs.map(exprText)];
}

test("arguments become columns of emitted code, columns and constants stay", () => {
  expect(split("REGEXP_EXTRACT(s || 'x', '[a-z]+', 0)")).toEqual([
    "2 emitted (s || 'x')",
    "3 typescript REGEXP_EXTRACT(computed 0, '[a-z]+', 0)",
    "computed 1",
  ]);
  expect(split("REGEXP_EXTRACT(s, 'a') || '!'")).toEqual([
    "2 typescript REGEXP_EXTRACT(s, 'a')",
    "(computed 0 || '!')",
  ]);
});

test("an argument that several calls have is one column", () => {
  expect(split("REGEXP_EXTRACT(TRIM(s), 'a')", "LOWER(TRIM(s))", "REGEXP_EXTRACT(LOWER(TRIM(s)), 'b')")).toEqual([
    "2 emitted TRIM(s)",
    "3 typescript REGEXP_EXTRACT(computed 0, 'a')",
    "4 both LOWER(computed 0)",
    "5 typescript REGEXP_EXTRACT(computed 2, 'b')",
    "computed 1",
    "computed 2",
    "computed 3",
  ]);
});

const unreachable = (): never => {
  throw new TypeError("the reference is not asked");
};
function known(name: string): ScalarFunction {
  const found = findFunction(name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
}

test.each(["wasm", "interpret"] as const)("%s: below a call without emitted form nothing else is evaluated", (mode) => {
  const join: ScalarFunction = { ...known("||"), evaluate: unreachable };
  const s = column(0, VARCHAR);
  const e = call(known("REGEXP_EXTRACT"), [call(join, [s, s]), bind("'b.*'")]);
  const rows = [["abc"], ["äöü"], [null], ["b"], [""]];
  const values = ["bcabc", null, null, "bb", null];
  expect(emitted(mode, schema.slice(0, 1), e, rows)).toEqual(values.map((value) => ({ value })));
});

test("what depends on constants alone is prepared once", () => {
  let prepared = 0;
  const once: ScalarFunction = {
    ...known("REGEXP_EXTRACT"),
    evaluate: unreachable,
    prepare([text, pattern]) {
      prepared += 1;
      return ([t]) => `${String(text)} ${String(pattern)} ${String(t)}`;
    },
  };
  const e = call(once, [column(0, VARCHAR), bind("'p'")]);
  expect(emitted("wasm", schema.slice(0, 1), e, [["a"], ["b"], [null]])).toEqual([
    { value: "undefined p a" },
    { value: "undefined p b" },
    { value: null },
  ]);
  expect(prepared).toBe(1);
});

/** Near each other or far apart, ASCII or not: how strings are read does not show. */
test.each([
  ["ASCII", ["", "a", "channel=1", "x".repeat(300)]],
  ["some not ASCII", ["", "a", "größe=1", "日本語", "😀", "x".repeat(300)]],
  ["few and far", ["", "z".repeat(3000)]],
])("strings are read and written whole: %s", (_, texts) => {
  const rows = Array.from({ length: 3000 }, (_, i) => [i % 7 === 0 ? null : (texts[i % texts.length] ?? ""), i]);
  for (const sql of [
    "REGEXP_EXTRACT(s, '.*')",
    "REGEXP_EXTRACT(s || s, '.+')",
    "UPPER(s)",
    "CAST(TRIM(s) AS CHAR(5))",
  ]) {
    const e = bind(sql, schema);
    const expected = rows.map((row) => reference(e, { leaf: (i) => row[i] ?? null, watermark: null }));
    expect(emitted("wasm", schema, e, rows), sql).toEqual(expected);
  }
});

test("an argument fails a row only where the call is used, and before later arguments", () => {
  const e = bind("CASE WHEN n > 0 THEN REGEXP_EXTRACT(CAST(6 / (n - 1) AS STRING), s) END", schema);
  const rows = [
    ["(", 0],
    ["[0-9]", 2],
    ["(", 1],
    ["(", 2],
    [null, 1],
    [null, null],
  ];
  expect(emitted("wasm", schema, e, rows)).toEqual([
    { value: null },
    { value: "6" },
    { error: "DIVISION_BY_ZERO" },
    { error: "INVALID_REGEX" },
    { error: "DIVISION_BY_ZERO" },
    { value: null },
  ]);
});
