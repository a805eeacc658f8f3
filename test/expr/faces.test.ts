/** The two faces of every function and cast agree: `evaluate` is the definition, emitted code must give the same for any row. */
import { describe, expect, test, vi } from "vitest";
import { isString, type Schema, type SqlType, sameType, typeText } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { canCastExplicitly } from "../../src/expr/coerce.ts";
import { validAddress } from "../../src/expr/columns.ts";
import { UNHANDLED } from "../../src/expr/emit/control.ts";
import { computedBy } from "../../src/expr/emit/split.ts";
import type { Expr } from "../../src/expr/expr.ts";
import { literal } from "../../src/expr/expr.ts";
import { exprText } from "../../src/expr/expr-text.ts";
import type { ScalarFunction } from "../../src/expr/function.ts";
import { functions } from "../../src/expr/functions/index.ts";
import { RowLoop } from "../../src/expr/loop/row-loop.ts";
import { call, cast, column, emitted, type Mode, memoryOf, reference } from "./run.ts";
import { random, someTypes, valueOf } from "./values.ts";

/** How many cells of computed columns TypeScript is asked for while `run` runs. */
function cellsAsked(run: () => void): number {
  let cells = 0;
  // Bound again to the loop that it is called on.
  const original = RowLoop.prototype.run;
  const spy = vi.spyOn(RowLoop.prototype, "run").mockImplementation(function (this: RowLoop, batch, mask, rows) {
    const memory = memoryOf("wasm");
    const valid = validAddress(memory, batch, this.leaf);
    for (let row = 0; row < rows; row++) if (memory.u8[valid + row] === UNHANDLED) cells += 1;
    original.call(this, batch, mask, rows);
  });
  try {
    run();
  } finally {
    spy.mockRestore();
  }
  return cells;
}

const seed = Number(process.env["SEED"] ?? 20261121);
const ROWS = 50;
const PAIRS = Number(process.env["PAIRS"] ?? 0.15);
const modes: readonly Mode[] = ["wasm", "interpret"];

const ROUND_DIGITS = [undefined, 0, 1, 2, 5, -1, -2, 30].map((n) => [undefined, n]);
const UNITS = [
  ...["microsecond", "millisecond", "second", "MINUTE", "hours", "day", "week"],
  ...["month", "quarter", "year", "decade", "century", "millennium"],
];
const FIELDS = [...UNITS, "isoyear", "doy", "dow", "isodow", "epoch"];

const TRIMMED = [undefined, " ", "ab ", "", "Cz\u0000", "ä "].map((set) => (set === undefined ? [] : [undefined, set]));

/** Arguments that have to be constants, by the function's name: the constants by place, undefined for none there. */
const constants: Readonly<Record<string, readonly (readonly (Value | undefined)[])[]>> = {
  ROUND: ROUND_DIGITS,
  DATE_TRUNC: UNITS.map((u) => [u]),
  EXTRACT: FIELDS.map((u) => [u]),
  FLOOR: [[], ...UNITS.map((u) => [undefined, u])],
  CEIL: [[], ...UNITS.map((u) => [undefined, u])],
  ...Object.fromEntries(["TRIM", "LTRIM", "RTRIM"].map((name) => [name, TRIMMED])),
  DATE_FORMAT: [
    ["yyyy-MM-dd HH:mm:ss.SSS"],
    ["EEE, d MMMM yy h a 'o''clock' D Q e k K"],
    ["'open"],
    ["q"],
    ["MMMM, LLL EEEE yy yyyyy SSSSSSSS 'größe' HH:kk hh dd DDD y u S M"],
    [""],
  ].map(([p]) => [undefined, p]),
  LIKE: [
    [],
    ...[
      "",
      "%",
      "a%",
      "%c",
      "%b%",
      "abc",
      "a%c",
      "%a%b%",
      "%%",
      "_",
      "a_c",
      "a\\%%",
      "%\\",
      "äöü",
      "%日%",
      "%x😀",
      "_%",
      "%_",
      "%__",
      "%b_%",
      "a%_c%",
      "_b_",
      "%_b%c_%",
      "%日_",
      "%_x%",
      "ä%_",
    ].map((p) => [undefined, p]),
    [undefined, "a!%b!_c", "!"],
    [undefined, "a\\b", ""],
  ],
  REGEXP_EXTRACT: [
    [undefined, "(a)(b)?", 2],
    [undefined, "[bc]+"],
    [undefined, "("],
  ],
};

