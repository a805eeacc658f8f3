/**
 * How much memory a long file takes: `node bench/memory/file.ts [gigabytes]` (10) writes so much NDJSON of bids, sums them up by
 * auction in windows of 10 s, and fails above 256 MiB resident. The file is made once and left in the temporary folder.
 */
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "../../src/index.ts";
import { jobNamed } from "../jobs.ts";

const LIMIT_MIB = 256;
const BYTES_PER_ROW = 250;
const SAMPLE_MS = 50;

const gigabytes = Number(process.argv[2] ?? "10");
const job = jobNamed("ndjson");
if (job.input.from !== "file") throw new TypeError("the job reads no file");
const path = join(tmpdir(), `tidemark-stream-${gigabytes}.ndjson`);
if (!existsSync(path)) await job.input.make(path, Math.round((gigabytes * 1e9) / BYTES_PER_ROW));

const mebibytes = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);
let peak = 0;
const sampler = setInterval(() => {
  peak = Math.max(peak, mebibytes());
}, SAMPLE_MS);
const start = performance.now();
await using db = await open();
await db.execute(`${job.input.ddl(path)}; CREATE SINK result AS ${job.sql} WITH ('connector' = 'blackhole')`);
const { failures, stats } = await db.finished();
clearInterval(sampler);
const [failure] = failures;
if (failure !== undefined) throw failure.error;
const seconds = (performance.now() - start) / 1000;
process.stdout.write(
  `${(statSync(path).size / 1e9).toFixed(2)} GB, ${stats.rowsIn} rows in, ${stats.rowsOut} out in ${seconds.toFixed(0)} s: at most ${peak} MiB\n`,
);
if (peak > LIMIT_MIB) throw new RangeError(`more than ${LIMIT_MIB} MiB`);
