/**
 * Random expressions in SQL against DuckDB, where both mean the same: arithmetic of integers and DECIMALs with its
 * overflow, comparison and three-valued logic, CASE, strings, times. A row that fails is NULL there (TRY). Conditions
 * hold nothing that can fail, for DuckDB promises no order in AND and OR. SEED sets the seed, DUCK_PROGRAMS how many.
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { BIGINT, decimal, INT, type Schema, timestamp, VARCHAR } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { valueToText } from "../../src/expr/text.ts";
import { scaled } from "../scale.ts";
import { emitted, type Outcome, reference } from "./run.ts";
import { bind } from "./sql.ts";
import { random, valueOf } from "./values.ts";

const seed = Number(process.env["SEED"] ?? 20261121);
const PROGRAMS = Number(process.env["DUCK_PROGRAMS"] ?? scaled(300));
const ROWS = 60;

// DuckDB keeps sums and products of small DECIMALs in 64 bits: few enough digits stay below that.
const money = decimal(6, 2);
const rate = decimal(5, 4);
const time = timestamp(6);
const schema: Schema = Object.entries({
  i: INT,
  j: INT,
  b: BIGINT,
  c: BIGINT,
  d: money,
  e: rate,
  s: VARCHAR,
  t: VARCHAR,
  at: time,
  on: time,
}).map(([name, type]) => ({ name: `${name}_`, type, nullable: true }));
const DUCK_COLUMNS =
  "pos INT, i_ INT, j_ INT, b_ BIGINT, c_ BIGINT, d_ DECIMAL(6, 2), e_ DECIMAL(5, 4), s_ VARCHAR, t_ VARCHAR, at_ TIMESTAMP, on_ TIMESTAMP";

const words = ["", "a", "abc", " abc ", "ABC", "äöü", "日本語", "😀x", "a%b_c", "one two", "x".repeat(40)];

function rowOf(next: () => number): readonly Value[] {
  return schema.map(({ type }) => {
    if (next() < 0.15) return null;
    if (type.kind === "VARCHAR") return words[Math.floor(next() * words.length)] ?? "";
    // Years that DuckDB writes alike.
    if (type.kind === "TIMESTAMP") return BigInt(Math.floor((next() - 0.3) * 4e15));
    return valueOf(type, next);
  });
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const sqlValue = (v: Value, index: number): string => {
  const type = schema[index]?.type;
  return v === null || type === undefined ? "NULL" : quoted(valueToText(type, v));
};

/** The same expression in both languages. */
interface Both {
  readonly ours: string;
  readonly duck: string;
}
const same = (sql: string): Both => ({ ours: sql, duck: sql });
/** `form` with each ? replaced, in order. */
function put(form: string, ...parts: readonly Both[]): Both {
  const filled = (side: keyof Both): string =>
    form.split("?").reduce((a, b, i) => a + (parts[i - 1]?.[side] ?? "") + b);
  return { ours: filled("ours"), duck: filled("duck") };
}

/** Counts of characters, which are BIGINT there. */
const asInt = (both: Both): Both => ({ ...both, duck: `CAST(${both.duck} AS INT)` });

