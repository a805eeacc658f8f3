/** Warnings of what fails for every row (E5: it stays, and the rows fail): where, and why. */
import { expect, test } from "vitest";
import { parseStatements } from "../../grammar/parse.ts";
import { Catalog } from "../../src/plan/catalog/catalog.ts";
import { Planner } from "../../src/plan/planner.ts";

const TABLE = "CREATE TABLE t (x STRING, v INT, ts TIMESTAMP(3));\n";

/** `text of the place: message` of each warning, and the codes of errors. */
function warningsOf(sql: string): string[] {
  const text = TABLE + sql;
  const { statements } = parseStatements(text);
  const planned = new Planner(new Catalog()).plan([{ statements, text, path: "t.sql", folder: "/" }], {});
  const said = planned.warnings
    .filter((w) => w.code === "ALWAYS_FAILS")
    .map((w) => `${text.slice(w.span?.start, w.span?.end)}: ${w.message}`);
  return [...said, ...planned.errors.map((e) => e.code)];
}

test.each([
  ["SELECT 1 / 0 FROM t", ["1 / 0: this expression always fails: division by zero"]],
  ["SELECT v + (2 * (1 / 0)) + 1 FROM t", ["1 / 0: this expression always fails: division by zero"]],
  ["SELECT x FROM t WHERE v > 1 % 0", ["1 % 0: this expression always fails: division by zero"]],
  [
    "SELECT SUM(2147483647 + v), SUM(2147483647 + 1) FROM t",
    ["2147483647 + 1: this expression always fails: numeric value out of range: 2147483648 does not fit INT"],
  ],
  [
    "SELECT CAST(3000000000 AS INT) FROM t",
    [
      "CAST(3000000000 AS INT): this expression always fails: numeric value out of range: cannot cast 3000000000 to INT",
    ],
  ],
  [
    "SELECT DATE_FORMAT(ts, 'b') FROM t",
    ["'b': DATE_FORMAT with this always fails: invalid argument: the pattern letter b is not known"],
  ],
  [
    "SELECT DATE_FORMAT(DATE '2026-01-01', 'yyyy' || 'b') FROM t",
    ["'yyyy' || 'b': DATE_FORMAT with this always fails: invalid argument: the pattern letter b is not known"],
  ],
  [
    "SELECT x FROM t WHERE x LIKE 'a!' ESCAPE '!'",
    ["'a!': LIKE with this always fails: LIKE pattern must not end with the escape character"],
  ],
  [
    "SELECT x FROM t WHERE x NOT LIKE 'a\\'",
    ["'a\\': LIKE with this always fails: LIKE pattern must not end with the escape character"],
  ],
  [
    "SELECT REGEXP_EXTRACT(x, '(') FROM t",
    [
      "'(': REGEXP_EXTRACT with this always fails: invalid regular expression: error parsing regexp: missing closing ): `(`",
    ],
  ],
  ["SELECT SUBSTRING(x, v, -1) FROM t", ["-1: SUBSTRING with this always fails: negative substring length"]],
  [
    "CREATE VIEW w AS SELECT 1 / 0 AS y FROM t; SELECT y FROM w",
    ["1 / 0: this expression always fails: division by zero"],
  ],
])("%s", (sql, expected) => {
  expect(warningsOf(sql)).toEqual(expected);
});

test.each([
  "SELECT 1 / v, DATE_FORMAT(ts, x), x LIKE x ESCAPE '!', REGEXP_EXTRACT(x, x), SUBSTRING(x, 1, v) FROM t",
  "SELECT DATE_FORMAT(ts, 'yyyy'), x LIKE 'a!%' ESCAPE '!', x LIKE 'a!' ESCAPE '', REGEXP_EXTRACT(x, '[a]') FROM t",
  "SELECT TRY_CAST(x AS INT), TRY_CAST(3000000000 AS INT), DATE_FORMAT(ts, NULL), x LIKE NULL FROM t",
  "SELECT CASE WHEN TRUE THEN 1 ELSE 1 END, FALSE AND v = 1 FROM t",
  "SET 'on-error' = 'skip'; SELECT 1 / 0 FROM t",
])("nothing is said of %s", (sql) => {
  expect(warningsOf(sql)).toEqual([]);
});

test("what is refused gets no warning besides", () => {
  expect(warningsOf("SELECT x FROM t LIMIT 1 / 0")).toEqual(["CONSTANT_FAILS"]);
  expect(warningsOf("INSERT INTO t VALUES ('a', 1 / 0, NULL)")).toEqual(["BAD_INSERT"]);
});
