/** Jobs over columns handed to `insertColumns`: the engine without the cost of reading text. */
import type { Block, ColumnInput, Job } from "./job.ts";
import {
  duckdbKey,
  duckdbName,
  duckdbPrice,
  duckdbTime,
  duckdbValue,
  keyOf,
  nameOf,
  priceOf,
  timeOf,
  valueOf,
} from "./rows.ts";

const JITTER_MS = 2000;
const WATERMARK = "WATERMARK FOR ts AS ts - INTERVAL '2' SECOND";
/** A TIMESTAMP in a column is microseconds. */
const MICROS = 1000n;
/** Rows are consumed at once: none stays for later queries, so that none is copied for them. */
const STREAM = "WITH ('retention' = '0')";

function times(from: number, to: number, perMs: number): BigInt64Array {
  const ts = new BigInt64Array(to - from);
  for (let i = from; i < to; i++) ts[i - from] = BigInt(timeOf(i, perMs, JITTER_MS)) * MICROS;
  return ts;
}

function readings(keys: number, perMs: number): ColumnInput {
  return {
    from: "columns",
    ddl: `CREATE TABLE input (key INT, v DOUBLE, ts TIMESTAMP(3), ${WATERMARK}) ${STREAM}`,
    block(from, to): Block {
      const key = new Int32Array(to - from);
      const v = new Float64Array(to - from);
      for (let i = from; i < to; i++) {
        key[i - from] = keyOf(i, keys);
        v[i - from] = valueOf(i);
      }
      return { key, v, ts: times(from, to, perMs) };
    },
    duckdbRows: `(${duckdbKey(keys)})::INTEGER AS key, ${duckdbValue} AS v, ${duckdbTime(perMs, JITTER_MS)} AS ts`,
  };
}

function named(keys: number, perMs: number): ColumnInput {
  const encoder = new TextEncoder();
  const names = Array.from({ length: keys }, (_, key) => encoder.encode(nameOf(key)));
  return {
    from: "columns",
    ddl: `CREATE TABLE input (name STRING, v DOUBLE, ts TIMESTAMP(3), ${WATERMARK}) ${STREAM}`,
    block(from, to): Block {
      const offsets = new Uint32Array(to - from + 1);
      const bytes = new Uint8Array((to - from) * 20);
      const v = new Float64Array(to - from);
      let at = 0;
      for (let i = from; i < to; i++) {
        const name = names[keyOf(i, keys)];
        if (name === undefined) throw new RangeError("a key has no name");
        bytes.set(name, at);
        at += name.length;
        offsets[i - from + 1] = at;
        v[i - from] = valueOf(i);
      }
      return { name: { bytes: bytes.subarray(0, at), offsets }, v, ts: times(from, to, perMs) };
    },
    duckdbRows: `${duckdbName(keys)} AS name, ${duckdbValue} AS v, ${duckdbTime(perMs, JITTER_MS)} AS ts`,
  };
}

const bids: ColumnInput = {
  from: "columns",
  ddl: `CREATE TABLE input (auction BIGINT, bidder BIGINT, price BIGINT, ts TIMESTAMP(3), ${WATERMARK}) ${STREAM}`,
  block(from, to): Block {
    const [auction, bidder, price] = [0, 0, 0].map(() => new BigInt64Array(to - from));
    if (auction === undefined || bidder === undefined || price === undefined) throw new RangeError("three columns");
    for (let i = from; i < to; i++) {
      auction[i - from] = BigInt(keyOf(i, 100_000));
      bidder[i - from] = BigInt(keyOf(i + 1, 10_000));
      price[i - from] = BigInt(priceOf(i));
    }
    return { auction, bidder, price, ts: times(from, to, 100) };
  },
  duckdbRows:
    `(${duckdbKey(100_000)})::BIGINT AS auction, (${duckdbKey(10_000).replaceAll("(i *", "((i + 1) *")})::BIGINT AS bidder, ` +
    `(${duckdbPrice})::BIGINT AS price, ${duckdbTime(100, JITTER_MS)} AS ts`,
};

const FIVE = "COUNT(*) AS n, SUM(v) AS s, MIN(v) AS lo, MAX(v) AS hi, AVG(v) AS mean";
const tumbled = (key: string): string =>
  `SELECT ${key}, window_end, ${FIVE} FROM TUMBLE(TABLE input, DESCRIPTOR(ts), INTERVAL '10' SECOND) ` +
  `GROUP BY ${key}, window_start, window_end`;
