/** DROP stops what it names, gives its memory back, and is refused while others were made from it. */
import { describe, expect, test } from "vitest";
import { openSmall } from "./support.ts";

const ddl = `CREATE TABLE t (k STRING, v INT);
  CREATE MATERIALIZED VIEW sums AS SELECT k, SUM(v) AS s FROM t GROUP BY k;
  CREATE MATERIALIZED VIEW counts AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;`;

describe("DROP", () => {
  test("a view stops and frees its memory, its subscribers end after what came, the others go on", async () => {
    await using db = await openSmall();
    await db.execute(`${ddl} INSERT INTO t VALUES ('a', 0);`);
    await db.insert("t", []);
    const bytes = db.memory.bytes;
    await db.execute("CREATE MATERIALIZED VIEW wide AS SELECT k, v, COUNT(*) AS n FROM t GROUP BY k, v;");
    await db.insert("t", []);
    const changes = db.subscribe("wide");
    await db.insert("t", [{ k: "a", v: 1 }]);
    expect(db.memory.bytes).toBeGreaterThan(bytes);
    await db.execute("DROP MATERIALIZED VIEW wide;");
    const seen = [];
    for await (const { row } of changes) seen.push(row);
    expect(seen).toEqual([{ k: "a", v: 1, n: 1n }]);
    expect(db.memory.bytes).toBe(bytes);
    await db.insert("t", [{ k: "a", v: 2 }]);
    expect(await db.query("SELECT * FROM sums")).toEqual([{ k: "a", s: 3n }]);
    expect(db.stats().queries.map((q) => q.name)).toEqual(["sums", "counts"]);
    await expect(db.query("SELECT * FROM wide")).rejects.toMatchObject({ errors: [{ sqlstate: "42P01" }] });
  });

  test("one of two queries of a job stops: the job goes on; the last one ends it", async () => {
    await using db = await openSmall();
    await db.execute(ddl);
    await db.insert("t", [{ k: "a", v: 1 }]);
    await db.execute("DROP MATERIALIZED VIEW sums;");
    await db.insert("t", [{ k: "a", v: 2 }]);
    expect(await db.query("SELECT * FROM counts")).toEqual([{ k: "a", n: 2n }]);
    await db.execute("DROP MATERIALIZED VIEW counts; DROP TABLE t;");
    expect(db.stats().queries).toEqual([]);
    expect(db.memory.bytes).toBe(0);
  });

  test("a view of the same name begins anew, and a table too", async () => {
    await using db = await openSmall();
    await db.execute(`${ddl} INSERT INTO t VALUES ('a', 1);`);
    await db.execute("DROP MATERIALIZED VIEW sums; CREATE MATERIALIZED VIEW sums AS SELECT k, v FROM t;");
    await db.insert("t", [{ k: "b", v: 2 }]);
    expect(await db.query("SELECT * FROM sums")).toEqual([
      { k: "a", v: 1 },
      { k: "b", v: 2 },
    ]);
    await db.execute("DROP MATERIALIZED VIEW sums, counts; DROP TABLE t; CREATE TABLE t (x INT);");
    expect(await db.query("SELECT * FROM t")).toEqual([]);
  });

  test("what is registered and dropped in one text never runs", async () => {
    await using db = await openSmall();
    const { queries } = await db.execute(`${ddl} DROP MATERIALIZED VIEW sums;`);
    expect(queries).toEqual(["counts"]);
  });
});
