/**
 * Histories of a program that is changed from life to life over a disk that forgets: queries are added, dropped, changed and
 * put back, the power goes at any call, also while the state becomes that of another program. What is asked at the end is
 * what the last program gives in one life.
 */
import type { Random } from "../random.ts";
import { history, type Program } from "./inserts.ts";
import type { Told } from "./told.ts";

const TABLES = `CREATE TABLE t (k STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
  CREATE TABLE loud (k STRING, total BIGINT);
  INSERT INTO loud SELECT k, COUNT(*) FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)
    GROUP BY k, window_start, window_end;`;

/** By view, what it may be. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  windows: ["COUNT(*) AS n, SUM(v) AS x", "COUNT(*) AS n, MAX(v) AS x"].map(
    (select) => `SELECT k, ${select}, window_end FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)
      GROUP BY k, window_start, window_end`,
  ),
  sessions: ["3", "4"].map(
    (gap) => `SELECT k, MIN(v) AS least, window_start, window_end
      FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '${gap}' SECOND) GROUP BY k, window_start, window_end`,
  ),
  totals: ["SUM(v)", "MIN(v)"].map((x) => `SELECT k, ${x} AS x FROM t GROUP BY k`),
  heard: ["total", "total + 1"].map((x) => `SELECT k, COUNT(*) AS times, SUM(${x}) AS total FROM loud GROUP BY k`),
};

function programFrom(random: Random): Program {
  const chosen = Object.entries(VARIANTS).flatMap(([view, variants]) =>
    random.chance(0.75) ? [{ view, select: variants[random.below(variants.length)] ?? "" }] : [],
  );
  const views = chosen.map(({ view, select }) => `CREATE MATERIALIZED VIEW ${view} AS ${select};`);
  return { sql: [TABLES, ...views].join("\n"), views: chosen.map(({ view }) => view), mayChange: true };
}

export const changeHistory = (seed: number, told: Told): Promise<void> => history(seed, told, programFrom);
