/** What may happen to a file that is written with a state directory, between two lives of the process and while it runs. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SqlErrors } from "../../src/base/error.ts";
import { open } from "../../src/index.ts";
import { inFolder } from "./support.ts";

const INPUT = Array.from({ length: 3000 }, (_, n) => `{"n":${n}}\n`).join("");
const IN = "CREATE TABLE i (n INT) WITH ('connector' = 'filesystem', 'path' = 'in.json');";
const COPY = `${IN} CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'out.json'); INSERT INTO o SELECT n FROM i;`;

/** Runs to the end of the input; gives what was said. */
async function life(folder: string, sql: string = COPY): Promise<readonly string[]> {
  const said: string[] = [];
  await using db = await open({
    state: join(folder, "state"),
    baseDirectory: folder,
    onNotice: (text) => said.push(text),
  });
  await db.execute(sql);
  await db.finished();
  return said;
}

/** The first error of what is refused. */
async function refusal(refused: Promise<unknown>): Promise<unknown> {
  const error = await refused.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof SqlErrors ? error.errors[0] : error;
}

/** A life, then something happens to the file; then the next one is refused, and touches nothing. */
async function refusedAfter(happens: (file: string) => void, reason: string): Promise<void> {
  await inFolder({ "in.json": INPUT }, async (folder) => {
    const file = join(folder, "out.json");
    await life(folder);
    expect(readFileSync(file, "utf8")).toBe(INPUT);
    happens(file);
    const left = execFileSync("ls", ["-l", folder]).toString();
    expect(await refusal(life(folder))).toMatchObject({ code: "SINK_CHANGED", message: reason });
    expect(execFileSync("ls", ["-l", folder]).toString()).toBe(left);
  });
}

test("another process has appended to the file", () =>
  refusedAfter(
    (file) => appendFileSync(file, "{}\n"),
    "out.json: it has 31893 bytes, and this state has written 31890",
  ));

test("the file was cut below what was written", () =>
  refusedAfter((file) => truncateSync(file, 100), "out.json: it has 100 bytes, and had 31890"));

test("the file was deleted", () => refusedAfter((file) => rmSync(file), "out.json: it is gone"));

test("a byte was edited at the beginning of the file, or at its end", async () => {
  for (const at of [5, 4000, -3]) {
    await refusedAfter((file) => {
      const bytes = readFileSync(file);
      bytes[at < 0 ? bytes.length + at : at] = 0x38;
      writeFileSync(file, bytes);
    }, "out.json: other bytes stand before byte 31890 than those that were written");
  }
});

test("another process appends while rows are written", async () => {
  await inFolder({}, async (folder) => {
    await using db = await open({ state: join(folder, "state"), baseDirectory: folder });
    await db.execute(`CREATE TABLE i (n INT); CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'out.json');
      INSERT INTO o SELECT n FROM i;`);
    const file = join(folder, "out.json");
    await db.insert("i", [{ n: 1 }]);
    await expect.poll(() => readFileSync(file, "utf8")).toBe('{"n":1}\n');
    appendFileSync(file, "{}\n");
    await db.insert("i", [{ n: 2 }]);
    const error = refusal(db.finished());
    await db.close();
    const message = "out.json: someone else writes to it: it has 11 bytes instead of 8";
    expect(await error).toMatchObject({ code: "SINK_CHANGED", message });
    expect(readFileSync(file, "utf8")).toBe('{"n":1}\n{}\n');
  });
});

test("a sink that is taken up says so", async () => {
  await inFolder({ "in.json": INPUT }, async (folder) => {
    expect(await life(folder)).toEqual([]);
    expect(await life(folder)).toContain("state: sinks caught up: one has what the log has");
  });
});

test("two tables that write into one file are refused, however the path is spelled", async () => {
  const files = { "in.json": INPUT, "there.json": "" };
  await inFolder(files, async (folder) => {
    symlinkSync("a.json", join(folder, "to-a.json"));
    symlinkSync(".", join(folder, "here"));
    linkSync(join(folder, "there.json"), join(folder, "linked.json"));
    const refused = (a: string, b: string) =>
      expect(
        life(
          folder,
          `${IN} CREATE TABLE a (n INT) WITH ('connector' = 'filesystem', 'path' = '${a}');
           CREATE TABLE b (n INT) WITH ('connector' = 'filesystem', 'path' = '${b}');
           INSERT INTO a SELECT n FROM i; INSERT INTO b SELECT n FROM i;`,
        ),
      ).rejects.toMatchObject({
        errors: [{ code: "SINK_IS_SHARED", details: { sink: "b", other: "a", path: b } }],
      });
    await refused("a.json", "a.json");
    await refused("a.json", "./sub/../a.json");
    await refused("a.json", join(folder, "a.json"));
    await refused("a.json", "here/here/a.json");
    await refused("a.json", "to-a.json");
    await refused("there.json", "linked.json");
    await refused("not-yet/a.json", "here/not-yet/a.json");
  });
});

test("an input that was deleted is a source that has changed", async () => {
  await inFolder({ "in.json": INPUT }, async (folder) => {
    await life(folder);
    rmSync(join(folder, "in.json"));
    await expect(life(folder)).rejects.toMatchObject({
      errors: [
        { code: "SOURCE_CHANGED", details: { table: "i", file: "in.json", difference: "is not there any more" } },
      ],
    });
  });
});

test("an input that has grown behind its end is not read on, and that is said", async () => {
  await inFolder({ "in.json": INPUT }, async (folder) => {
    await life(folder);
    appendFileSync(join(folder, "in.json"), '{"n":3000}\n');
    expect(await life(folder)).toContain(
      'table "i": in.json has 11 bytes more than when it was read to its end; they are not read',
    );
    expect(readFileSync(join(folder, "out.json"), "utf8")).toBe(INPUT);
  });
});

test("a folder that takes no files is refused before anything is read", async () => {
  await inFolder({ "in.json": INPUT, "not-a-folder": "" }, async (folder) => {
    mkdirSync(join(folder, "sub"));
    const sql = COPY.replace("out.json", "not-a-folder/out.json");
    await expect(life(folder, sql)).rejects.toMatchObject({
      errors: [{ code: "PATH_UNWRITABLE", details: { path: "not-a-folder/out.json" } }],
    });
  });
});