class Programs {
  private readonly next: () => number;
  constructor(next: () => number) {
    this.next = next;
  }
  private pick<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.next() * list.length)];
    if (item === undefined) throw new Error("nothing to pick");
    return item;
  }

  any(): Both {
    return this.pick([
      () => this.integer(3),
      () => this.exact(2),
      () => this.text(3),
      () => this.condition(3),
      () => this.time(2),
    ])();
  }

  integer(depth: number): Both {
    if (depth === 0) return same(this.pick(["i_", "j_", "b_", "c_", "1", "-7", "100", "2147483647"]));
    const again = (): Both => this.integer(depth - 1);
    const sign = this.pick(["+", "-", "*"]);
    const divisor = same(this.pick(["2", "7", "1000"]));
    return this.pick([
      () => put(`(? ${sign} ?)`, again(), again()),
      () => put(`(? ${sign} ?)`, again(), again()),
      () => put("(- ?)", again()),
      () => put("ABS(?)", again()),
      () => put("(? % ?)", again(), divisor),
      () => {
        const a = again();
        return { ours: `(${a.ours} / ${divisor.ours})`, duck: `(${a.duck} // ${divisor.duck})` };
      },
      () => this.branches(again),
      () => asInt(put("LENGTH(?)", this.text(depth - 1))),
      () => asInt(put("POSITION(? IN ?)", this.text(0), this.text(depth - 1))),
      () =>
        put(
          `EXTRACT(${this.pick(["YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "DOY", "WEEK"])} FROM ?)`,
          this.time(depth - 1),
        ),
      () => put("CAST(? AS INT)", this.pick([again, () => this.exact(1)])()),
      () => put("CAST(? AS SMALLINT)", again()),
      () => put(`${this.pick(["GREATEST", "LEAST"])}(?, ?)`, again(), again()),
    ])();
  }

  /** Few enough digits that no scale has to shrink. */
  exact(depth: number): Both {
    if (depth === 0) return same(this.pick(["d_", "e_", "d_", "1.5", "-0.01", "i_"]));
    const again = (): Both => this.exact(depth - 1);
    if (depth === 1 && this.next() < 0.4)
      return put("(? * ?)", same(this.pick(["d_", "e_", "2.5"])), same(this.pick(["d_", "e_", "0.125"])));
    return this.pick([
      () => put(`(? ${this.pick(["+", "-"])} ?)`, again(), again()),
      () => put("(- ?)", again()),
      () => put("ABS(?)", again()),
      () => put(`CAST(? AS DECIMAL(${this.pick(["12, 2", "20, 6", "5, 1"])}))`, again()),
    ])();
  }

  text(depth: number): Both {
    if (depth === 0) return same(this.pick(["s_", "t_", "'b'", "''", "' ö '"]));
    const again = (): Both => this.text(depth - 1);
    return this.pick([
      () => put("(? || ?)", again(), again()),
      () => put("CONCAT(?, ?)", again(), again()),
      () => put(`${this.pick(["LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM"])}(?)`, again()),
      () => put(`${this.pick(["TRIM", "LTRIM", "RTRIM"])}(?, 'ax')`, again()),
      () => put(`SUBSTRING(?, ${this.pick([1, 2, 5])}, ${this.pick([0, 1, 3])})`, again()),
      () => put("SUBSTRING(?, 2)", again()),
      () => this.branches(again),
      () => put("NULLIF(?, ?)", again(), again()),
      () =>
        put(
          "CAST(? AS VARCHAR)",
          this.pick([() => same("b_"), () => same("d_"), () => same("e_"), () => this.time(0)])(),
        ),
      () => put("CAST(? AS VARCHAR)", this.condition(1)),
    ])();
  }

  time(depth: number): Both {
    if (depth === 0) return same(this.pick(["at_", "on_"]));
    const again = (): Both => this.time(depth - 1);
    return this.pick([
      () => put(`DATE_TRUNC('${this.pick(["hour", "day", "week", "month", "quarter", "year"])}', ?)`, again()),
      () =>
        put(
          `(? ${this.pick(["+", "-"])} INTERVAL '${this.pick([1, 90])}' ${this.pick(["DAY", "MINUTE", "MONTH"])})`,
          again(),
        ),
      () => this.branches(again),
    ])();
  }

  private branches(again: () => Both): Both {
    return put(
      "CASE WHEN ? THEN ? WHEN ? THEN ? ELSE ? END",
      this.condition(1),
      again(),
      this.condition(1),
      again(),
      again(),
    );
  }

  /** Nothing in it fails. */
  condition(depth: number): Both {
    if (depth > 0 && this.next() < 0.5) {
      const again = (): Both => this.condition(depth - 1);
      return this.pick([
        () => put("(? AND ?)", again(), again()),
        () => put("(? OR ? OR ?)", again(), again(), again()),
        () => put("(NOT ?)", again()),
        () => put("(? IS NULL)", again()),
      ])();
    }
    const sign = this.pick(["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]);
    return this.pick([
      () => put(`(? ${sign} ?)`, this.integer(0), this.integer(0)),
      () => put(`(? ${sign} ?)`, this.exact(0), this.exact(0)),
      () => put(`(? ${sign} ?)`, this.text(1), this.text(0)),
      () => put(`(? ${sign} ?)`, this.time(0), this.time(0)),
      () => put("(? BETWEEN ? AND ?)", this.integer(0), this.integer(0), this.integer(0)),
      () => put("(? IN (?, ?, NULL))", this.integer(0), this.integer(0), same("1")),
      () => put(`(? LIKE '${this.pick(["%", "a%", "%b%", "_b_", "%ö%", "a_c", "%x😀%"])}')`, this.text(1)),
    ])();
  }
}

const textOf = (type: Schema[number]["type"], o: Outcome): string | null =>
  "error" in o || o.value === null ? null : valueToText(type, o.value);

test(`${PROGRAMS} random expressions mean what they mean in DuckDB (seed ${seed})`, async () => {
  const db = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  // What is computed once for two places would stand, and fail, outside of TRY.
  await db.run("SET disabled_optimizers = 'common_subexpressions'");
  let known = 0;
  for (let n = 0; n < PROGRAMS; n++) {
    const next = random(seed + n);
    if (n % 50 === 0) await db.run(`CREATE OR REPLACE TEMP TABLE r (${DUCK_COLUMNS})`);
    const rows = Array.from({ length: ROWS }, () => rowOf(next));
    const { ours, duck } = new Programs(next).any();
    const tuples = rows.map((row, pos) => `(${[pos, ...row.map(sqlValue)].join(", ")})`);
    await db.run("DELETE FROM r");
    await db.run(`INSERT INTO r VALUES ${tuples.join(", ")}`);
    const answer = await db.runAndReadAll(`SELECT CAST(TRY(${duck}) AS VARCHAR) FROM r ORDER BY pos`);
    const wanted = answer.getRows().map(([v]) => v);
    const e = bind(ours, schema);
    const outcomes = rows.map((row) => reference(e, { leaf: (leaf) => row[leaf] ?? null, watermark: null }));
    const program = `seed ${seed + n}: ${ours}`;
    expect(
      outcomes.map((o) => textOf(e.type, o)),
      program,
    ).toEqual(wanted);
    expect(emitted("wasm", schema, e, rows), program).toEqual(outcomes);
    known += wanted.filter((v) => v !== null).length;
  }
  // Not only NULLs and failures are compared.
  expect(known).toBeGreaterThan((PROGRAMS * ROWS) / 3);
});
