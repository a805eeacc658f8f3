/**
 * Plans as text: every query of a .sql file here, in order, against the .plan file beside it. After a change that is
 * meant, `UPDATE_GOLDENS=1 npx vitest run test/plans` writes them anew; read the difference.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStatements } from "../../grammar/parse.ts";
import { Catalog } from "../../src/plan/catalog/catalog.ts";
import { explainText } from "../../src/plan/explain/text.ts";
import { Planner } from "../../src/plan/planner.ts";

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder).filter((f) => f.endsWith(".sql"));

function plansOf(text: string): string {
  const { statements, errors } = parseStatements(text);
  const planned = new Planner(new Catalog()).plan([{ statements, text, path: "", folder: "" }], {});
  const problems = [...errors, ...planned.errors].map(
    (e) => `${e.message} [${text.slice(e.span?.start, e.span?.end)}]`,
  );
  expect(problems).toEqual([]);
  const plans = planned.steps.flatMap((s) =>
    s.kind === "registerQuery" ? [`${s.query.sql}\n${explainText(s.query)}\n`] : [],
  );
  return plans.join("\n");
}

test("there are files", () => {
  expect(files.length).toBeGreaterThan(3);
});

test.each(files)("%s", (file) => {
  const plans = plansOf(readFileSync(new URL(file, folder), "utf8"));
  const golden = new URL(file.replace(/\.sql$/, ".plan"), folder);
  if (process.env["UPDATE_GOLDENS"] === "1") writeFileSync(golden, plans);
  expect(plans).toBe(readFileSync(golden, "utf8"));
});
