/** What a person reads after the mistakes that writers of SQL make most: each text is one mistake, and one error. */
import { expect, test } from "vitest";
import { parseStatements } from "../../grammar/parse.ts";
import { render, sortDiagnostics } from "../../src/base/error.ts";
import { Catalog } from "../../src/plan/catalog/catalog.ts";
import { Planner } from "../../src/plan/planner.ts";

const table =
  "CREATE TABLE bids (auction BIGINT, price INT, channel STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);\n";

const mistakes: readonly string[] = [
  // words
  "SELCT auction FROM bids",
  "SELECT auction FORM bids WHERE price > 1",
  "SELECT auction FROM bids WHRE price > 1",
  "SELECT auction FROM bids GRUOP BY auction",
  "SELECT auction FROM bids ODER BY auction",
  "CREATE TABEL t (a INT)",
  "CREATE TABLE t (ts TIMESTAMP(3), WATERMAK FOR ts AS ts)",
  "CREATE TABLE t (ts TIMESTAMP(3), WATERMARK ts AS ts)",
  "CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts - INTERVAL '5' SECOND)",
  "INSERT INTO bids VALUE (1, 2, 'a', NULL)",
  "INSERT bids VALUES (1, 2, 'a', NULL)",
  "SELECT auction FROM bids EMIT CHANGE",
  "SELECT TOP 5 price FROM bids",
  // commas and parentheses
  "SELECT auction price channel FROM bids",
  "SELECT auction, price, FROM bids",
  "SELECT auction, , price FROM bids",
  "SELECT SUM(price FROM bids WHERE price > 1",
  "SELECT SUM(price)) FROM bids",
  "CREATE TABLE t (a INT b INT)",
  "CREATE TABLE t (a INT, b STRING WITH ('connector' = 'blackhole')",
  "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem' 'path' = 'x')",
  "CREATE TABLE t (a INT) WITH (connector = filesystem, path = data/x.json)",
  "CREATE TABLE t (a INT) WITH ('connector' : 'filesystem')",
  "CREATE TABLE t (a, b INT)",
  // quotes and comments
  'SELECT auction FROM bids WHERE channel = "web"',
  "SELECT auction FROM bids WHERE channel = 'web",
  "SELECT auction FROM bids WHERE channel = 'it's'",
  "SELECT ‘web’ FROM bids",
  "SELECT “auction” FROM bids",
  "SELECT auction FROM bids /* all of them",
  "SELECT auction FROM bids # all of them",
  "SELECT price AS 'p' FROM bids",
  "SELECT price FROM bids WHERE channel LIKE %web%",
  // clauses
  "SELECT auction FROM bids GROUP BY auction WHERE price > 1",
  "SELECT price FROM bids HAVING price > 1 GROUP BY price",
  "SELECT price FROM bids LIMIT 10 ORDER BY price",
  "SELECT price FROM bids LIMIT 10 WHERE price > 1",
  "SELECT price FROM bids WHERE price > 1 WHERE price < 9",
  "SELECT price FROM bids GROUP price",
  "SELECT * FROM",
  "SELECT FROM bids",
  "SELECT auction",
  "SELECT a.price FROM bids AS a JOIN bids AS b WHERE a.price = b.price",
  "WITH a AS SELECT 1 SELECT * FROM a",
  // reserved words
  "CREATE TABLE t (order INT, a STRING)",
  "SELECT order FROM bids",
  "SELECT price FROM bids AS select",
  // expressions
  "SELECT price FROM bids WHERE price <> = 1",
  "SELECT price FROM bids WHERE price > 1 AND",
  "SELECT price FROM bids WHERE price IN 1, 2",
  "SELECT price FROM bids WHERE price BETWEEN 1, 2",
  "SELECT price FROM bids WHERE !price",
  "SELECT CASE WHEN price > 1 THEN 'a' ELSE 'b' FROM bids",
  "SELECT CASE price > 1 THEN 'a' END FROM bids",
  "SELECT CAST(price, STRING) FROM bids",
  "SELECT COUNT(*) OVER PARTITION BY auction FROM bids",
  "SELECT DATE '2026-13-01'",
  "SELECT TIMESTAMP '2026-02-30 10:00:00'",
  "SELECT ts + INTERVAL 10 FROM bids",
  "SELECT ts + INTERVAL '10' MINUTS FROM bids",
  // windows
  "SELECT COUNT(*) FROM TUMBLE(DESCRIPTOR(ts), TABLE bids, INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
  "SELECT COUNT(*) FROM TUMBLE(TABLE bids, INTERVAL '1' MINUTE, DESCRIPTOR(ts)) GROUP BY window_start, window_end",
  "SELECT COUNT(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(ts) INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
  "SELECT COUNT(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), 10) GROUP BY window_start, window_end",
  "SELECT COUNT(*) FROM HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' MINUTE) GROUP BY window_start, window_end",
  // statement sets
  "EXECUTE STATEMENT SET BEGIN INSERT INTO bids SELECT * FROM bids END",
  "EXECUTE STATEMENT SET BEGIN INSERT INTO x SELECT 1; SELECT 1; END",
  "EXECUTE STATEMENT SET BEGIN INSERT INTO x SELECT 1; CREATE TABLE t (a INT); SELECT a FROM t",
];

/** Right, though other dialects refuse some of it: nothing is said. */
const accepted: readonly string[] = [
  "SELECT price FROM bids WHERE price == 1",
  "SELECT ts + INTERVAL 10 MINUTE, ts + INTERVAL '10 minutes' FROM bids",
  "SELECT a FROM (SELECT auction AS a FROM bids)",
  "SELECT COUNT(*) FROM TUMBLE(bids, ts, INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
  "CREATE TABLE t (a INT, b INT,)",
];

function errorsOf(text: string): readonly string[] {
  const { statements, broken, errors } = parseStatements(text);
  const planned = new Planner(new Catalog()).plan([{ statements, broken, text, path: "q.sql", folder: "" }], {});
  return sortDiagnostics([...errors, ...planned.errors]).map((error) => render(error, { path: "q.sql", text }));
}

test("the words for each mistake", async () => {
  const texts = mistakes.map((sql) => errorsOf(table + sql).join("\n"));
  await expect(`${texts.join("\n\n")}\n`).toMatchFileSnapshot("golden/mistakes.txt");
});

test.each(mistakes)("one error: %s", (sql) => {
  expect(errorsOf(table + sql)).toHaveLength(1);
});

test.each(accepted)("no error: %s", (sql) => {
  expect(errorsOf(table + sql)).toEqual([]);
});
