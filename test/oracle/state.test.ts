/**
 * Queries that are saved and restored between epochs, into another memory and with another hash seed, put out what they
 * would have put out: the generated programs (STATE_PROGRAMS, STATE_SEED), and chosen ones over values of every type.
 */
import { expect, test } from "vitest";
import { isSqlError } from "../../src/base/error.ts";
import type { Value } from "../../src/base/value.ts";
import { restorePipeline, type SavedPipeline, savePipeline } from "../../src/runtime/durability/pipeline-state.ts";
import { EngineMemory } from "../../src/wasm/memory.ts";
import { scaled } from "../scale.ts";
import { Random } from "../wasm/support.ts";
import { type CutRow, checkCuts, openQuery, planOf } from "./cut.ts";
import { generate, type Program } from "./program.ts";
import { oursOf, tableDdl } from "./sql.ts";

const programs = Number(process.env["STATE_PROGRAMS"] ?? scaled(20));
const firstSeed = Number(process.env["STATE_SEED"] ?? 1);

const rowsOf = (p: Program): readonly CutRow[] =>
  p.rows.map(({ ts, k, s, i, v, x, d, b }) => ({
    time: BigInt(ts) * 1000n,
    values: [BigInt(ts) * 1000n, k, s, i, v, x, d, b],
  }));

const optionsOf = (r: Random, delayMs: number): Parameters<typeof checkCuts>[3] => ({
  ordered: r.below(2) === 1,
  ...r.pick([
    { runRows: 1, epochRuns: r.pick([1, 9, 13]) },
    { runRows: 2, epochRuns: r.pick([3, 7]) },
    { runRows: 7, epochRuns: r.pick([1, 2]) },
    { runRows: 50, epochRuns: 1 },
  ]),
  delay: BigInt(delayMs) * 1000n,
  mode: r.below(6) === 0 ? "interpret" : "wasm",
});

test(`generated programs go on from seed ${firstSeed} on`, { timeout: 600_000 }, () => {
  const saved = new Map<string, number>();
  for (let seed = firstSeed; seed < firstSeed + programs; seed++) {
    const p = generate(seed);
    const r = new Random(seed);
    const plan = planOf(`${tableDdl(p.delayMs)}\n${oursOf(p)};`);
    const tables = checkCuts(`seed ${seed}: ${oursOf(p)}`, plan, rowsOf(p), optionsOf(r, p.delayMs));
    for (const [name, rows] of tables) {
      const kind = name.replace(/_\d+/, "");
      saved.set(kind, Math.max(rows, saved.get(kind) ?? 0));
    }
  }
  if (programs < 20) return;
  const reached = ["window_aggregate", "window_aggregate_values_0", "session_aggregate", "group_aggregate"];
  for (const name of reached) expect(saved.get(name) ?? 0, `rows of ${name}`).toBeGreaterThan(1);
});

const ddl = `CREATE TABLE t (ts TIMESTAMP(3), k STRING, r ROW<a INT, b STRING>, w DECIMAL(38, 10), n INT, v BIGINT, x DOUBLE,
  b BOOLEAN, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);`;

const texts = [null, "", "a", "eight by", "eight bytes and more", "more than sixteen bytes", "more than sixteen bytez"];

function randomRows(r: Random, n: number): readonly CutRow[] {
  let now = 0;
  return Array.from({ length: n }, (): CutRow => {
    now += r.below(3000);
    const time = BigInt(Math.max(0, now - r.below(9000))) * 1000n;
    const row: Value = r.below(5) === 0 ? null : [r.below(3), r.pick(texts)];
    const wide = r.pick([null, 0n, 10n ** 37n, -(10n ** 37n), 3n]);
    const x = r.pick([null, Number.NaN, -0, 0, 0.1, 1e300, -1e300, 1e-300]);
    const values = [
      time,
      r.pick(texts),
      row,
      wide,
      r.below(4),
      BigInt(r.below(9)) - 4n,
      x,
      r.pick([null, true, false]),
    ];
    return { time, values };
  });
}

const window = (of: string, more: string): string => `TABLE(${of}(TABLE t, DESCRIPTOR(ts), ${more}))`;
const tumble = window("TUMBLE", "INTERVAL '7' SECOND");