const duckdbTumbled = (key: string): string =>
  `SELECT ${key}, time_bucket(INTERVAL 10 SECOND, ts) AS w, ${FIVE} FROM input GROUP BY ${key}, w`;
const FIVE_CHECK = ["COUNT(*)", "SUM(n)", "SUM(s)", "MIN(lo)", "MAX(hi)"];

export const columnsJobs: readonly Job[] = [
  {
    name: "tumble-10k",
    title: "tumble 10 s, COUNT SUM MIN MAX AVG, 10 k keys",
    rows: 20_000_000,
    input: readings(10_000, 100),
    sql: tumbled("key"),
    duckdb: duckdbTumbled("key"),
    check: FIVE_CHECK,
    goal: { least: 40e6, aim: 80e6, ratio: 1.2 },
  },
  {
    name: "tumble-1m",
    title: "the same at 1 M keys",
    rows: 20_000_000,
    input: readings(1_000_000, 100),
    sql: tumbled("key"),
    duckdb: duckdbTumbled("key"),
    check: FIVE_CHECK,
    goal: { least: 10e6, aim: 18e6, ratio: 3 },
  },
  {
    name: "hop",
    title: "hop 10 s by 1 s, COUNT SUM, 10 k keys",
    rows: 20_000_000,
    input: readings(10_000, 100),
    sql:
      "SELECT key, window_end, COUNT(*) AS n, SUM(v) AS s " +
      "FROM HOP(TABLE input, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '10' SECOND) GROUP BY key, window_start, window_end",
    // Panes first, as a person would write it for a batch engine that has no hopping window.
    duckdb:
      "WITH panes AS (SELECT key, time_bucket(INTERVAL 1 SECOND, ts) AS p, COUNT(*) AS n, SUM(v) AS s FROM input GROUP BY key, p) " +
      "SELECT key, p + INTERVAL 1 SECOND * k AS e, SUM(n) AS n, SUM(s) AS s FROM panes, range(1, 11) AS r(k) GROUP BY key, e",
    check: ["COUNT(*)", "SUM(n)", "SUM(s)"],
    goal: { least: 30e6, aim: 80e6 },
  },
  {
    name: "session",
    title: "session gap 10 s, 10 k keys",
    rows: 10_000_000,
    input: readings(10_000, 1),
    sql:
      "SELECT key, window_start, window_end, COUNT(*) AS n, SUM(v) AS s " +
      "FROM SESSION(TABLE input PARTITION BY key, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY key, window_start, window_end",
    duckdb:
      "WITH gaps AS (SELECT key, ts, v, CASE WHEN ts - lag(ts) OVER w <= INTERVAL 10 SECOND THEN 0 ELSE 1 END AS first " +
      "FROM input WINDOW w AS (PARTITION BY key ORDER BY ts)), " +
      "numbered AS (SELECT key, ts, v, sum(first) OVER (PARTITION BY key ORDER BY ts ROWS UNBOUNDED PRECEDING) AS session FROM gaps) " +
      "SELECT key, session, COUNT(*) AS n, SUM(v) AS s FROM numbered GROUP BY key, session",
    check: ["COUNT(*)", "SUM(n)", "SUM(s)"],
    goal: { least: 12e6, aim: 40e6 },
  },
  {
    name: "string-keys",
    title: "tumble 10 s by string keys of 9-19 bytes, 10 k distinct",
    rows: 20_000_000,
    input: named(10_000, 100),
    sql: tumbled("name"),
    duckdb: duckdbTumbled("name"),
    check: FIVE_CHECK,
    goal: { least: 30e6, aim: 60e6 },
  },
  {
    name: "project",
    title: "filter and projection with DECIMAL (Nexmark 1 and 2)",
    rows: 20_000_000,
    input: bids,
    sql: "SELECT auction, bidder, 0.908 * price AS euros, ts FROM input WHERE MOD(auction, 3) = 0",
    duckdb: "SELECT auction, bidder, 0.908 * price AS euros, ts FROM input WHERE auction % 3 = 0",
    check: ["COUNT(*)", "SUM(auction)", "SUM(bidder)", "SUM(euros)"],
    goal: { least: 50e6, aim: 150e6 },
  },
];