/** Which argument, by place, must be a constant for emitted code. */
const needsConstant =
  (place: number) =>
  (args: readonly Expr[]): boolean =>
    args.length > place && args[place]?.node !== "literal";
/** Constants that fail for every row. */
const isWrong = (args: readonly Expr[]): boolean =>
  args.some((a) => a.node === "literal" && typeof a.value === "string" && ["%\\", "'open", "q"].includes(a.value));
const isFloat = (t: SqlType | undefined): boolean => t?.kind === "FLOAT" || t?.kind === "DOUBLE";

/** A set of characters beyond ASCII, or one that may differ by row. */
function isTrimLeft(args: readonly Expr[]): boolean {
  const set = args[1];
  return needsConstant(1)(args) || (set?.node === "literal" && set.value === "ä ");
}

/** Calls that have no emitted form, by the function's name; all others must have one. */
const leftToTypeScript: Readonly<Record<string, (args: readonly Expr[]) => boolean>> = {
  REGEXP_EXTRACT: () => true,
  "%": ([a]) => isFloat(a?.type),
  ROUND: (args) =>
    needsConstant(1)(args) || (isFloat(args[0]?.type) && args[1]?.node === "literal" && args[1].value === 30),
  ...Object.fromEntries(["TRIM", "LTRIM", "RTRIM"].map((name) => [name, isTrimLeft])),
  LIKE: (args) => needsConstant(1)(args) || needsConstant(2)(args) || isWrong(args),
  DATE_FORMAT: (args) => needsConstant(1)(args) || isWrong(args),
};
const isInterval = (t: SqlType): boolean => t.kind === "INTERVAL_DAY" || t.kind === "INTERVAL_MONTH";

/** Casts without emitted form: of ROWs, and between intervals and text. */
const isCastLeft = (from: SqlType, to: SqlType): boolean =>
  !sameType(from, to) &&
  (from.kind === "ROW" || (isInterval(from) && isString(to)) || (isString(from) && isInterval(to)));

/** The call with a definition that counts for how many rows it was asked. */
function counted(e: Expr): { readonly e: Expr; readonly rows: () => number } {
  if (e.node !== "call") return { e, rows: () => 0 };
  let rows = 0;
  const { fn } = e;
  const evaluate: ScalarFunction["evaluate"] = (args, types) => {
    rows += 1;
    return fn.evaluate(args, types);
  };
  return { e: { ...e, fn: { ...fn, evaluate } }, rows: () => rows };
}

/** Emitted code computes what it promises: all rows, or, where it may leave some, not all of them. */
function checkFaces(e: Expr, types: readonly SqlType[]): void {
  if (e.node !== "call") return;
  const by = computedBy(e);
  const isLeft = leftToTypeScript[e.fn.name]?.(e.args) === true;
  expect(by === "typescript", `${exprText(e)} of ${types.map(typeText).join()}`).toBe(isLeft);
  if (isLeft) return;
  const { e: watched, rows: asked } = counted(e);
  const { rows, schema } = rowsOf(types);
  emitted("wasm", schema, watched, rows);
  const known = rows.filter((row) => !row.includes(null)).length;
  if (by === undefined) expect(asked(), `${exprText(e)}: rows left to TypeScript`).toBe(0);
  else expect(asked(), `${exprText(e)}: rows left to TypeScript, of ${known}`).toBeLessThan(known * LEFT_MOST);
}
/** What emitted code may leave of values that are extremes for the most part. */
const LEFT_MOST = 0.8;

function rowsOf(types: readonly SqlType[]): { readonly schema: Schema; readonly rows: readonly (readonly Value[])[] } {
  const next = random(seed);
  const rows = Array.from({ length: ROWS }, () => types.map((t): Value => (next() < 0.12 ? null : valueOf(t, next))));
  return { rows, schema: types.map((type, i) => ({ name: `c${i}`, type, nullable: true })) };
}

