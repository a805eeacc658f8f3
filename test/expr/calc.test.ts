/** Calc as text tables: rows in, rows out. */
import { describe, expect, test } from "vitest";
import { type Schema, VARCHAR } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { exprText } from "../../src/expr/expr-text.ts";
import { valueToCsv } from "../../src/expr/text.ts";
import { calc } from "../../src/operators/calc.ts";
import { type Mode, runCalc } from "./run.ts";
import { bind } from "./sql.ts";

const schema: Schema = [
  { name: "a", type: { kind: "INT" }, nullable: true },
  { name: "b", type: { kind: "BIGINT" }, nullable: false },
  { name: "s", type: VARCHAR, nullable: true },
  {
    name: "r",
    type: {
      kind: "ROW",
      fields: [
        { name: "x", type: { kind: "INT" }, nullable: true },
        { name: "y", type: VARCHAR, nullable: false },
      ],
    },
    nullable: true,
  },
];

/** `a b s x y` a line; `-` is NULL, `-` for x and y a NULL row. */
function rowsOf(table: string): Value[][] {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [a = "-", b = "0", s = "-", x = "-", y = "-"] = line.trim().split(/\s+/);
      const row = x === "-" && y === "-" ? null : [x === "-" ? null : Number(x), y];
      return [a === "-" ? null : Number(a), BigInt(b), s === "-" ? null : s, row];
    });
}

interface Query {
  readonly select: readonly string[];
  readonly where?: string;
  readonly mode?: Mode;
  readonly batchRows?: number;
}

/** A line per row put out, with its origin before it; then the rows that failed and how many were filtered. */
function run({ select, where, mode = "wasm", batchRows = 2048 }: Query, table: string): string {
  const exprs = select.map((sql) => bind(sql, schema));
  const result = runCalc(
    mode,
    schema,
    where === undefined ? undefined : bind(where, schema),
    exprs,
    rowsOf(table),
    batchRows,
  );
  const lines = result.rows.map(({ origin, values }) => {
    const texts = values.map((v, i) => (v === null ? "-" : valueToCsv(exprs[i]?.type ?? VARCHAR, v)));
    return `${origin}: ${texts.join(" ")}`;
  });
  for (const [origin, code] of result.failed) lines.push(`${origin}: ${code}`);
  if (result.filtered > 0) lines.push(`filtered ${result.filtered}`);
  return lines.join("\n");
}

const three = `
  1 10 one 5 five
  - 20 -   - -
  3 30 tri - null-x
`;

describe.each(["wasm", "interpret"] as const)("%s", (mode) => {
  test("columns are passed on, NULLs and rows included", () => {
    expect(run({ select: ["s", "b", "a", "r", "r.y"], mode }, three)).toBe(
      `0: one 10 1 "{""x"":5,""y"":""five""}" five\n1: - 20 - - -\n2: tri 30 3 "{""x"":null,""y"":""null-x""}" null-x`,
    );
  });

  test("a WHERE that is FALSE or NULL filters", () => {
    expect(run({ select: ["b", "r", "s"], where: "a >= 3", mode }, three)).toBe(
      `2: 30 "{""x"":null,""y"":""null-x""}" tri\nfiltered 2`,
    );
  });

  test("a row that fails is left out and reported, the others move up", () => {
    expect(run({ select: ["10 / (a - 1)", "s"], mode }, three)).toBe("1: - -\n2: 5 tri\n0: DIVISION_BY_ZERO");
  });

  test("a WHERE that fails fails the row; later conjuncts do not run where the first is not TRUE", () => {
    expect(run({ select: ["b"], where: "a > 1 AND 6 / (a - 1) = 3", mode }, three)).toBe("2: 30\nfiltered 2");
    expect(run({ select: ["b"], where: "6 / (a - 1) = 3", mode }, three)).toBe(
      "2: 30\n0: DIVISION_BY_ZERO\nfiltered 1",
    );
  });

  test("functions without emitted code run between stages, and only fail rows that use them", () => {
    const select = ["CASE WHEN a = 3 THEN 'x' ELSE REGEXP_EXTRACT(s, SUBSTRING('(', 1, a)) END"];
    expect(run({ select, mode }, three)).toBe("1: -\n2: x\n0: INVALID_REGEX");
    expect(run({ select: ["UPPER(s || 'ß')", "REGEXP_EXTRACT(LOWER(s), '[a-o]+')"], mode }, three)).toBe(
      "0: ONESS one\n1: - -\n2: TRISS i",
    );
  });

  test("the size of batches does not show", () => {
    const query = { select: ["a * 2", "s || '!'", "b"], where: "a IS NOT NULL", mode };
    const whole = run(query, three);
    expect(whole).toBe("0: 2 one! 10\n2: 6 tri! 30\nfiltered 1");
    expect(run({ ...query, batchRows: 1 }, three)).toBe(whole);
    expect(run({ ...query, batchRows: 2 }, three)).toBe(whole);
  });
});

test("strings beyond a chunk of the arena: the stage goes on in another", () => {
  const long = "x".repeat(3000);
  const table = Array.from({ length: 500 }, (_, i) => `${i} ${i} ${long}${i}`).join("\n");
  const lines = run({ select: ["LENGTH(s || s || UPPER(s))", "s || s"] }, table).split("\n");
  expect(lines.length).toBe(500);
  expect(lines[499]).toBe(`499: 9009 ${long}499${long}499`);
});

test("EXPLAIN shows what is selected and the condition", () => {
  const spec = {
    where: bind("a > 1 AND s LIKE 'x%'", schema),
    exprs: [
      { name: "b", expr: bind("b", schema) },
      { name: "double", expr: bind("a * 2", schema) },
    ],
  };
  expect(calc.describe(spec, [schema])).toBe(
    "Calc(select=[b, (a * 2) AS double], where=[((a > 1) AND LIKE(s, 'x%'))])",
  );
  expect(exprText(bind("CAST(a AS STRING) || 'it''s'", schema))).toBe("(CAST(a AS STRING) || 'it''s')");
});
