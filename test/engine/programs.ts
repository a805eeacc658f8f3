/** Programs for the test of determinism: files and inserts, several sources and queries, all printing into one sink. */
import { at } from "./support.ts";

export interface Insert {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface DeterminismCase {
  readonly name: string;
  readonly sql: string;
}

const KEYS = ["a", "b", "", "a longer key than a cell", "日本", null];

/** A little generator of its own: the same rows on every machine. */
function* numbers(seed: number): Generator<number, never> {
  let x = seed;
  for (;;) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x >>> 8;
  }
}

function rowsOf(seed: number, count: number): { ts: string; k: string | null; v: number | null; x: number }[] {
  const random = numbers(seed);
  const next = (n: number): number => random.next().value % n;
  return Array.from({ length: count }, (_, i) => ({
    ts: at(i * 137 + next(4000) - (next(20) === 0 ? 9000 : 0)),
    k: KEYS[next(KEYS.length)] ?? null,
    v: next(15) === 0 ? null : next(200) - 100,
    x: next(1000) / 8,
  }));
}

const json = (row: Readonly<Record<string, unknown>>): string => JSON.stringify(row);

/** Two files of one table, one of them with bad records, and one of another. */
export function files(): Readonly<Record<string, string>> {
  const p1 = rowsOf(1, 900).map(json);
  for (const [i, line] of [
    [40, "?"],
    [41, '{"ts": "soon", "v": 1}'],
    [300, '{"ts": null}'],
    [301, "{"],
    [600, '{"ts": "2026-01-01 00:01:00", "v": "x"}'],
  ] as const) {
    p1[i] = line;
  }
  return {
    "p1.json": `${p1.join("\n")}\n`,
    "p2.json": `${rowsOf(2, 700).map(json).join("\n")}\n`,
    "q.json": `${rowsOf(3, 500).map(json).join("\n")}\n`,
    "plain.csv": "k,v\na,1\nb,\n,3\na,-4\n",
  };
}

const columns = "ts TIMESTAMP(3), k STRING, v INT, x DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '3' SECOND";
const from = (path: string, format: string): string =>
  ` WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = '${format}')`;
const tables = (p: string, q: string, plain: string): string => `CREATE TABLE p (${columns})${p};
CREATE TABLE q (${columns})${q};
CREATE TABLE plain (k STRING, v INT)${plain};
CREATE TABLE t (${columns});
CREATE TABLE u (${columns});
CREATE VIEW every AS SELECT ts, k, v, x FROM p UNION ALL SELECT ts, k, v, x FROM q;
`;
export const ddl: string = tables(from("p*.json", "json"), from("q.json", "json"), from("plain.csv", "csv"));
/** The same tables, none of them with a file: nothing is read before it is inserted. */
export const ddlWithoutFiles: string = tables("", "", "");

/** What a program inserts, in this order: the two tables by turns. */
export function inserts(): readonly Insert[] {
  const [t, u] = [rowsOf(4, 600), rowsOf(5, 400)];
  const all: Insert[] = [];
  for (let i = 0; i < 600; i += 30) {
    all.push({ table: "t", rows: t.slice(i, i + 30) });
    if (i < 400) all.push({ table: "u", rows: u.slice(i, i + 30) });
  }
  return all;
}

/** The same, and what the files would have held. */
export function insertsForFiles(): readonly Insert[] {
  const [p, q] = [rowsOf(1, 300), rowsOf(3, 300)];
  const all: Insert[] = [
    {
      table: "plain",
      rows: [
        { k: "a", v: 1 },
        { k: null, v: 3 },
        { k: "a", v: -4 },
      ],
    },
  ];
  for (let i = 0; i < 300; i += 60) {
    all.push({ table: "p", rows: p.slice(i, i + 60) }, { table: "q", rows: q.slice(i, i + 60) });
  }
  return [...all, ...inserts()];
}

const window = (table: string, kind: string): string => {
  const second = (n: number): string => `INTERVAL '${n}' SECOND`;
  const sizes: Readonly<Record<string, string>> = {
    TUMBLE: second(10),
    HOP: `${second(4)}, ${second(10)}`,
    CUMULATE: `${second(5)}, ${second(20)}`,
  };
  return `${kind}(TABLE ${table}, DESCRIPTOR(ts), ${sizes[kind] ?? ""})`;
};

const aggregate = (table: string, kind: string, items: string): string =>
  `SELECT k, window_start, window_end, ${items} FROM ${window(table, kind)} GROUP BY k, window_start, window_end;`;

