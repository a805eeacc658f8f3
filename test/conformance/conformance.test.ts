/** Every conformance case gives the rows that Flink gives, or is refused by name and listed in unsupported.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SqlErrors } from "../../src/base/error.ts";
import { expectedOf, loadCases, play } from "./case.ts";

const file = join(import.meta.dirname, "unsupported.json");
// Written by this test (UPDATE_GOLDENS=1): name of the case -> the first refusal.
const unsupported = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
const cases = loadCases();
const modes = [
  { name: "whole batches", options: {} },
  { name: "one row at a time", options: { runRowsMax: 1 } },
  { name: "7 rows at a time, checked", options: { runRowsMax: 7, execution: { checked: true } } },
  { name: "interpreted", options: { execution: { mode: "interpret" } } },
] as const;

const needsMore = (c: (typeof cases)[number]): string | undefined => {
  if (c.time_zone !== undefined && c.time_zone !== "UTC") return `time zone ${c.time_zone}`;
  if (c.tables.some((t) => t.changelog === true)) return "changelog sources";
  if (c.tables.some((t) => t.rows_with_watermarks !== undefined)) return "SOURCE_WATERMARK()";
  if (c.options !== undefined) return "options of allowed lateness";
  return undefined;
};

async function refusal(c: (typeof cases)[number]): Promise<string | undefined> {
  const more = needsMore(c);
  if (more !== undefined) return more;
  try {
    await play(c);
    return undefined;
  } catch (error) {
    const first = error instanceof SqlErrors ? error.errors.find((e) => e.sqlstate === "0A000") : undefined;
    if (first === undefined) throw error;
    return first.message;
  }
}

if (process.env["UPDATE_GOLDENS"] === "1") {
  const found: Record<string, string> = {};
  for (const c of cases) {
    const why = await refusal(c).catch(() => undefined);
    if (why !== undefined) found[c.name] = why;
  }
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
  Object.assign(unsupported, found);
}

const supported = cases.filter((c) => unsupported[c.name] === undefined);

describe.each(modes)("conformance, $name", ({ options }) => {
  test.each(supported.map((c) => [c.name, c] as const))("%s", async (_, c) => {
    const rows = await play(c, options);
    if (c.deviates === undefined) expect(rows).toEqual(expectedOf(c));
    else expect(rows).not.toEqual(expectedOf(c));
  });
});

describe("not supported yet", () => {
  test.each(cases.filter((c) => unsupported[c.name] !== undefined).map((c) => [c.name, c] as const))(
    "%s is refused by name",
    async (_, c) => {
      expect(await refusal(c)).toBe(unsupported[c.name]);
    },
  );
});

test("the count is printed", () => {
  console.log(
    `conformance: ${supported.length} of ${cases.length} cases, ${Object.keys(unsupported).length} not supported yet`,
  );
  expect(supported.length + Object.keys(unsupported).length).toBe(cases.length);
});
