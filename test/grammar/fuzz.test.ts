/** No input crashes or hangs the parser, or makes it throw anything. TIDEMARK_FUZZ: how many inputs of each kind. */
import { expect, test } from "vitest";
import { parseStatements } from "../../grammar/parse.ts";
import { render, SqlError } from "../../src/base/error.ts";
import { printStatement } from "../../src/sql/print.ts";
import { scaled } from "../scale.ts";
import { bare, corpus, parse } from "./tree.ts";

const COUNT = Number(process.env["TIDEMARK_FUZZ"] ?? scaled(250));
const SEED = Number(process.env["TIDEMARK_SEED"] ?? 20_260_101);

/** mulberry32: numbers in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Errors render; what parses without any round-trips. */
function check(text: string): void {
  const { statements, errors } = parseStatements(text);
  for (const error of errors) {
    expect(error).toBeInstanceOf(SqlError);
    expect(error.span).toBeDefined();
    expect(render(error, { path: "fuzz.sql", text })).toContain(`error[${error.sqlstate}]`);
  }
  for (const statement of statements) {
    const printed = printStatement(statement);
    expect(bare(parse(printed)), printed).toEqual([bare(statement)]);
  }
}

const statements = corpus.flatMap(({ text }) => parse(text).map((s) => text.slice(s.span.start, s.span.end)));
const words = [...new Set(corpus.flatMap(({ text }) => text.match(/\w+|'[^']*'|[^\s\w]/g) ?? []))];

function run(name: string, make: (random: () => number) => string): void {
  test(`${name} (seed ${SEED}, ${COUNT} inputs)`, () => {
    const random = randomOf(SEED);
    for (let i = 0; i < COUNT; i++) {
      const text = make(random);
      try {
        check(text);
      } catch (error) {
        throw new Error(`seed ${SEED}, input ${i}: ${JSON.stringify(text)}`, { cause: error });
      }
    }
  });
}

const pick = <T>(items: readonly T[], random: () => number): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
};

run("token soup", (random) =>
  Array.from({ length: 1 + Math.floor(random() * 30) }, () => pick(words, random)).join(" "),
);

run("statements with tokens dropped, doubled, swapped and replaced", (random) => {
  const tokens = pick(statements, random).match(/\s+|\w+|'[^']*'|[^\s\w]/g) ?? [];
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
    const at = Math.floor(random() * tokens.length);
    const kind = random();
    if (kind < 0.3) tokens.splice(at, 1);
    else if (kind < 0.5) tokens.splice(at, 0, tokens[at] ?? "");
    else if (kind < 0.7) tokens.splice(at, 1, pick(words, random));
    else tokens.splice(at, 0, ...tokens.splice(Math.floor(random() * tokens.length), 1));
  }
  return tokens.join("");
});

run("parts of statements put together", (random) => {
  const [a, b] = [pick(statements, random), pick(statements, random)];
  return a.slice(0, Math.floor(random() * a.length)) + b.slice(Math.floor(random() * b.length));
});

run("noise", (random) => {
  const units = Array.from({ length: Math.floor(random() * 80) }, () =>
    random() < 0.7 ? 32 + Math.floor(random() * 95) : Math.floor(random() * 0x10000),
  );
  return String.fromCharCode(...units);
});

const monotony = [
  "(",
  "CASE ",
  "'",
  '"',
  "`",
  "-- ",
  "/*",
  "[",
  "a.",
  "1+",
  "NOT ",
  "- ",
  "::int",
  "ARRAY<",
  "$a$",
  "E'\\'",
];

test.each([
  ...monotony,
  "SELECT ",
  "EXPLAIN ",
  ";",
  "x AND ",
  "((SELECT 1)",
  "WITH x AS (",
  "f(",
  "\u2019",
  "INTERVAL ",
])("a megabyte of %s takes linear time", (unit) => {
  const text = (bytes: number): string => unit.repeat(Math.ceil(bytes / unit.length));
  const time = (input: string): number => {
    const start = performance.now();
    const { errors } = parseStatements(input);
    for (const error of errors.slice(0, 3)) render(error, { path: "big.sql", text: input });
    return performance.now() - start;
  };
  // 80 KiB pass the size limit and reach the parser, a megabyte only the lexer: both within the test's time-out,
  // and ten times the text in nothing like a hundred times the time.
  const small = time(`SELECT ${text(8_000)}`);
  const large = time(`SELECT ${text(80_000)}`);
  expect(large).toBeLessThan(40 * Math.max(small, 25));
  expect(time(text(1 << 20))).toBeLessThan(20_000);
});
