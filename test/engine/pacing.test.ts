/** 'rate' and 'speed': a bounded source is let through by a clock that the test holds. */
import { expect, test } from "vitest";
import type { Sink } from "../../src/connectors/connector.ts";
import { at, inFolder, openSmall, TestClock } from "./support.ts";

const lines = (times: readonly number[]): string => times.map((ms, i) => `{"ts": "${at(ms)}", "v": ${i}}\n`).join("");

const ddl = (option: string): string => `CREATE TABLE t (ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts)
  WITH ('connector' = 'filesystem', 'path' = 't.json', 'format' = 'json', ${option});`;

async function play(option: string, times: readonly number[], query = "SELECT v FROM t;") {
  return inFolder({ "t.json": lines(times) }, async (folder) => {
    const clock = new TestClock();
    let rows = 0;
    const epochs: number[] = [];
    const print = (): Sink => ({
      ordered: true,
      write: (batch) => (rows += batch.rows),
      flush: () => {
        if (rows > 0) epochs.push(rows);
        rows = 0;
      },
      close: () => Promise.resolve(),
    });
    await using db = await openSmall({ baseDirectory: folder, clock, print });
    const started = clock.ms;
    await db.execute(`${ddl(option)} CREATE MATERIALIZED VIEW m AS ${query} SELECT v FROM t;`);
    await db.finished();
    return { rows: db.resultRows("m"), elapsed: clock.ms - started, epochs };
  });
}

test("'rate' lets so many rows through a second", async () => {
  const { rows, elapsed } = await play(
    "'rate' = '100'",
    Array.from({ length: 250 }, (_, i) => i),
  );
  expect(rows).toHaveLength(250);
  expect(elapsed).toBeGreaterThanOrEqual(2300);
  expect(elapsed).toBeLessThanOrEqual(2600);
});

test("'rate' cuts an epoch every rate / 20 rows, whatever the clock", async () => {
  const { epochs } = await play(
    "'rate' = '100'",
    Array.from({ length: 23 }, (_, i) => i),
  );
  expect(epochs).toEqual([5, 5, 5, 5, 3]);
});

test("'speed' replays event time: ten minutes at 60x take ten seconds", async () => {
  const { rows, elapsed } = await play(
    "'speed' = '60x'",
    Array.from({ length: 601 }, (_, i) => i * 1000),
  );
  expect(rows).toHaveLength(601);
  expect(elapsed).toBeGreaterThanOrEqual(9900);
  expect(elapsed).toBeLessThanOrEqual(10_200);
});

test("'speed' cuts an epoch whenever event time passes a multiple of speed x 50 ms", async () => {
  // At 20x a multiple is one second of event time.
  const { epochs } = await play("'speed' = '20x'", [0, 400, 800, 1200, 1600, 2400, 5000, 5100]);
  expect(epochs).toEqual([4, 2, 1, 1]);
});

test("pacing does not change a result", async () => {
  const times = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 300) * 100);
  const query =
    "SELECT window_end, COUNT(*) AS n, SUM(v) AS s FROM TUMBLE(t, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end;";
  const results = [];
  for (const option of ["'files' = 'sequential'", "'rate' = '1000'", "'speed' = '100x'", "'speed' = '0.5'"]) {
    results.push((await play(option, times, query)).rows);
  }
  expect(results.slice(1)).toEqual([results[0], results[0], results[0]]);
});

test.each(["'rate' = '0'", "'rate' = 'fast'", "'speed' = '-1x'", "'speed' = 'x'"])("%s is refused", async (option) => {
  await expect(play(option, [0])).rejects.toMatchObject({ errors: [{ sqlstate: "22023" }] });
});
