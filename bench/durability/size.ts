/** How large a state directory gets: an hour of the clock that the engine is handed, at 100,000 rows a second. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { open } from "../../src/index.ts";
import { type Measure, mebibytes } from "./figure.ts";

const SECONDS = 3600;
const ROWS_PER_SECOND = 100_000;
const KEYS = 10_000;
const STARTED_MS = Date.UTC(2026, 0, 1);

const bytesOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (n, { parentPath, name }) => n + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );

export const size: Measure = async (folder, scale) => {
  let now = STARTED_MS;
  const clock = {
    nowMs: () => now,
    nowMicros: () => BigInt(now) * 1000n,
    sleep: async () => {
      await setImmediate();
    },
  };
  const seconds = Math.max(60, Math.round(SECONDS * scale));
  const sizes: number[] = [];
  await using db = await open({ state: folder, clock });
  await db.execute(`CREATE TABLE input (k BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('retention' = '0');
    CREATE SINK result AS SELECT k, window_end, COUNT(*) AS n
    FROM TUMBLE(TABLE input, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end
    WITH ('connector' = 'blackhole')`);
  const k = BigInt64Array.from({ length: ROWS_PER_SECOND }, (_, i) => BigInt(i % KEYS));
  for (let second = 0; second < seconds; second++) {
    now += 1000;
    await db.insertColumns("input", { k, ts: new BigInt64Array(ROWS_PER_SECOND).fill(BigInt(now) * 1000n) });
    sizes.push(bytesOf(folder));
  }
  const [most, last] = [Math.max(...sizes), sizes.at(-1) ?? 0];
  const firstHalf = Math.max(...sizes.slice(0, Math.ceil(sizes.length / 2)));
  return [
    {
      what: `state directory after ${seconds} s at 100 k rows/s`,
      value: mebibytes(last),
      beside: { what: "at most; against the first half's most", value: mebibytes(most), ratio: most / firstHalf },
    },
  ];
};
