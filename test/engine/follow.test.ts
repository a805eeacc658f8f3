/** Queries over files that grow: they go on, fail by name, and wait without work. */
import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inFolder, openSmall, TestClock } from "./support.ts";

const table = (name: string, path: string, options = "'follow' = 'true'"): string =>
  `CREATE TABLE ${name} (a INT) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json', ${options});`;
const rows = (...numbers: readonly number[]): string => numbers.map((n) => `{"a":${n}}\n`).join("");

test("a view over a folder follows what is appended, what comes and what is rotated; a drain ends it", async () => {
  await inFolder({ x: rows(1) }, async (folder) => {
    await using db = await openSmall({ baseDirectory: folder });
    await db.execute(`${table("t", "*", "'follow' = 'true', 'source.monitor-interval' = '20 ms'")}
      CREATE MATERIALIZED VIEW v AS SELECT COUNT(*) AS n, SUM(a) AS total FROM t;`);
    const holds = (n: bigint, total: bigint) => expect.poll(() => db.resultRows("v")).toEqual([[n, total]]);
    await holds(1n, 1n);
    appendFileSync(join(folder, "x"), `${rows(2)}{"a":`);
    await holds(2n, 3n);
    writeFileSync(join(folder, "y"), rows(10));
    await holds(3n, 13n);
    renameSync(join(folder, "x"), join(folder, "x.1"));
    appendFileSync(join(folder, "x.1"), "100}\n");
    writeFileSync(join(folder, "x"), rows(1000));
    await holds(5n, 1113n);
    const { failures } = await db.drain();
    expect(failures).toEqual([]);
  });
});

test("a file that is cut is the failure of the queries that read it; the others go on", async () => {
  await inFolder({ x: rows(1, 2), y: rows(1) }, async (folder) => {
    await using db = await openSmall({ baseDirectory: folder });
    await db.execute(`${table("x", "x")} ${table("y", "y")}
      CREATE MATERIALIZED VIEW vx AS SELECT a FROM x; CREATE MATERIALIZED VIEW vy AS SELECT a FROM y;`);
    await expect.poll(() => db.resultRows("vx")).toEqual([[1], [2]]);
    truncateSync(join(folder, "x"), 3);
    appendFileSync(join(folder, "y"), rows(2));
    await expect.poll(() => db.resultRows("vy")).toEqual([[1], [2]]);
    const { failures } = await db.drain();
    expect(failures).toMatchObject([{ query: "vx", error: { code: "SOURCE_CHANGED", details: { file: "x" } } }]);
  });
});

test("a file that rests is asked more and more seldom, and new files as often as was said", async () => {
  await inFolder({ x: rows(1) }, async (folder) => {
    const clock = new TestClock();
    await using db = await openSmall({ baseDirectory: folder, clock });
    await db.execute(`${table("t", "x", "'follow' = 'true', 'monitor-interval' = '1 min'")}
      CREATE MATERIALIZED VIEW v AS SELECT a FROM t;`);
    await expect.poll(() => clock.sleeps.length).toBeGreaterThan(20);
    expect(Math.max(...clock.sleeps.slice(0, 2))).toBeLessThanOrEqual(20);
    expect(clock.sleeps.slice(10, 20)).toEqual(Array(10).fill(250));
    await db.drain();
  });
});

test("what is read without an end has no order that could be waited for", async () => {
  await inFolder({ x: rows(1) }, async (folder) => {
    await using db = await openSmall({ baseDirectory: folder });
    await expect(db.execute(`${table("t", "x")} SELECT a FROM t ORDER BY a;`)).rejects.toMatchObject({
      errors: [{ code: "UNBOUNDED_ORDER_BY" }],
    });
    await expect(
      db.execute(table("u", "x", "'monitor-interval' = '1 s', 'source.monitor-interval' = '1 s'")),
    ).rejects.toMatchObject({ errors: [{ code: "DUPLICATE_OPTION" }] });
  });
});
