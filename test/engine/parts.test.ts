/** Tables that are written as folders of parts, through SQL: where rows go, when parts get their names, what is refused. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SqlErrors } from "../../src/base/error.ts";
import { open } from "../../src/index.ts";
import { inFolder, TestClock } from "./support.ts";

const IN = "CREATE TABLE i (n INT, k STRING) WITH ('connector' = 'filesystem', 'path' = 'in.json');";
const INSERT = "INSERT INTO o SELECT n, k FROM i;";
const table = (clause: string, options: string): string =>
  `${IN} CREATE TABLE o (n INT, k STRING) ${clause} WITH ('connector' = 'filesystem', 'format' = 'json', ${options}); ${INSERT}`;
const PARTITIONED = table("PARTITIONED BY (k)", "'path' = 'out'");

async function life(folder: string, sql: string, state?: string): Promise<readonly string[]> {
  const said: string[] = [];
  const kept = state === undefined ? {} : { state: join(folder, state) };
  await using db = await open({ ...kept, baseDirectory: folder, onNotice: (text) => said.push(text) });
  await db.execute(sql);
  const { failures } = await db.finished();
  expect(failures).toEqual([]);
  return said;
}

function files(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}

const input = (rows: readonly (readonly [number, string | null])[]): string =>
  rows.map(([n, k]) => `${JSON.stringify({ n, k })}\n`).join("");

test("a row goes into the folder of its values, which no value can leave", async () => {
  const keys = ["a", "../../x", "/", "", null, ".", "..", "a b", "ü", "50%", "k=v", "__DEFAULT_PARTITION__", "\u0000"];
  await inFolder({ "in.json": input(keys.map((k, n) => [n, k])) }, async (folder) => {
    await life(folder, PARTITIONED);
    const names = Object.entries(files(join(folder, "out"))).map(([path, text]) => [text.trim(), path]);
    expect(Object.fromEntries(names)).toEqual({
      '{"n":0}': "k=a/part-000000.json",
      '{"n":1}': "k=..%2F..%2Fx/part-000001.json",
      '{"n":2}': "k=%2F/part-000002.json",
      '{"n":3}\n{"n":4}': "k=__DEFAULT_PARTITION__/part-000003.json",
      '{"n":5}': "k=./part-000004.json",
      '{"n":6}': "k=../part-000005.json",
      '{"n":7}': "k=a b/part-000006.json",
      '{"n":8}': "k=ü/part-000007.json",
      '{"n":9}': "k=50%25/part-000008.json",
      '{"n":10}': "k=k%3Dv/part-000009.json",
      '{"n":11}': "k=%5F_DEFAULT_PARTITION__/part-000010.json",
      '{"n":12}': "k=%00/part-000011.json",
    });
    expect(readdirSync(folder).sort()).toEqual(["in.json", "out"]);
  });
});

test("a part is closed by its size, and the oldest one where too many are open", async () => {
  const rows = input(Array.from("aabcaabbc", (k, n) => [n, k] as const));
  await inFolder({ "in.json": rows }, async (folder) => {
    await life(folder, table("", "'path' = 'sized/', 'sink.rolling-policy.file-size' = '40b'"));
    expect(Object.values(files(join(folder, "sized"))).map((text) => text.length)).toEqual([48, 48, 48]);
    await life(folder, table("PARTITIONED BY (k)", "'path' = 'few', 'sink.open-parts-max' = '2'"));
    expect(files(join(folder, "few"))).toEqual({
      "k=a/part-000000.json": '{"n":0}\n{"n":1}\n',
      "k=a/part-000003.json": '{"n":4}\n{"n":5}\n',
      "k=b/part-000001.json": '{"n":2}\n',
      "k=b/part-000004.json": '{"n":6}\n{"n":7}\n',
      "k=c/part-000002.json": '{"n":3}\n',
      "k=c/part-000005.json": '{"n":8}\n',
    });
  });
});

test("a part is closed by its age, when the next epoch ends", async () => {
  await inFolder({}, async (folder) => {
    const clock = new TestClock();
    await using db = await open({ baseDirectory: folder, clock, state: join(folder, "state") });
    await db.execute(`CREATE TABLE i (n INT); CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'format' = 'json',
      'path' = 'out/', 'sink.rolling-policy.rollover-interval' = '10 min'); INSERT INTO o SELECT n FROM i;`);
    const written = async (n: number, expected: Readonly<Record<string, string>>): Promise<void> => {
      await db.insert("i", [{ n }]);
      await expect.poll(() => files(join(folder, "out"))).toEqual(expected);
    };
    const [first, hidden] = ["part-000000.json", ".part-000000.json.inprogress"];
    await written(1, { [hidden]: '{"n":1}\n' });
    clock.ms += 9 * 60_000;
    await written(2, { [hidden]: '{"n":1}\n{"n":2}\n' });
    clock.ms += 2 * 60_000;
    await written(3, { [first]: '{"n":1}\n{"n":2}\n{"n":3}\n' });
    await written(4, { [first]: '{"n":1}\n{"n":2}\n{"n":3}\n', ".part-000001.json.inprogress": '{"n":4}\n' });
  });
});

test("with a state directory: a reader takes parts away, and none comes again; a new run adds others", async () => {
  await inFolder(
    {
      "in.json": input([
        [1, "a"],
        [2, "b"],
      ]),
    },
    async (folder) => {
      const out = join(folder, "out");
      await life(folder, PARTITIONED, "state");
      expect(Object.keys(files(out))).toEqual(["k=a/part-000000.json", "k=b/part-000001.json"]);
      renameSync(join(out, "k=a/part-000000.json"), join(folder, "away.json"));
      expect(await life(folder, PARTITIONED, "state")).toContain("state: sinks caught up: one has what the log has");
      expect(Object.keys(files(out))).toEqual(["k=b/part-000001.json"]);
      await life(folder, PARTITIONED, "another");
      expect(Object.keys(files(out))).toEqual(["k=a/part-000002.json", "k=b/part-000001.json", "k=b/part-000003.json"]);
      await life(folder, table("PARTITIONED BY (k)", "'path' = 'out', 'mode' = 'overwrite'"));
      expect(Object.keys(files(out))).toEqual(["k=a/part-000000.json", "k=b/part-000001.json"]);
    },
  );
});

test("a program whose rows have ended may go on with more, in parts of their own", async () => {
  await inFolder({}, async (folder) => {
    const program = (rows: string): string => `CREATE TABLE t (n INT);
      CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = 'out/');
      INSERT INTO o SELECT n FROM t; ${rows}`;
    const run = async (rows: string): Promise<void> => {
      await using db = await open({ state: join(folder, "state"), baseDirectory: folder });
      await db.execute(program(rows), { isProgram: true });
      db.endInput();
      await db.finished();
    };
    const first = "INSERT INTO t VALUES (1);";
    await run(first);
    await run(first);
    expect(files(join(folder, "out"))).toEqual({ "part-000000.json": '{"n":1}\n' });
    await run(`${first} INSERT INTO t VALUES (2);`);
    await run(`${first} INSERT INTO t VALUES (2);`);
    expect(files(join(folder, "out"))).toEqual({ "part-000000.json": '{"n":1}\n', "part-000001.json": '{"n":2}\n' });
  });
});

test("parts in progress are gone on with after a drain, and refused where someone has changed them", async () => {
  await inFolder({}, async (folder) => {
    const hidden = join(folder, "out/.part-000000.json.inprogress");
    const add = async (n: number): Promise<void> => {
      await using db = await open({ state: join(folder, "state"), baseDirectory: folder });
      await db.execute(`CREATE TABLE t (n INT);
        CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = 'out/'); INSERT INTO o SELECT n FROM t;`);
      await db.insert("t", [{ n }]);
    };
    await add(1);
    await add(2);
    expect(readFileSync(hidden, "utf8")).toBe('{"n":1}\n{"n":2}\n');
    writeFileSync(hidden, '{"n":1}\n{"n":9}\n');
    await expect(add(3)).rejects.toBeInstanceOf(SqlErrors);
    rmSync(hidden);
    await expect(add(3)).rejects.toMatchObject({
      errors: [{ code: "SINK_CHANGED", details: { reason: "it is gone" } }],
    });
    expect(existsSync(hidden)).toBe(false);
  });
});

test.each<readonly [name: string, sql: string, error: object]>([
  [
    "of another connector",
    "CREATE TABLE p (n INT, k STRING) PARTITIONED BY (k) WITH ('connector' = 'print');",
    { code: "NOT_SUPPORTED" },
  ],
  ["by a column that is not there", table("PARTITIONED BY (kk)", "'path' = 'out'"), { code: "UNKNOWN_COLUMN" }],
  ["twice by one column", table("PARTITIONED BY (k, k)", "'path' = 'out'"), { code: "DUPLICATE_COLUMN" }],
  ["by all columns", table("PARTITIONED BY (k, n)", "'path' = 'out'"), { code: "INVALID_SYNTAX" }],
  ["read", `${PARTITIONED} SELECT * FROM o;`, { code: "NOT_SUPPORTED" }],
  ["without a format", table("", "'path' = 'out/'").replace("'format' = 'json', ", ""), { code: "MISSING_OPTION" }],
  [
    "with a size of nothing",
    table("", "'path' = 'o', 'sink.rolling-policy.file-size' = '0'"),
    { code: "INVALID_OPTION" },
  ],
  ["with no open part", table("", "'path' = 'o', 'sink.open-parts-max' = '0'"), { code: "INVALID_OPTION" }],
  ["in a folder that is read", table("", "'path' = './'"), { code: "SINK_IS_READ" }],
  [
    "in one folder",
    `${PARTITIONED} CREATE TABLE p (n INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'out/'); INSERT INTO p SELECT n FROM i;`,
    { code: "SINK_IS_SHARED" },
  ],
  [
    "below a file",
    table("", "'path' = 'in.json/parts/'").replace("'path' = 'in.json')", "'path' = 'in*')"),
    { code: "PATH_UNWRITABLE" },
  ],
])("a folder of parts is refused %s", async (_, sql, error) => {
  await inFolder({ "in.json": input([[1, "a"]]) }, async (folder) => {
    await expect(life(folder, sql)).rejects.toMatchObject({ errors: [error] });
    expect(readdirSync(folder)).toEqual(["in.json"]);
  });
});
