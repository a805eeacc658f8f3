/** The rules of the language as text cases: SQL, rows, watermarks and the changelog (README.md says how they read). */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { type Case, parseSlt, printSlt } from "./format.ts";
import { type PlayMode, play, type Transcript } from "./play.ts";

const here = import.meta.dirname;
const names = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".slt"))
  .sort();
const updates = process.env["UPDATE_GOLDENS"] === "1";

const asWritten: PlayMode = { feeding: "lines" };
/** Ways to run that must not show. */
const same: readonly (readonly [string, PlayMode])[] = [
  [
    "a row at a time, checked",
    { feeding: "lines", options: { runRowsMax: 1, execution: { checked: true }, hashSeed: 2n } },
  ],
  ["interpreted", { feeding: "lines", options: { execution: { mode: "interpret" } } }],
];

const textOf = (c: Case, transcript: Transcript): string =>
  c.steps
    .flatMap((step, i) => [...(step.input === undefined ? [] : [step.input]), ...(transcript[i] ?? [])])
    .join("\n");
const expectedOf = (c: Case): string =>
  textOf(
    c,
    c.steps.map((step) => step.expected),
  );

const isFailure = (line: string): boolean => /^\d+ x ! \S+\$errors /.test(line);
const withoutCount = (line: string): string => line.replace(/^\d+ x /, "");

/** What the changes add up to, and the other lines without watermarks: what does not depend on where epochs are cut. */
function result(transcript: Transcript): string[] {
  const counts = new Map<string, number>();
  for (const line of transcript.flat()) {
    const match = /^(.*?)([+-][IUD]) (.*)$/.exec(line);
    if (match === null || line.startsWith("! ")) {
      // A group that cannot be put out fails once an epoch.
      const isGroup = line.startsWith("! ") && line.includes("$errors 22003 ");
      if (!/^(\S+ )?~ /.test(line)) counts.set(line, isGroup ? 1 : (counts.get(line) ?? 0) + 1);
      continue;
    }
    const [, query = "", op = "", row = ""] = match;
    const key = `${query}${row}`;
    counts.set(key, (counts.get(key) ?? 0) + (op === "+I" || op === "+U" ? 1 : -1));
  }
  return [...counts].flatMap(([key, n]) => (n === 0 ? [] : [`${n} x ${key}`])).sort();
}

for (const name of names) {
  const path = join(here, name);
  const file = parseSlt(readFileSync(path, "utf8"));
  describe(relative(here, path), () => {
    if (updates) {
      test("is written anew", async () => {
        const outputs = [];
        for (const c of file.cases) outputs.push(await play(c, asWritten));
        writeFileSync(path, printSlt(file, outputs));
        expect(outputs).toHaveLength(file.cases.length);
      });
      return;
    }
    test.each(file.cases.map((c) => [c.title, c] as const))("%s", async (_, c) => {
      const first = await play(c, asWritten);
      expect(textOf(c, first)).toBe(expectedOf(c));
      for (const [how, mode] of same)
        expect({ how, text: textOf(c, await play(c, mode)) }).toEqual({ how, text: expectedOf(c) });
      const [fed, whole] = [result(first), result(await play(c, { feeding: "whole" }))];
      expect(whole.filter((line) => !isFailure(line))).toEqual(fed.filter((line) => !isFailure(line)));
      // What a changelog takes back within an epoch never fails; the lines of conservation say how many rows did.
      expect(fed.filter(isFailure).map(withoutCount)).toEqual(
        expect.arrayContaining(whole.filter(isFailure).map(withoutCount)),
      );
    });
  });
}
