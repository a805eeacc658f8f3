/** Our side of a measurement: the public path, SQL text in, the result into a blackhole. */
import { open } from "../../src/index.ts";
import { type Block, type ColumnInput, checkText, type Job, type Measurement } from "../job.ts";

/** Rows handed over at a time: a program with columns at hand gives large blocks. */
const BLOCK_ROWS = 1 << 20;

export async function measureTidemark(job: Job, path: string, rows: number, isCheck: boolean): Promise<Measurement> {
  const { input } = job;
  // Made before the clock starts, as the table is on DuckDB's side.
  const blocks = input.from === "columns" ? blocksOf(input, rows) : [];
  const ddl = input.from === "columns" ? input.ddl : input.ddl(path);
  await using db = await open();
  await db.execute(ddl);
  const start = performance.now();
  await db.execute(isCheck ? checked(job) : blackhole(job));
  for (const block of blocks) await db.insertColumns("input", block);
  db.endInput();
  const { failures, stats } = await db.finished();
  const seconds = (performance.now() - start) / 1000;
  const [failure] = failures;
  if (failure !== undefined) throw failure.error;
  if (stats.bad > 0 || stats.late > 0)
    throw new Error(`${stats.bad} bad and ${stats.late} late rows where there are none`);
  const [found = {}] = isCheck ? await db.query("SELECT * FROM checked") : [];
  return { seconds, rows, rssBytes: process.memoryUsage.rss(), check: Object.values(found).map(checkText) };
}

function blocksOf(input: ColumnInput, rows: number): readonly Block[] {
  const blocks: Block[] = [];
  for (let from = 0; from < rows; from += BLOCK_ROWS) blocks.push(input.block(from, Math.min(rows, from + BLOCK_ROWS)));
  return blocks;
}

const blackhole = (job: Job): string => `CREATE SINK result AS ${job.sql} WITH ('connector' = 'blackhole')`;

/** The aggregates that DuckDB's answer is compared with, kept up to date over the result. */
const checked = (job: Job): string =>
  `CREATE VIEW result AS ${job.sql};
   CREATE MATERIALIZED VIEW checked AS SELECT ${job.check.map((each, i) => `${each} AS c${i}`).join(", ")} FROM result;`;
