/** The rules V1 to V6 of values, one named case each, by both faces. */
import { describe, expect, test } from "vitest";
import { rowErrors } from "../../src/base/row-error.ts";
import { typeText } from "../../src/base/types.ts";
import { valueToText } from "../../src/expr/text.ts";
import { emitted, type Outcome, reference } from "./run.ts";
import { bind } from "./sql.ts";

const schema = [{ name: "c", type: { kind: "INT" }, nullable: true }] as const;

/** The text of a value (PostgreSQL's), NULL, or the SQLSTATE of the error; both faces must give the same. */
function valueOf(sql: string): string {
  const e = bind(sql);
  const shown = (o: Outcome | undefined): string => {
    if (o === undefined) return "nothing";
    if ("error" in o) return rowErrors[o.error].sqlstate;
    return o.value === null ? "NULL" : valueToText(e.type, o.value);
  };
  const expected = shown(reference(e, { leaf: () => null, watermark: null }));
  const [outcome] = emitted("wasm", schema, e, [[1]]);
  expect(shown(outcome), sql).toBe(expected);
  return expected;
}

/** Lines of `expression -> text`. */
function cases(lines: string): void {
  const list = lines.trim().split("\n");
  const actual = list.map((line) => {
    const [sql = ""] = line.split(" -> ");
    return `${sql.trim()} -> ${valueOf(sql)}`;
  });
  expect(actual).toEqual(list.map((l) => l.trim().replace(/\s+->/, " ->")));
}

const typeOf = (sql: string): string => typeText(bind(sql).type);

describe("V1: integers", () => {
  test("division truncates, by zero it fails for every type", () => {
    cases(`
      7 / 2 -> 3
      -7 / 2 -> -3
      -7 % 2 -> -1
      1 / 0 -> 22012
      1 % 0 -> 22012
      1.5 / 0 -> 22012
      1e0 / 0e0 -> 22012
      CAST('NaN' AS DOUBLE) / 0 -> NaN
    `);
  });

  test("overflow fails, MIN / -1 too, MIN % -1 is 0", () => {
    cases(`
      2147483647 + 1 -> 22003
      CAST(127 AS TINYINT) + CAST(1 AS TINYINT) -> 22003
      9223372036854775807 + 1 -> 22003
      9223372036854775807 * -1 -> -9223372036854775807
      4611686018427387904 * 2 -> 22003
      (-9223372036854775807 - 1) / -1 -> 22003
      (-9223372036854775807 - 1) % -1 -> 0
      -(-9223372036854775807 - 1) -> 22003
      1e308 * 10 -> 22003
    `);
  });

  test("CAST of a DOUBLE rounds half to even, of a DECIMAL half away from zero; what does not fit fails", () => {
    cases(`
      CAST(2.5e0 AS INT) -> 2
      CAST(3.5e0 AS INT) -> 4
      CAST(-2.5e0 AS INT) -> -2
      CAST(2.5 AS INT) -> 3
      CAST(-2.5 AS INT) -> -3
      CAST(300 AS TINYINT) -> 22003
      CAST(CAST('NaN' AS DOUBLE) AS INT) -> 22003
      CAST(1e19 AS BIGINT) -> 22003
      TRY_CAST(300 AS TINYINT) -> NULL
      CAST(0.005 AS DECIMAL(4, 2)) -> 0.01
      CAST(99.995 AS DECIMAL(4, 2)) -> 22003
    `);
  });
});

describe("V2: DECIMAL", () => {
  test("literals and results have the types of the rules", () => {
    const types = {
      "1.5": "DECIMAL(2, 1)",
      "1e3": "DOUBLE",
      "1.5 + 10.25": "DECIMAL(5, 2)",
      "1.5 * 10.25": "DECIMAL(7, 3)",
      "1.5 / 10.25": "DECIMAL(9, 6)",
      "1.5 % 10.25": "DECIMAL(3, 2)",
      "1 + 1.5": "DECIMAL(12, 1)",
      "1.5 + 1e0": "DOUBLE",
      "CAST(1 AS BIGINT) * 0.908": "DECIMAL(23, 3)",
      "CAST(1 AS DECIMAL(38, 10)) * CAST(1 AS DECIMAL(38, 10))": "DECIMAL(38, 6)",
    };
    expect(Object.fromEntries(Object.keys(types).map((sql) => [sql, typeOf(sql)]))).toEqual(types);
  });

  test("values are exact and round half away from zero", () => {
    cases(`
      0.1 + 0.2 -> 0.3
      1.5 * 10.25 -> 15.375
      1.5 / 10.25 -> 0.146341
      -1 / 3.0 -> -0.333333
      5.5 % 2 -> 1.5
      CAST(12345678901234567890 AS DECIMAL(38, 0)) * CAST(10 AS DECIMAL(38, 0)) -> 123456789012345678900
      CAST(99999999999999999999999999999999999999 AS DECIMAL(38, 0)) + CAST(1 AS DECIMAL(38, 0)) -> 22003
    `);
  });
});

