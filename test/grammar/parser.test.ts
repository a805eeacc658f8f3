import { expect, test } from "vitest";
import { parseExpression, parseStatements } from "../../grammar/parse.ts";
import { SqlParser } from "../../grammar/parser/statements.ts";
import type { Expr, Statement } from "../../src/sql/ast.ts";
import { printExpr, printStatement } from "../../src/sql/print.ts";
import { bare, corpus, parse } from "./tree.ts";

test("the grammar is valid: no ambiguity, no left recursion, no rule that cannot be reached by two tokens", () => {
  expect(() => new SqlParser(true)).not.toThrow();
});

for (const { name, text } of corpus) {
  test(`${name}: every statement parses, and printing and parsing it again gives the same tree`, async () => {
    const statements = parse(text);
    expect(statements.length).toBeGreaterThan(20);
    for (const statement of statements) {
      const printed = printStatement(statement);
      expect(bare(parse(printed)), printed).toEqual([bare(statement)]);
    }
    await expect(`${statements.map(printStatement).join(";\n")};\n`).toMatchFileSnapshot(`golden/${name}`);
  });

  test(`${name}: the span of every statement is its text`, () => {
    for (const statement of parse(text)) {
      const own = text.slice(statement.span.start, statement.span.end);
      expect(bare(parse(own)), own).toEqual([bare(statement)]);
    }
  });
}

test("spans lie inside the spans of their parents", () => {
  const check = (node: unknown, within: { start: number; end: number }): void => {
    if (typeof node !== "object" || node === null) return;
    const span = "span" in node ? (node.span as { start: number; end: number }) : within;
    expect(span.start, JSON.stringify(node)).toBeGreaterThanOrEqual(within.start);
    expect(span.end).toBeLessThanOrEqual(within.end);
    for (const [key, child] of Object.entries(node)) if (!/span$/i.test(key)) check(child, span);
  };
  for (const { text } of corpus) for (const statement of parse(text)) check(statement, statement.span);
});

/** An expression with all its parentheses. */
function tree(expr: Expr): string {
  switch (expr.kind) {
    case "binary":
      return `(${tree(expr.left)} ${expr.op} ${tree(expr.right)})`;
    case "logical":
      return `(${expr.operands.map(tree).join(` ${expr.op} `)})`;
    case "unary":
      return `(${expr.op} ${tree(expr.operand)})`;
    case "is":
      return `(${tree(expr.operand)} IS ${expr.test})`;
    case "between":
      return `(${tree(expr.operand)} BETWEEN ${tree(expr.low)} AND ${tree(expr.high)})`;
    default:
      return printExpr(expr);
  }
}

test.each([
  ["a + b * c - d", "((a + (b * c)) - d)"],
  ["a OR b AND c OR d", "(a OR (b AND c) OR d)"],
  ["a AND (b AND c)", "(a AND b AND c)"],
  ["NOT a = b AND c", "((NOT (a = b)) AND c)"],
  ["-a ^ b", "((- a) ^ b)"],
  ["a = b IS NULL", "((a = b) IS NULL)"],
  ["a < b + 1 AND c", "((a < (b + 1)) AND c)"],
  ["a BETWEEN 1 + 2 AND 3 AND b", "((a BETWEEN (1 + 2) AND 3) AND b)"],
  ["a || b || c = d", "(((a || b) || c) = d)"],
  ["a -> 'x' ->> 'y' = 'z'", "(((a -> 'x') ->> 'y') = 'z')"],
  ["- 5 :: INT", "(- CAST(5 AS INT))"],
  ["a != b", "(a <> b)"],
  ["a - - b", "(a - (- b))"],
])("%s is %s", (text, expected) => {
  expect(tree(parseExpression(text))).toBe(expected);
});

test.each([
  ["a.b.c", { kind: "column", parts: [{ name: "a" }, { name: "b" }, { name: "c" }] }],
  ["5s", { kind: "interval", text: "5", from: "SECOND" }],
  ["INTERVAL 1 HOURS", { kind: "interval", text: "1", from: "HOUR" }],
  ["interval '10 minutes'", { kind: "interval", text: "10 minutes" }],
  ["TIMESTAMP '2026-01-01 00:00:00'", { kind: "datetime", type: "TIMESTAMP", text: "2026-01-01 00:00:00" }],
  ["timestamp", { kind: "column", parts: [{ name: "timestamp" }] }],
  ["E'a\\n\\u00e9\\''", { kind: "string", value: "a\né'" }],
  ["U&'\\00e9\\+01F600'", { kind: "string", value: "é😀" }],
  ["$tag$it's$tag$", { kind: "string", value: "it's" }],
  ["'it''s'", { kind: "string", value: "it's" }],
  ["x'cafe'", { kind: "bytes", hex: "CAFE" }],
  ["1e3", { kind: "number", form: "double", text: "1e3" }],
  ["1.5", { kind: "number", form: "decimal", text: "1.5" }],
  ["?", { kind: "parameter", index: 1 }],
  [":from_day", { kind: "parameter", name: "from_day" }],
])("%s", (text, expected) => {
  expect(bare(parseExpression(text))).toEqual(expected);
});

const kindOf = (text: string): Statement["kind"] | undefined => parse(text)[0]?.kind;

test("words are keywords only where they have to be", () => {
  expect(kindOf('SELECT date, time, value, key, user, "select", offset, window.end, t.order FROM t')).toBe(
    "queryStatement",
  );
  expect(kindOf("SELECT cast, floor, exists, position FROM array, row")).toBe("queryStatement");
  expect(parseStatements("SELECT a window FROM t").errors).toHaveLength(1);
  expect(parseStatements("SELECT select FROM t").errors).toHaveLength(1);
});

test("every error of a file is reported, at its place, and the good statements are there", () => {
  const text = "SELECT 1;\nSELEC 2;\nSELECT * FROM t WHER a > 1;\nSELECT 'open;\n";
  const { statements, errors } = parseStatements(text);
  expect(statements).toHaveLength(1);
  expect(errors.map((error) => [error.code, error.span?.start, error.didYouMean])).toEqual([
    ["SYNTAX", 10, "SELECT"],
    ["SYNTAX", 35, "WHERE"],
    ["UNTERMINATED_STRING", 54, undefined],
  ]);
});

test("limits: depth, chains and size", () => {
  const codes = (text: string): readonly string[] => parseStatements(text).errors.map((error) => error.sqlstate);
  const nested = (n: number): string => `SELECT ${"(".repeat(n)}1${")".repeat(n)}`;
  expect(codes(nested(90))).toEqual([]);
  expect(codes(nested(101))).toEqual(["54001"]);
  expect(codes(`SELECT 1${" + 1".repeat(450)}`)).toEqual([]);
  expect(codes(`SELECT 1${" + 1".repeat(600)}`)).toEqual(["54001"]);
  expect(codes(`SELECT a ${"OR a ".repeat(20_000)}`)).toEqual([]);
  expect(codes(`SELECT '${"x".repeat(256 * 1024)}'`)).toEqual(["54000"]);
  expect(codes(`INSERT INTO t VALUES ('${"x".repeat(256 * 1024)}')`)).toEqual([]);
});
