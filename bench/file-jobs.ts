/** Jobs over files: text or Parquet in, windows out. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FileInput, Job } from "./job.ts";
import { keyOf, priceOf, timeOf } from "./rows.ts";

const BID_ROWS = 2_000_000;
const ROWS_PER_MS = 10;
const JITTER_MS = 2000;
const FILL = "tidemark ".repeat(12);
const CHUNK_ROWS = 10_000;

/** Writes `rows` lines through a temporary name, so that an interrupted run leaves no half file behind. */
async function writeLines(path: string, rows: number, header: string, line: (i: number) => string): Promise<void> {
  const out = createWriteStream(`${path}.part`);
  out.write(header);
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    let text = "";
    for (let i = from; i < Math.min(rows, from + CHUNK_ROWS); i++) text += line(i);
    if (!out.write(text)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  await rename(`${path}.part`, path);
}

const bid = (
  i: number,
): { auction: number; bidder: number; price: number; channel: string; url: string; time: string } => {
  const channel = `channel-${keyOf(i, 10_000)}`;
  return {
    auction: 1000 + keyOf(i, 10_000),
    bidder: 1000 + keyOf(i + 1, 20_000),
    price: priceOf(i),
    channel,
    url: `https://www.example.com/item.htm?query=1&${channel}`,
    time: new Date(timeOf(i, ROWS_PER_MS, JITTER_MS)).toISOString().slice(0, 23),
  };
};

function ndjson(i: number): string {
  const { auction, bidder, price, channel, url, time } = bid(i);
  return (
    `{"auction":${auction},"bidder":${bidder},"price":${price},"channel":"${channel}","url":"${url}",` +
    `"dateTime":"${time}","extra":"${FILL.slice(0, 40 + (i % 40))}"}\n`
  );
}

function csv(i: number): string {
  const { auction, bidder, price, channel, url, time } = bid(i);
  return `${auction},${bidder},${price},${channel},${url},${time},${FILL.slice(0, 40 + (i % 40))}\n`;
}

const COLUMNS = ["auction", "bidder", "price", "channel", "url", "dateTime", "extra"] as const;
const TYPES = ["BIGINT", "BIGINT", "BIGINT", "VARCHAR", "VARCHAR", "TIMESTAMP", "VARCHAR"] as const;
const duckdbColumns = `{${COLUMNS.map((name, i) => `${name}: '${TYPES[i]}'`).join(", ")}}`;

function bids(format: "json" | "csv"): FileInput {
  return {
    from: "file",
    file: `bids-${BID_ROWS}.${format === "json" ? "ndjson" : "csv"}`,
    ddl: (path) =>
      `CREATE TABLE input (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, ` +
      "`dateTime` TIMESTAMP(3), extra STRING, WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '2' SECOND) " +
      `WITH ('connector' = 'filesystem', 'format' = '${format}', 'path' = '${path}')`,
    make: (path, rows) =>
      format === "json" ? writeLines(path, rows, "", ndjson) : writeLines(path, rows, `${COLUMNS.join(",")}\n`, csv),
    duckdbScan: (path) =>
      format === "json"
        ? `read_json('${path}', format = 'newline_delimited', columns = ${duckdbColumns})`
        : `read_csv('${path}', header = true, columns = ${duckdbColumns})`,
  };
}

/** From source one folder up, from dist two. */
const root = import.meta.url.endsWith(".ts") ? "../" : "../../";
const flightsPath = fileURLToPath(
  new URL(`${root}node_modules/vega-datasets/data/flights-3m.parquet`, import.meta.url),
);

const flights: FileInput = {
  from: "file",
  file: flightsPath,
  ddl: (path) =>
    "CREATE TABLE input (`date` TIMESTAMP(3), delay BIGINT, origin STRING, WATERMARK FOR `date`) " +
    `WITH ('connector' = 'filesystem', 'format' = 'parquet', 'path' = '${path}')`,
  make: () => Promise.reject(new Error("the development package vega-datasets is not installed")),
  duckdbScan: (path) => `read_parquet('${path}')`,
};

const perAuction =
  "SELECT auction, window_end, COUNT(*) AS n, SUM(price) AS s, MAX(price) AS hi " +
  "FROM TUMBLE(TABLE input, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND) GROUP BY auction, window_start, window_end";
const duckdbPerAuction =
  "SELECT auction, time_bucket(INTERVAL 10 SECOND, dateTime) AS w, COUNT(*) AS n, SUM(price) AS s, MAX(price) AS hi " +
  "FROM input GROUP BY auction, w";

export const fileJobs: readonly Job[] = [
  {
    name: "ndjson",
    title: "NDJSON file (250 B bids), tumble 10 s per auction",
    rows: BID_ROWS,
    input: bids("json"),
    sql: perAuction,
    duckdb: duckdbPerAuction,
    check: ["COUNT(*)", "SUM(n)", "SUM(s)", "MAX(hi)"],
    goal: { least: 5e6, aim: 9e6, ratio: 1.5 },
  },
  {
    name: "csv",
    title: "CSV file, the same",
    rows: BID_ROWS,
    input: bids("csv"),
    sql: perAuction,
    duckdb: duckdbPerAuction,
    check: ["COUNT(*)", "SUM(n)", "SUM(s)", "MAX(hi)"],
    goal: { least: 5e6, aim: 9e6, ratio: 1 },
  },
  {
    name: "flights",
    title: "flights-3m.parquet, hop 7 days by 1 day per origin",
    rows: 3_000_000,
    input: flights,
    sql:
      "SELECT origin, window_end, COUNT(*) AS n, SUM(delay) AS s " +
      "FROM HOP(TABLE input, DESCRIPTOR(`date`), INTERVAL '1' DAY, INTERVAL '7' DAY) GROUP BY origin, window_start, window_end",
    duckdb:
      "WITH panes AS (SELECT origin, time_bucket(INTERVAL 1 DAY, date) AS p, COUNT(*) AS n, SUM(delay) AS s FROM input GROUP BY origin, p) " +
      "SELECT origin, p + INTERVAL 1 DAY * k AS e, SUM(n) AS n, SUM(s) AS s FROM panes, range(1, 8) AS r(k) GROUP BY origin, e",
    check: ["COUNT(*)", "SUM(n)", "SUM(s)"],
    goal: { least: 2.5e6, aim: 8e6 },
  },
];
