/** Sources without end: they share the turns, and nobody reads them for queries that are gone. */
import { describe, expect, test } from "vitest";
import { openSmall } from "./support.ts";

const generator = (name: string, options: string): string =>
  `CREATE TABLE ${name} (event_type INT, bid ROW<auction BIGINT, price BIGINT>) WITH ('connector' = 'nexmark'${options});`;

describe("several live sources", () => {
  test.each([
    ["as fast as they can", ""],
    ["at their pace", ", 'rate' = '2000'"],
  ])("each gets its turn, %s", async (_, options) => {
    await using db = await openSmall();
    await db.execute(`${generator("a", options)} ${generator("b", options)}
      CREATE MATERIALIZED VIEW va AS SELECT COUNT(*) AS n FROM a; CREATE MATERIALIZED VIEW vb AS SELECT COUNT(*) AS n FROM b;`);
    const rows = (): number[] => db.stats().queries.map((q) => q.conservation[0]?.rowsIn ?? 0);
    await expect.poll(() => Math.min(...rows()), { timeout: 10_000 }).toBeGreaterThan(100);
    const [a = 0, b = 0] = rows();
    expect(Math.max(a, b)).toBeLessThan(4 * Math.min(a, b) + 4096);
    await db.drain();
  });
});

test("a job ends when the last of its queries has failed, though its input has no end", async () => {
  await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
  await db.execute(`${generator("a", "")}
    CREATE MATERIALIZED VIEW v AS SELECT bid.price, bid.auction, COUNT(*) AS n FROM a GROUP BY bid.price, bid.auction;`);
  const { failures } = await db.finished();
  expect(failures).toMatchObject([{ query: "v", error: { code: "MEMORY_EXHAUSTED" } }]);
});