test("V3: NULLs follow three-valued logic", () => {
  cases(`
    NULL AND FALSE -> false
    NULL AND TRUE -> NULL
    NULL OR TRUE -> true
    NULL OR FALSE -> NULL
    NOT CAST(NULL AS BOOLEAN) -> NULL
    NULL = NULL -> NULL
    NULL IS NULL -> true
    1 IN (2, NULL) -> NULL
    1 IN (1, NULL) -> true
    1 NOT IN (2, NULL) -> NULL
    1 BETWEEN NULL AND 0 -> false
    NULL IS NOT DISTINCT FROM NULL -> true
    COALESCE(NULL, NULL, 3) -> 3
  `);
});

test("E5: AND, OR, CASE and COALESCE evaluate left to right, only what is needed", () => {
  cases(`
    FALSE AND 1 / 0 = 1 -> false
    TRUE OR 1 / 0 = 1 -> true
    1 / 0 = 1 AND FALSE -> 22012
    CASE WHEN TRUE THEN 1 ELSE 1 / 0 END -> 1
    CASE WHEN FALSE THEN 1 / 0 ELSE 2 END -> 2
    COALESCE(1, 1 / 0) -> 1
    COALESCE(NULL, 1 / 0) -> 22012
    CASE WHEN FALSE THEN REGEXP_EXTRACT('a', '(') ELSE 'b' END -> b
  `);
});

test("V4: NaN equals NaN and is the greatest, -0 is 0, text is the shortest that reads back", () => {
  cases(`
    CAST('NaN' AS DOUBLE) = CAST('NaN' AS DOUBLE) -> true
    CAST('NaN' AS DOUBLE) > CAST('Infinity' AS DOUBLE) -> true
    GREATEST(1e0, CAST('NaN' AS DOUBLE)) -> NaN
    CAST('-0' AS DOUBLE) = 0e0 -> true
    CAST(0.1e0 AS STRING) -> 0.1
    CAST(1e15 AS STRING) -> 1e+15
    CAST(123456789012345e0 AS STRING) -> 123456789012345
    CAST(0.0001e0 AS STRING) -> 0.0001
    CAST(0.00001e0 AS STRING) -> 1e-05
    CAST(CAST(0.1e0 AS FLOAT) AS STRING) -> 0.1
    CAST(CAST(16777217 AS FLOAT) AS STRING) -> 1.6777216e+07
  `);
});

test("V5: strings compare by their bytes, LIKE is PostgreSQL's", () => {
  cases(String.raw`
    'Z' < 'a' -> true
    'z' < 'ä' -> true
    CAST('a' AS STRING) < 'ab' -> true
    'abc' LIKE 'a%' -> true
    'abc' LIKE '%b%' -> true
    'abc' LIKE 'b%' -> false
    'abc' LIKE 'a_c' -> true
    'äbc' LIKE '_bc' -> true
    'a%c' LIKE 'a\%c' -> true
    'abc' LIKE 'a\%c' -> false
    'aXbXc' LIKE 'a%b%c' -> true
    'ab' LIKE 'ab%b' -> false
    '' LIKE '%' -> true
    NULL LIKE 'a' -> NULL
  `);
});

test("V6: timestamps as text, with zones applied and impossible ones refused", () => {
  cases(`
    TIMESTAMP '2026-01-31 23:59:59.5' -> 2026-01-31 23:59:59.5
    TRY_CAST('2026-01-31T12:00:00+02:00' AS TIMESTAMP(3)) -> 2026-01-31 10:00:00
    TRY_CAST('2026-02-30 00:00:00' AS TIMESTAMP(3)) -> NULL
    TRY_CAST('2026-01-31 24:00:00' AS TIMESTAMP(3)) -> NULL
    TRY_CAST('2026-01-31 12:00:00.123456789' AS TIMESTAMP(3)) -> 2026-01-31 12:00:00.123
    DATE '2026-01-31' + INTERVAL '1' MONTH -> 2026-02-28 00:00:00
    TIMESTAMP '2026-03-31 10:00:00' - INTERVAL '1' MONTH -> 2026-02-28 10:00:00
    CAST(INTERVAL '90' MINUTE AS STRING) -> 01:30:00
    CAST(INTERVAL '-25' HOUR AS STRING) -> -1 days -01:00:00
    CAST(INTERVAL '14' MONTH AS STRING) -> 1 year 2 mons
    FLOOR(TIMESTAMP '1969-12-31 23:59:59' TO HOUR) -> 1969-12-31 23:00:00
    CEIL(TIMESTAMP '2026-02-10 00:00:01' TO MONTH) -> 2026-03-01 00:00:00
  `);
});
