/** The library with a state directory: what was inserted and what came of it is there in the next engine. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { open } from "../../src/index.ts";

let state = "";
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "tidemark-state-"));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const SQL = `CREATE TABLE clicks (page STRING, n INT);
  CREATE MATERIALIZED VIEW totals AS SELECT page, SUM(n) AS total FROM clicks GROUP BY page;`;

test("rows and results survive an engine, and are not taken twice", async () => {
  const notices: string[] = [];
  for (let life = 1; life <= 3; life++) {
    await using db = await open({ state, onNotice: (text) => notices.push(text) });
    await db.execute(SQL);
    expect(await db.query("SELECT page, total FROM totals")).toEqual(
      life === 1 ? [] : [{ page: "/", total: BigInt(life - 1) }],
    );
    await db.insert("clicks", [{ page: "/", n: 1 }]);
    expect(await db.query("SELECT COUNT(*) AS n FROM clicks")).toEqual([{ n: BigInt(life) }]);
  }
  expect(notices.filter((text) => text.includes("took up the snapshot"))).toHaveLength(2);
});

test("rows of a table that keeps none count on where the log has none of them any more", async () => {
  const sql = `CREATE TABLE e (v INT) WITH ('retention' = '0');
    CREATE MATERIALIZED VIEW s AS SELECT COUNT(*) AS n FROM e;`;
  for (let life = 1; life <= 5; life++) {
    await using db = await open({ state });
    await db.execute(sql);
    await db.insert("e", [{ v: 1 }, { v: 2 }]);
    expect(await db.query("SELECT n FROM s")).toEqual([{ n: BigInt(2 * life) }]);
  }
});

test("columns are rows too, with NULLs, cut to the precision of their column", async () => {
  const sql =
    "CREATE TABLE t (k STRING, b BOOLEAN, ts TIMESTAMP(3), d DOUBLE); CREATE MATERIALIZED VIEW v AS SELECT * FROM t;";
  const columns = {
    k: { values: ["a", "b"], nulls: Uint8Array.of(0, 1) },
    b: Uint8Array.of(1, 0),
    ts: BigInt64Array.of(1_234_567n, -1n),
    d: Float64Array.of(-0, Number.NaN),
  };
  const whole = await open();
  await whole.execute(sql);
  await whole.insertColumns("t", columns);
  const expected = whole.resultRows("v");
  await whole.close();
  await (async () => {
    await using db = await open({ state });
    await db.execute(sql);
    await db.insertColumns("t", columns);
  })();
  await using db = await open({ state });
  await db.execute(sql);
  expect(db.resultRows("v")).toEqual(expected);
  expect(await db.query("SELECT * FROM t")).toHaveLength(2);
});

test("a subscriber hears an epoch when it is durable, and not what came before", async () => {
  for (let life = 1; life <= 2; life++) {
    await using db = await open({ state });
    await db.execute(SQL);
    const heard: unknown[] = [];
    const listening = (async () => {
      for await (const { op, row } of db.subscribe("totals")) heard.push([op, row]);
    })();
    await db.insert("clicks", [{ page: "/", n: 5 }]);
    db.endInput();
    await db.finished();
    await listening;
    expect(heard).toEqual(
      life === 1
        ? [["+I", { page: "/", total: 5n }]]
        : [
            ["-U", { page: "/", total: 5n }],
            ["+U", { page: "/", total: 10n }],
          ],
    );
  }
});

test("one engine at a time, and the directory is free when it is closed", async () => {
  const db = await open({ state });
  await expect(open({ state })).rejects.toMatchObject({ code: "STATE_LOCKED", details: { pid: process.pid } });
  await db.close();
  await (await open({ state })).close();
});

test("another query of the same name is refused, and nothing is changed by that", async () => {
  await (async () => {
    await using db = await open({ state });
    await db.execute(SQL);
    await db.insert("clicks", [{ page: "/", n: 1 }]);
  })();
  const changed = SQL.replace("SUM(n)", "MAX(n)");
  await (async () => {
    await using db = await open({ state });
    await expect(db.execute(changed)).rejects.toMatchObject({ code: "STATE_QUERY_CHANGED" });
  })();
  await using db = await open({ state });
  await db.execute(SQL);
  expect(await db.query("SELECT total FROM totals")).toEqual([{ total: 1n }]);
});

test("a start that is refused writes nothing", async () => {
  await (async () => {
    await using db = await open({ state });
    await db.execute(SQL);
    await db.insert("clicks", [{ page: "/", n: 1 }]);
  })();
  const files = async (): Promise<unknown> => {
    const names = (await readdir(state, { recursive: true, withFileTypes: true })).filter((e) => e.isFile());
    const paths = names.map((e) => join(e.parentPath, e.name)).filter((path) => !path.endsWith("lock.duckdb"));
    return Promise.all(paths.sort().map(async (path) => [path, await readFile(path, "latin1")]));
  };
  const before = await files();
  const changed = SQL.replace("SUM(n)", "MAX(n)");
  const others = [`${changed} INSERT INTO clicks VALUES ('/', 5);`, "SELECT nothing;", SQL.replace("totals", "others")];
  for (const sql of [changed, ...others]) {
    await using db = await open({ state });
    await expect(db.execute(sql, { isProgram: true })).rejects.toThrow();
  }
  expect(await files()).toEqual(before);
});

test("a folder that holds something else is refused, and nothing is put there", async () => {
  await writeFile(join(state, "letter.txt"), "dear");
  await expect(open({ state })).rejects.toMatchObject({
    code: "STATE_UNUSABLE",
    hint: "give a folder that is empty, or one that is not there yet: it is made",
  });
  await expect(open({ state })).rejects.toThrow("it holds other files (letter.txt)");
  expect(await readdir(state)).toEqual(["letter.txt"]);
});

test("a damaged snapshot costs nothing: the one before it is taken", async () => {
  const said: string[] = [];
  const live = async (n: number): Promise<unknown> => {
    await using db = await open({ state, onNotice: (text) => said.push(text) });
    await db.execute(SQL);
    await db.insert("clicks", [{ page: "/", n }]);
    return await db.query("SELECT total FROM totals");
  };
  await live(1);
  await live(2);
  const folder = join(state, "snapshots");
  const newest = (await readdir(folder)).sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).at(-1) ?? "";
  const bytes = await readFile(join(folder, newest));
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  await writeFile(join(folder, newest), bytes);
  expect(await live(4)).toEqual([{ total: 7n }]);
  expect(said.some((text) => text.includes(newest) && text.includes("trying the one before"))).toBe(true);
});

test("a log that was taken away is missed, although the snapshot is there", async () => {
  await (async () => {
    await using db = await open({ state });
    await db.execute(SQL);
    await db.insert("clicks", [{ page: "/", n: 1 }]);
  })();
  await rm(join(state, "log"), { recursive: true });
  await expect(open({ state })).rejects.toMatchObject({ code: "STATE_INCOMPLETE" });
});

test("bad and late rows are told once in all lives, and a file that others write to is refused", async () => {
  const told: unknown[] = [];
  const folder = await mkdtemp(join(tmpdir(), "tidemark-sink-"));
  const live = async (): Promise<void> => {
    await using db = await open({
      state,
      baseDirectory: folder,
      onSideRow: (table, row) => told.push([table, row["record"]]),
    });
    await db.execute(`CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'path' = 'in.json');
      CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'out.json'); INSERT INTO o SELECT 10 / n FROM t;`);
    await db.finished();
  };
  await writeFile(join(folder, "in.json"), '{"n":5}\n{"n":"bad"}\n{"n":0}\n{"n":1}\n');
  await live();
  await live();
  expect(told).toEqual([
    ["t$errors", '{"n":"bad"}'],
    ["o_insert$errors", '{"n":0}'],
  ]);
  expect(await readFile(join(folder, "out.json"), "utf8")).toBe('{"n":2}\n{"n":10}\n');
  await writeFile(join(folder, "out.json"), '{"n":2}\n{"n":10}\n{"n":3}\n');
  await expect(live()).rejects.toMatchObject({ code: "SINK_CHANGED" });
  await rm(folder, { recursive: true });
});
