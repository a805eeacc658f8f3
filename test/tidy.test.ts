// Our own rules of style as tests: what no off-the-shelf tool checks.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const FILE_LINES_MAX = 400;
const FOLDER_FILES_MAX = 12;
const LINE_LENGTH_MAX = 160;
/** Long by right: expressions and queries contain each other, and types that do are one file. */
const LONG_FILES: ReadonlySet<string> = new Set(["src/sql/ast/query.ts"]);

function filesUnder(folder: string): readonly string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();
}

/** Everything that is, or will be, in the repository: tracked and new files, without what is ignored. */
function filesOfRepository(): readonly string[] {
  const out = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  return out
    .toString("utf8")
    .split("\0")
    .filter((name) => name !== "" && existsSync(join(root, name)));
}

const text = (name: string): string => readFileSync(join(root, name), "utf8");
const isCode = (name: string): boolean => name.endsWith(".ts");
const source = [...filesUnder("src"), ...filesUnder("grammar"), ...filesUnder("bench")].filter(isCode);
const tests = filesUnder("test").filter(isCode);

describe("the shape of files", () => {
  test(`no source file is longer than ${FILE_LINES_MAX} lines, the grammar, the tree of queries and tests excepted`, () => {
    const long = source
      .filter((name) => !name.startsWith("grammar/") && !LONG_FILES.has(name))
      .map((name) => ({ name, lines: text(name).trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    expect(long).toEqual([]);
  });

  test(`no folder of source holds more than ${FOLDER_FILES_MAX} files`, () => {
    const counts = new Map<string, number>();
    for (const name of source) {
      const folder = name.slice(0, name.lastIndexOf("/"));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > FOLDER_FILES_MAX)).toEqual([]);
  });

  test("every source file begins with a comment that says what it is", () => {
    expect(source.filter((name) => !/^(#!.*\n)?(\/\*|\/\/)/.test(text(name)))).toEqual([]);
  });

  test(`no line of code is longer than ${LINE_LENGTH_MAX} characters`, () => {
    const long = source.flatMap((name) =>
      text(name)
        .split("\n")
        .flatMap((line, i) => (line.length > LINE_LENGTH_MAX && !/["`]/.test(line) ? [`${name}:${i + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });

  test("every test file is one that the runner finds, and holds a test", () => {
    const ends = tests.filter((name) => name.endsWith(".test.ts"));
    expect(ends.filter((name) => !/\b(test|it)(\.\w+)*\(/.test(text(name)))).toEqual([]);
    const strays = tests.filter((name) => !name.endsWith(".test.ts") && /^\s*(test|it)\("/m.test(text(name)));
    expect(strays).toEqual([]);
  });
});

describe("words that have no place in the project", () => {
  const forbidden = [
    { what: "an absolute path of one machine", pattern: /(^|[\s"'`(=])\/(work|home|Users|root)\// },
    { what: "unfinished by its own words", pattern: new RegExp("\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b") },
    { what: "a registry host", pattern: /registry\s*=\s*https?:|"resolved": "https?:/ },
    { what: "a test that is switched off", pattern: /\b(test|it|describe)\.(only|todo)\(/ },
  ];
  // The licence is not ours; this file names what it forbids.
  const excepted = new Set(["LICENSE", relative(root, import.meta.filename)]);
  const readable = filesOfRepository().filter(
    (name) => !excepted.has(name) && /\.(ts|js|cjs|mjs|json|md|sql|slt|txt|yml|ndjson)$|^\.ci\/|NOTICE$/.test(name),
  );

  for (const { what, pattern } of forbidden) {
    test(`no file holds ${what}`, () => {
      const found = readable.flatMap((name) =>
        text(name)
          .split("\n")
          .flatMap((line, i) => (pattern.test(line) ? [`${name}:${i + 1}: ${line.trim().slice(0, 100)}`] : [])),
      );
      expect(found).toEqual([]);
    });
  }

  test("no source silences a check without its reason on the line", () => {
    const found = [...source, ...tests].flatMap((name) =>
      text(name)
        .split("\n")
        .filter(
          (line) => /eslint-disable|@ts-(ignore|expect-error|nocheck)/.test(line) && !/ -- \w|error: \w/.test(line),
        )
        .map((line) => `${name}: ${line.trim()}`),
    );
    expect(found.filter((line) => !line.startsWith("test/tidy.test.ts"))).toEqual([]);
  });
});