/** What each is there for, and where its rows have to be. */
const chosen: Readonly<Record<string, { readonly sql: string; readonly tables: readonly string[] }>> = {
  "ROW keys and exact sums": {
    sql: `SELECT r, w, COUNT(*) AS c, SUM(x) AS s, MIN(k) AS m FROM ${tumble} GROUP BY r, w, window_start, window_end`,
    tables: ["window_aggregate", "window_aggregate_panes"],
  },
  "FIRST_VALUE and LAST_VALUE": {
    sql: `SELECT k, FIRST_VALUE(k) AS f, LAST_VALUE(x) AS l FROM ${window("HOP", "INTERVAL '2' SECOND, INTERVAL '10' SECOND")} GROUP BY k, window_start, window_end`,
    tables: ["window_aggregate"],
  },
  "several operators on top of each other": {
    sql: `SELECT c, MAX(s) AS most, COUNT(*) AS n FROM (SELECT k, COUNT(*) AS c, SUM(v) AS s FROM t WHERE n > 0 GROUP BY k) GROUP BY c`,
    tables: ["group_aggregate", "group_aggregate_values_0"],
  },
  "groups that die": {
    sql: `SELECT c, MIN(k) AS least, COUNT(DISTINCT m) AS d FROM (SELECT k, n, COUNT(*) AS c, MAX(x) AS m FROM t GROUP BY k, n) GROUP BY c`,
    tables: ["group_aggregate", "group_aggregate_values_0", "group_aggregate_values_1"],
  },
  "UNION ALL": {
    sql: `SELECT k, COUNT(*) AS c FROM (SELECT k FROM t WHERE n = 1 UNION ALL SELECT k FROM t WHERE v > 0 UNION ALL SELECT 'x') GROUP BY k`,
    tables: ["group_aggregate"],
  },
  "windows of windows": {
    sql: `SELECT k, SUM(c) AS s FROM TABLE(TUMBLE((SELECT k, window_time AS wt, COUNT(*) AS c FROM ${tumble}
      GROUP BY k, window_start, window_end, window_time), DESCRIPTOR(wt), INTERVAL '30' SECOND)) GROUP BY k, window_start, window_end`,
    tables: ["window_aggregate"],
  },
  "sessions that merge": {
    sql: `SELECT k, COUNT(*) AS c, COUNT(DISTINCT x) AS d, LAST_VALUE(DISTINCT n) AS l, SUM(x) FILTER (WHERE b) AS s
      FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY k, window_start, window_end`,
    tables: [
      "session_aggregate",
      "session_aggregate_older",
      "session_aggregate_values_0",
      "session_aggregate_values_1",
    ],
  },
  "sessions with their rows": {
    sql: `SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY r, DESCRIPTOR(ts), INTERVAL '3' SECOND))`,
    tables: ["window_table", "window_table_older", "window_table_rows"],
  },
  "what fails and heals": {
    sql: `SELECT k, SUM(w) AS s, 10 / SUM(n) AS q FROM (SELECT k, w, n, COUNT(*) AS c FROM t GROUP BY k, w, n) GROUP BY k`,
    tables: ["group_aggregate"],
  },
  "nothing but rows": { sql: "SELECT k, 10 / n AS q FROM t WHERE v > 0", tables: [] },
};

for (const [what, { sql, tables }] of Object.entries(chosen)) {
  test(`a query goes on: ${what}`, () => {
    const plan = planOf(`${ddl}\n${sql};`);
    const saved = new Map<string, number>();
    for (let seed = 1; seed <= scaled(3); seed++) {
      const r = new Random(seed);
      const reached = checkCuts(`seed ${seed}`, plan, randomRows(r, 120), optionsOf(r, 5000));
      for (const [name, rows] of reached)
        saved.set(name.replace(/_\d+/, ""), Math.max(rows, saved.get(name.replace(/_\d+/, "")) ?? 0));
    }
    for (const name of tables) expect(saved.get(name) ?? 0, `rows of ${name}`).toBeGreaterThan(0);
  });
}

const counted = (what: string): string => `SELECT k, ${what} AS c FROM ${tumble} GROUP BY k, window_start, window_end`;

/** Why a query refuses a state; what it holds afterwards is what it held before. */
function refusal(sql: string, saved: SavedPipeline): string {
  const { pipeline } = openQuery(planOf(`${ddl}\n${sql};`), new EngineMemory({ pages: 256 }));
  const before = savePipeline(pipeline);
  try {
    restorePipeline(pipeline, saved);
    return "not refused";
  } catch (error) {
    if (!isSqlError(error)) throw error;
    expect(error.code).toBe("STATE_MISMATCH");
    expect(savePipeline(pipeline)).toEqual(before);
    return error.message;
  } finally {
    pipeline.close();
  }
}

test("a state of another query or version is refused, and nothing is restored", () => {
  const { pipeline } = openQuery(planOf(`${ddl}\n${counted("SUM(v)")};`), new EngineMemory({ pages: 256 }));
  const saved = savePipeline(pipeline);
  const name = saved.tables.map((t) => t.name).find((n) => /^window_aggregate_\d+$/.test(n)) ?? "";
  pipeline.close();
  const reason = (sql: string, state: SavedPipeline = saved): string =>
    refusal(sql, state).replaceAll(/_\d+/g, "").replace("the state ", "");
  expect(reason(counted("SUM(v)"))).toBe("not refused");
  expect(reason(counted("MIN(x)"))).toBe(
    'window_aggregate is not that of this query: its columns are others from "c" on',
  );
  expect(reason("SELECT k, SUM(v) AS c FROM t GROUP BY k")).toContain("is not that of this query: ");
  const versions = { ...saved.meta.versions, [name]: 7 };
  expect(reason(counted("SUM(v)"), { ...saved, meta: { ...saved.meta, versions } })).toBe(
    "window_aggregate is not that of this query: it has version 7, and 1 is read here",
  );
  const others = saved.tables.filter((t) => t.name !== name);
  expect(reason(counted("SUM(v)"), { ...saved, tables: others })).toBe(
    "window_aggregate is not that of this query: it is missing",
  );
  const cutShort = saved.tables.map((t) => (t.name === `${name}_progress` ? { ...t, chunks: [] } : t));
  expect(reason(counted("SUM(v)"), { ...saved, tables: cutShort })).toBe(
    "window_aggregate_progress is not that of this query: progress has one row",
  );
});
