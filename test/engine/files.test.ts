/** Files that queries of one job read and write: what is refused before any is touched, and what one that breaks takes with it. */
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
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