export const programs: readonly DeterminismCase[] = [
  { name: "a file as it is", sql: "SELECT ts, k, v FROM p;" },
  { name: "filter and failing expression", sql: "SELECT k, 1000 / v FROM p WHERE x > 20;" },
  { name: "tumble of a folder", sql: aggregate("p", "TUMBLE", "COUNT(*), SUM(v), SUM(x), AVG(x)") },
  { name: "hop of a folder", sql: aggregate("p", "HOP", "COUNT(*), SUM(x), MIN(k), MAX(v)") },
  { name: "cumulate", sql: aggregate("p", "CUMULATE", "COUNT(DISTINCT v), SUM(x), STDDEV_SAMP(x)") },
  { name: "first and last of two sources", sql: aggregate("every", "TUMBLE", "FIRST_VALUE(v), LAST_VALUE(v), SUM(x)") },
  { name: "union of two sources", sql: "SELECT ts, k FROM every;" },
  {
    name: "sessions by key",
    sql: "SELECT k, window_start, window_end, COUNT(*), SUM(x) FROM SESSION(TABLE p PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND) GROUP BY k, window_start, window_end;",
  },
  {
    name: "plain sessions",
    sql: "SELECT k, v, window_start, window_end FROM SESSION(TABLE q PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' SECOND);",
  },
  { name: "plain hop", sql: `SELECT v, window_start FROM ${window("q", "HOP")};` },
  { name: "groups of a file", sql: "SELECT k, COUNT(*), SUM(v), SUM(x) FROM p GROUP BY k;" },
  { name: "groups of inserts", sql: "SELECT k, COUNT(*), MIN(v), MAX(x), SUM(x) FROM t GROUP BY k;" },
  {
    name: "a count of counts",
    sql: "SELECT n, COUNT(*) FROM (SELECT k, v, COUNT(*) AS n FROM t GROUP BY k, v) GROUP BY n;",
  },
  { name: "a filtered changelog", sql: "SELECT k, s FROM (SELECT k, SUM(v) AS s FROM t GROUP BY k) WHERE s > 50;" },
  { name: "distinct", sql: "SELECT DISTINCT k, v FROM every;" },
  {
    name: "several queries over inserts",
    sql: `SELECT k, v FROM t WHERE v > 50; ${aggregate("t", "TUMBLE", "SUM(x)")} SELECT k, COUNT(*) FROM u GROUP BY k; SELECT k, SUM(v) FROM t GROUP BY k; ${aggregate("u", "HOP", "COUNT(*)")}`,
  },
  {
    name: "several queries over files",
    sql: `SELECT k, v FROM p WHERE v > 50; ${aggregate("q", "TUMBLE", "SUM(x)")} SELECT k, COUNT(*) FROM plain GROUP BY k; SELECT v FROM plain;`,
  },
  { name: "inserts beside files", sql: "SELECT ts, v FROM q UNION ALL SELECT ts, v FROM t; SELECT COUNT(*) FROM p;" },
  { name: "a changelog beside rows", sql: "SELECT k, SUM(v) AS s FROM t GROUP BY k UNION ALL SELECT k, v FROM u;" },
  {
    name: "order and limit",
    sql: "SELECT k, SUM(x) AS s FROM every GROUP BY k ORDER BY s DESC; SELECT v FROM p ORDER BY v LIMIT 20; SELECT k FROM q LIMIT 5;",
  },
  {
    name: "windows of windows",
    sql: `SELECT window_start, SUM(n), COUNT(*) FROM TUMBLE((SELECT n, window_time AS wt FROM (SELECT k, window_start, window_end, window_time, COUNT(*) AS n FROM ${window("p", "TUMBLE")} GROUP BY k, window_start, window_end, window_time)), DESCRIPTOR(wt), INTERVAL '30' SECOND) GROUP BY window_start, window_end;`,
  },
  {
    name: "a table that a query fills",
    sql: `CREATE TABLE mid (ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts); INSERT INTO mid SELECT ts, v FROM q WHERE v IS NOT NULL; INSERT INTO mid SELECT ts, v FROM t WHERE v > 0; SELECT v FROM mid; SELECT window_end, SUM(v) FROM TUMBLE(mid, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end;`,
  },
  {
    name: "error and late tables",
    sql: `CREATE MATERIALIZED VIEW w AS ${aggregate("p", "TUMBLE", "SUM(1000 / v) AS s")} SELECT source, line, code, record FROM "p$errors"; SELECT line, code, record FROM "w$errors"; SELECT op, partly, "position", watermark, windows, record FROM "w$late";`,
  },
];
