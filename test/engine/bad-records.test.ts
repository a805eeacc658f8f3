// "t$errors" holds a bad record once, whoever reads the table and however often.
import { expect, test } from "vitest";
import { SeenPositions } from "../../src/runtime/accounting/seen-positions.ts";
import { inFolder, openSmall } from "./support.ts";

test("a bad record is in the table's errors once, however many queries read it, also where old ones were let go (E5)", async () => {
  await inFolder({ "t.ndjson": '{"a":1}\n{"a":"x"}\nnothing\n' }, async (folder) => {
    await using db = await openSmall({ baseDirectory: folder });
    await db.execute(`CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 't.ndjson');
      CREATE TABLE c (ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('retention' = '2')`);
    for (let i = 0; i < 2; i++) expect(await db.query("SELECT a FROM t")).toEqual([{ a: 1 }]);
    expect(await db.query(`SELECT line FROM "t$errors"`)).toEqual([{ line: 2n }, { line: 3n }]);
    // The row that stays has the position that it had from the start.
    const rows = [null, "2026-01-01T00:00:00", null].map((ts) => ({ ts }));
    await db.insert("c", rows.slice(0, 2));
    await db.query("SELECT ts FROM c");
    await db.insert("c", rows.slice(2));
    for (let i = 0; i < 2; i++) await db.query("SELECT ts FROM c");
    expect(await db.query(`SELECT "position" FROM "c$errors"`)).toEqual([{ position: 0n }, { position: 2n }]);
  });
});

test("positions beyond the bound count as told up to the last that was let go", () => {
  const seen = new SeenPositions(2);
  expect([5n, 3n, 9n].map((position) => seen.isNew("0", position))).toEqual([true, true, true]);
  expect([5n, 3n, 9n, 4n].map((position) => seen.isNew("0", position))).toEqual([false, false, false, false]);
  expect([6n, 5n].map((position) => seen.isNew("1", position))).toEqual([true, true]);
});
