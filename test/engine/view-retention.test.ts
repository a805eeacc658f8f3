/** 'retention' of a materialized view (N6): what goes stays gone in the next process, and only there. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Ages } from "../../src/runtime/outputs/ages.ts";
import { at, openSmall } from "./support.ts";

const HOUR_MS = 3_600_000;

/** A view of rows that only arrive, and one of a changelog. */
const VIEWS = `CREATE TABLE t (ts TIMESTAMP(3), k STRING, WATERMARK FOR ts AS ts);
  CREATE MATERIALIZED VIEW closed WITH ('retention' = '1 day') AS SELECT k, window_end, COUNT(*) AS n
  FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR) GROUP BY k, window_start, window_end;
  CREATE MATERIALIZED VIEW changing WITH ('retention' = '1 day') AS SELECT window_end, COUNT(*) AS n
  FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' HOUR) GROUP BY window_end;`;

const row = (hours: number, k: string) => ({ ts: at(hours * HOUR_MS), k });

test("rows that a view has let go are gone in the next process too, and the others go in their time", async () => {
  const state = mkdtempSync(join(tmpdir(), "tidemark-retention-"));
  const ends = async (inserted: readonly ReturnType<typeof row>[]): Promise<unknown> => {
    await using db = await openSmall({ state });
    await db.execute(VIEWS);
    await db.insert("t", inserted);
    const of = (view: string) => db.query(`SELECT window_end FROM ${view}`);
    const hours = (rows: Awaited<ReturnType<typeof of>>) =>
      rows.map(({ window_end: end }) => {
        if (typeof end !== "string") throw new TypeError("a TIMESTAMP is text");
        return (Date.parse(`${end}Z`) - Date.UTC(2026, 0, 1)) / HOUR_MS;
      });
    return { closed: hours(await of("closed")), changing: hours(await of("changing")) };
  };
  try {
    expect(await ends([row(0, "a"), row(2, "b"), row(24, "a")])).toEqual({ closed: [1, 3], changing: [1, 3] });
    expect(await ends([row(25, "c")])).toEqual({ closed: [3, 25], changing: [3, 25] });
    expect(await ends([row(26.5, "c")])).toEqual({ closed: [3, 25, 26], changing: [3, 25, 26] });
    expect(await ends([row(27, "c")])).toEqual({ closed: [25, 26, 27], changing: [25, 26] });
    expect(await ends([row(60, "c")])).toEqual({ closed: [], changing: [] });
  } finally {
    rmSync(state, { recursive: true });
  }
});

test("no change says that a row has gone", async () => {
  await using db = await openSmall();
  await db.execute(VIEWS);
  const heard: string[] = [];
  const listening = (async () => {
    for await (const { op } of db.subscribe("changing")) heard.push(op);
  })();
  await db.insert("t", [row(0, "a"), row(2, "b"), row(100, "c")]);
  db.endInput();
  await db.finished();
  await listening;
  expect(heard).toEqual(["+I", "+I", "+I"]);
  expect(db.resultRows("changing")).toHaveLength(1);
});

test("items are found by their time, whatever the order in which they came", () => {
  const ages = new Ages<number>(5000n);
  const times = Array.from({ length: 500 }, (_, i) => ((i * 7919) % 1000) - 500);
  times.forEach((time, i) => ages.add(i, BigInt(time)));
  ages.remove(0, BigInt(times[0] ?? 0));
  const sorted = (items: readonly number[]): readonly number[] => items.toSorted((a, b) => a - b);
  const between = (from: number, to: number): readonly number[] =>
    times.flatMap((time, i) => (i > 0 && time > from && time <= to ? [i] : []));
  for (const [from, to] of [
    [-1000, -333],
    [-333, -332],
    [-332, -332],
    [-332, 400],
    [400, 1000],
  ] as const) {
    expect(sorted(ages.take(BigInt(to)))).toEqual(between(from, to));
  }
});