function check(e: Expr, types: readonly SqlType[], modesNow: readonly Mode[]): void {
  const { rows, schema } = rowsOf(types);
  const expected = rows.map((row) => reference(e, { leaf: (i) => row[i] ?? null, watermark: null }));
  for (const mode of modesNow) {
    const actual = emitted(mode, schema, e, rows);
    actual.forEach((outcome, i) => {
      expect(
        outcome,
        `seed ${seed}, ${mode}, ${types.map(typeText).join()} of ${JSON.stringify(rows[i], text)}`,
      ).toEqual(expected[i]);
    });
  }
}
const text = (_: string, v: unknown): unknown => (typeof v === "bigint" ? `${v}n` : v);

/** Every list of argument types up to three long that the function takes. */
function calls(fn: ScalarFunction): { readonly e: Expr; readonly types: readonly SqlType[] }[] {
  const scalar = someTypes.filter((t) => t.kind !== "ROW");
  const found: { e: Expr; types: readonly SqlType[] }[] = [];
  const attempt = (types: readonly SqlType[], fixed: readonly (Value | undefined)[]): void => {
    const args = types.map((t, i): Expr => {
      const value = fixed[i];
      if (value === undefined) return column(i, t);
      return literal(value, typeof value === "number" ? { kind: "INT" } : { kind: "VARCHAR", length: undefined });
    });
    const signature = fn.resolve(
      args.map((a) => ({ type: a.type, nullable: a.nullable, literal: a.node === "literal" ? a.value : undefined })),
    );
    if (signature !== undefined && "params" in signature) found.push({ e: call(fn, args), types });
  };
  const next = random(seed);
  for (const fixed of constants[fn.name] ?? [[]]) {
    // In the place of a constant the type does not matter.
    const [firsts, seconds] = [0, 1].map((place) => (fixed[place] === undefined ? scalar : scalar.slice(0, 1)));
    for (const a of firsts ?? []) {
      attempt([a], fixed);
      // Of pairs of different types a part is enough: which one depends on the seed.
      for (const b of seconds ?? []) if (a === b || fixed.length > 0 || next() < PAIRS) attempt([a, b], fixed);
    }
    for (const a of scalar.slice(0, 14)) for (const t of [a]) attempt([t, { kind: "INT" }, { kind: "INT" }], fixed);
    attempt([{ kind: "VARCHAR", length: undefined }, { kind: "VARCHAR", length: undefined }, { kind: "INT" }], fixed);
    attempt(
      Array.from({ length: 3 }, () => ({ kind: "VARCHAR", length: undefined })),
      fixed,
    );
  }
  return found;
}

describe.each(Object.values(functions).map((fn) => [fn.name, fn] as const))("%s", (_, fn) => {
  test("emitted code and the reference agree for all types that it takes", () => {
    const all = calls(fn);
    expect(all.length).toBeGreaterThan(0);
    all.forEach(({ e, types }, i) => {
      // The interpreter reads the same code and is slow: a part of the calls is enough for it.
      check(e, types, i % 4 === 0 ? modes : ["wasm"]);
    });
  });

  test("emitted code computes what is not known to be left to TypeScript", () => {
    for (const { e, types } of calls(fn)) checkFaces(e, types);
  });
});

describe.each(someTypes.map((t) => [typeText(t), t] as const))("CAST from %s", (_, from) => {
  test("emitted code and the reference agree for all types to which it casts", () => {
    for (const to of someTypes.filter((t) => canCastExplicitly(from, t))) {
      check(cast(column(0, from), to), [from], modes);
      check(cast(column(0, from), to, true), [from], ["wasm"]);
    }
  });

  test("emitted code computes what is not known to be left to TypeScript", () => {
    for (const to of someTypes.filter((t) => canCastExplicitly(from, t))) {
      const e = cast(column(0, from), to);
      const by = computedBy(e);
      expect(by === "typescript", exprText(e)).toBe(isCastLeft(from, to));
      const { rows, schema } = rowsOf([from]);
      const asked = cellsAsked(() => emitted("wasm", schema, e, rows));
      if (by === "typescript") expect(asked).toBe(ROWS);
      else if (by === undefined) expect(asked, `${exprText(e)}: rows left to TypeScript`).toBe(0);
      else if (isString(from)) expect(asked, `${exprText(e)}: rows left`).toBeLessThan(ROWS);
      else expect(asked, `${exprText(e)}: rows left`).toBeLessThan(ROWS * LEFT_MOST);
    }
  });
});
