/** Files that queries of one job read and write: what is refused before any is touched, and what one that breaks takes with it. */
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inFolder, openSmall } from "./support.ts";

const table = (name: string, path: string, more = ""): string =>
  `CREATE TABLE ${name} (a INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '${path}'${more});\n`;

describe("a file that the same job reads is not written", () => {
  const text = '{"a":1}\n{"a":2}\n';

  test.each([
    ["x.ndjson", "x.ndjson", "overwrite"],
    ["x.ndjson", "x.ndjson", "append"],
    ["x.ndjson", "./inner/../x.ndjson", "overwrite"],
    ["symbolic.ndjson", "x.ndjson", "overwrite"],
    ["x.ndjson", "hard.ndjson", "append"],
    ["inner", "inner/y.ndjson", "overwrite"],
    ["inner/*.ndjson", "linked/y.ndjson", "append"],
  ])("%s, written as %s in mode %s", async (from, to, mode) => {
    await inFolder({ "x.ndjson": text }, async (folder) => {
      mkdirSync(join(folder, "inner"));
      symlinkSync("x.ndjson", join(folder, "symbolic.ndjson"));
      symlinkSync("inner", join(folder, "linked"));
      linkSync(join(folder, "x.ndjson"), join(folder, "hard.ndjson"));
      linkSync(join(folder, "x.ndjson"), join(folder, "inner/y.ndjson"));
      const before = table("i", from);
      const sql = `${before}${table("o", to, `, 'mode' = '${mode}'`)}INSERT INTO o SELECT a + 1 FROM i;`;
      await using db = await openSmall({ baseDirectory: folder });
      const refused = await db.execute(sql).catch((error: unknown) => error);
      expect(refused).toMatchObject({
        errors: [
          { code: "SINK_IS_READ", details: { sink: "o", source: "i", path: to }, hint: "write into another file" },
        ],
      });
      const { span } = (refused as { errors: { span: { start: number; end: number } }[] }).errors[0] ?? {}; // as matched above
      expect(sql.slice(span?.start, span?.end)).toContain(`'${to}'`);
      expect(readFileSync(join(folder, "x.ndjson"), "utf8")).toBe(text);
    });
  });

  test("nothing else of the job is opened either", async () => {
    await inFolder({ "x.ndjson": text, "kept.ndjson": text }, async (folder) => {
      const sinks = table("k", "kept.ndjson", ", 'mode' = 'overwrite'") + table("n", "new.ndjson");
      const sql = `${table("i", "x.ndjson")}${sinks}${table("o", "x.ndjson")}
        INSERT INTO k SELECT a FROM i; INSERT INTO n SELECT a FROM i; INSERT INTO o SELECT a FROM i;`;
      await using db = await openSmall({ baseDirectory: folder });
      await expect(db.execute(sql)).rejects.toMatchObject({ errors: [{ code: "SINK_IS_READ" }] });
      expect(readFileSync(join(folder, "kept.ndjson"), "utf8")).toBe(text);
      expect(existsSync(join(folder, "new.ndjson"))).toBe(false);
    });
  });

  test("another file of the folder is none that is read", async () => {
    await inFolder({ "x.ndjson": text }, async (folder) => {
      await using db = await openSmall({ baseDirectory: folder });
      await db.execute(`${table("i", ".")}${table("o", "y.ndjson")}INSERT INTO o SELECT a + 1 FROM i;`);
      await db.finished();
      expect(readFileSync(join(folder, "y.ndjson"), "utf8")).toBe('{"a":2}\n{"a":3}\n');
    });
  });
});

describe("a source that breaks while it is read", () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `{"a":${i}}\n`).join("");
  const count = (name: string): string => `CREATE MATERIALIZED VIEW of_${name} AS SELECT COUNT(*) AS n FROM ${name};\n`;

  test.each([1, 7, 2048])("ends the queries that read it; the others go on (%i rows a run)", async (runRowsMax) => {
    await inFolder({ "w.json": many }, async (folder) => {
      writeFileSync(join(folder, "t.json.gz"), gzipSync(many).subarray(0, 5000));
      const both = "CREATE MATERIALIZED VIEW both AS SELECT a FROM t UNION ALL SELECT a FROM w;";
      await using db = await openSmall({ baseDirectory: folder, runRowsMax });
      await db.execute(`${table("t", "t.json.gz")}${table("w", "w.json")}${count("t")}${count("w")}${both}`);
      const { failures, stats } = await db.finished();
      const error = { code: "PATH_UNREADABLE", message: expect.stringContaining("t.json.gz") as unknown };
      expect(failures).toMatchObject([
        { query: "of_t", error },
        { query: "both", error },
      ]);
      expect(db.resultRows("of_w")).toEqual([[20_000n]]);
      expect(stats.queries).toHaveLength(3);
    });
  });

  test("a file that is gone, and one that is no Parquet", async () => {
    await inFolder({ "t.json": "{}\n", "p.parquet": "nothing of the kind", "w.json": many }, async (folder) => {
      await using db = await openSmall({ baseDirectory: folder });
      const damaged = "CREATE TABLE p (a INT) WITH ('connector' = 'filesystem', 'path' = 'p.parquet');\n";
      const sql = `${table("t", "t.json")}${damaged}${table("w", "w.json")}${count("t")}${count("p")}${count("w")}`;
      const executed = db.execute(sql);
      rmSync(join(folder, "t.json"));
      await executed;
      const { failures } = await db.finished();
      const error = { code: "PATH_UNREADABLE" };
      expect(failures.map(({ query }) => query).sort()).toEqual(["of_p", "of_t"]);
      expect(failures).toMatchObject([{ error }, { error }]);
      expect(db.resultRows("of_w")).toEqual([[20_000n]]);
    });
  });
});
