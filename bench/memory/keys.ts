/**
 * How much memory a query takes whose keys never come again: `node bench/memory/keys.ts [millions of rows]` (100), each with a
 * string key of its own, through windows of a million rows. Prints the resident memory as it goes, and fails above the
 * promise. Blocks are made one at a time, and counted in it.
 */
import { open } from "../../src/index.ts";
import { BASE_MS } from "../rows.ts";

const LIMIT_MIB = 512;
const WINDOW_ROWS = 1_000_000;
const ROWS_PER_MS = 100;
const BLOCK_ROWS = 1 << 16;
const DIGITS = 12;

/** Keys of 12 digits: the row numbers. */
function block(from: number): {
  readonly name: { readonly bytes: Uint8Array; readonly offsets: Uint32Array };
  readonly ts: BigInt64Array;
} {
  const bytes = new Uint8Array(BLOCK_ROWS * DIGITS);
  const offsets = new Uint32Array(BLOCK_ROWS + 1);
  const ts = new BigInt64Array(BLOCK_ROWS);
  for (let i = 0; i < BLOCK_ROWS; i++) {
    let rest = from + i;
    for (let digit = DIGITS - 1; digit >= 0; digit--) {
      bytes[i * DIGITS + digit] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    offsets[i + 1] = (i + 1) * DIGITS;
    ts[i] = BigInt(BASE_MS + Math.floor((from + i) / ROWS_PER_MS)) * 1000n;
  }
  return { name: { bytes, offsets }, ts };
}

const mebibytes = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);
const rows = Number(process.argv[2] ?? "100") * 1e6;
await using db = await open();
await db.execute(
  `CREATE TABLE input (name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('retention' = '0');
   CREATE SINK result AS
   SELECT name, window_end, COUNT(*) AS n FROM TUMBLE(TABLE input, DESCRIPTOR(ts), INTERVAL '10' SECOND)
   GROUP BY name, window_start, window_end WITH ('connector' = 'blackhole')`,
);
let peak = 0;
const start = performance.now();
for (let from = 0, window = 0; from < rows; from += BLOCK_ROWS) {
  await db.insertColumns("input", block(from));
  peak = Math.max(peak, mebibytes());
  if (from / WINDOW_ROWS < 10 * window) continue;
  window += 1;
  process.stdout.write(`${(from / 1e6).toFixed(0)} M rows: ${mebibytes()} MiB\n`);
}
db.endInput();
const { failures, stats } = await db.finished();
const [failure] = failures;
if (failure !== undefined) throw failure.error;
peak = Math.max(peak, mebibytes());
const seconds = ((performance.now() - start) / 1000).toFixed(0);
process.stdout.write(`${stats.rowsIn} rows in, ${stats.rowsOut} out in ${seconds} s: at most ${peak} MiB\n`);
if (peak > LIMIT_MIB) throw new RangeError(`more than ${LIMIT_MIB} MiB`);
