/** Recovery: every mistake of a file is one error, whatever stands around it. TIDEMARK_FUZZ: how many changed statements. */
import { expect, test } from "vitest";
import { lex } from "../../grammar/lexer.ts";
import { parseStatements } from "../../grammar/parse.ts";
import { scaled } from "../scale.ts";
import { corpus, parse } from "./tree.ts";

/** The text under each caret. */
const carets = (text: string): readonly string[] =>
  parseStatements(text).errors.map(({ span }) => text.slice(span?.start, span?.end));

test.each([
  ["two items and the condition", "SELECT a b c, d, e f g FROM t WHERE x = = 1", ["c", "g", "="]],
  [
    "every clause",
    "SELECT a + FROM t u v WHERE x ( GROUP BY a b HAVING > 1 ORDER BY c d e",
    ["FROM", "v", "GROUP", "b", ">", "d"],
  ],
  ["clauses of a query", "SELECT a FROM t WHERE x 1 GROUP BY a b HAVING 2 3 ORDER BY c d", ["1", "b", "3", "d"]],
  [
    "columns and options",
    "CREATE TABLE t (a INT b INT, c, d INT) WITH ('k' 'v', 'm' = 1, 'n' = )",
    ["b", "c", "'v'", ")"],
  ],
  ["a column list and the query", "INSERT INTO t (a, b c) SELECT x y z FROM u", ["c", "z"]],
  ["common table and main query", "WITH a AS (SELECT 1 2 3), b (SELECT 1) SELECT x y z FROM a", ["2", "(", "z"]],
  ["subquery and what is around it", "SELECT a b c FROM (SELECT d e f FROM u) AS s WHERE g h", ["c", "f", "h"]],
  ["both sides of UNION", "SELECT a b c FROM t UNION ALL SELECT d FROM u WHERE e f", ["c", "f"]],
  ["join conditions", "SELECT * FROM a JOIN b ON a.x b.x LEFT JOIN c ON a.y == = c.y WHERE d e", ["b", "=", "e"]],
  ["rows", "INSERT INTO t VALUES (1, 2), (3 4), (5, 6), (7,)", ["4", ","]],
  [
    "a statement set",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT b c d FROM e; SELECT 1; INSERT INTO f SELECT 2 3 4; END; SELECT a b c",
    ["d", "SELECT", "3", "c"],
  ],
  ["a set without END", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; CREATE TABLE t (a b c)", ["", "c"]],
  [
    "measures and definitions",
    "SELECT * FROM t MATCH_RECOGNIZE (MEASURES a b c, d AS e PATTERN (A) DEFINE A AS f g, B h)",
    ["c", "g", "h"],
  ],
  ["a missing parenthesis and a condition", "SELECT SUM(a FROM t WHERE x y", ["FROM", "y"]],
  ["a parenthesis too many and a condition", "SELECT SUM(a)) FROM t WHERE x y", [")", "y"]],
  ["a misspelt clause and a condition", "SELECT a FORM t, LATERAL TABLE(f(b)) WHERE x y", ["FORM", "y"]],
  ["what the lexer cannot read", "SELECT a §, b c d FROM t; SELECT 12abc, e f g FROM t", ["§", "d", "12abc", "g"]],
])("%s", (_name, text, expected) => {
  expect(carets(text)).toEqual(expected);
});

test("a statement set ends with its END, also where the last semicolon is missing, and CASE has an END of its own", () => {
  const set = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN b THEN 1 END FROM c; END";
  expect(parseStatements(`${set}; SELECT 1`).statements.map(({ kind }) => kind)).toEqual([
    "statementSet",
    "queryStatement",
  ]);
  expect(carets("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT b FROM c END; SELECT d e f")).toEqual(["END", "f"]);
});

test("what a broken statement would have done is known by its first words", () => {
  const effects = (text: string): unknown =>
    parseStatements(text).broken.map(({ effect, names }) => [effect, ...names]);
  expect(effects("CREATE TABLE t (a b c)")).toEqual([["creates", "t"]]);
  expect(effects("CRAETE TABEL IF NOT EXISTS x.t (a INT)")).toEqual([["creates", "t"]]);
  expect(effects('CREATE MATERIALIZED VIEW "a b" AS SELECT 1 2 3')).toEqual([["creates", "a b"]]);
  expect(effects("DROP TABLE a, b c")).toEqual([["drops", "a", "b"]]);
  expect(effects("INSERT INTO t SELECT a b c")).toEqual([["feeds", "t"]]);
  expect(effects("SELCT 1")).toEqual([["query"]]);
  expect(effects("CREATE TABLE t (a STRING) WITH ('k' = 'v")).toEqual([["creates", "t"]]);
});

const COUNT = Number(process.env["TIDEMARK_FUZZ"] ?? scaled(250)) * 8;
const statements = corpus.flatMap(({ text }) => parse(text).map((s) => text.slice(s.span.start, s.span.end)));

/** Ways to spoil the word from `start` to `end`. */
const mistakes: Readonly<Record<string, (text: string, start: number, end: number) => string>> = {
  "left out": (text, start, end) => text.slice(0, start) + text.slice(end),
  doubled: (text, start, end) => `${text.slice(0, end)} ${text.slice(start)}`,
  "two letters swapped": (text, start, end) =>
    /^[A-Za-z]{4,}$/.test(text.slice(start, end))
      ? text.slice(0, start + 1) + text.charAt(start + 2) + text.charAt(start + 1) + text.slice(start + 3)
      : text,
  "words before it": (text, start) => `${text.slice(0, start)} zzz zzz ${text.slice(start)}`,
  "( before it": (text, start) => `${text.slice(0, start)}( ${text.slice(start)}`,
  ") before it": (text, start) => `${text.slice(0, start)}) ${text.slice(start)}`,
};

const places = statements.flatMap((text) =>
  lex(text).tokens.map((token) => ({ text, start: token.startOffset, end: (token.endOffset ?? 0) + 1 })),
);

test.each(Object.entries(mistakes))("one word %s is one error at most", (_name, spoil) => {
  const step = Math.max(1, Math.floor(places.length / (COUNT / Object.keys(mistakes).length)));
  const several: string[] = [];
  let count = 0;
  for (let i = 0; i < places.length; i += step) {
    const place = places[i];
    if (place === undefined) continue;
    const text = spoil(place.text, place.start, place.end);
    if (carets(text).length > 1) several.push(text);
    count++;
  }
  // A change can be read as two mistakes: WITH x (SELECT 1) lacks its AS, or SELECT its place.
  expect(several.length, several.join("\n")).toBeLessThanOrEqual(Math.ceil(count / 200));
});
