import { expect, test } from "vitest";
import { parseStatements } from "../../grammar/parse.ts";
import { type Diagnostic, render, SqlError, sqlWarning } from "../../src/base/error.ts";
import {
  type ErrorCode,
  errorCatalogue,
  errorFamilies,
  type WarningCode,
  warningCatalogue,
} from "../../src/base/errors/catalogue.ts";
import { type ErrorEntry, placeholders } from "../../src/base/errors/entry.ts";
import type { syntaxErrors } from "../../src/base/errors/syntax.ts";
import { errorReference } from "./reference.ts";

/** SQL that provokes an error; the others are made from sample details. */
const provoked: Readonly<Record<keyof typeof syntaxErrors, string>> = {
  SYNTAX: "SELECT a,\n       b\nFORM t",
  INVALID_SYNTAX: "SELECT * FROM a JOIN b",
  UNEXPECTED_CHARACTER: "SELECT ‘a’ FROM t",
  UNTERMINATED_STRING: "SELECT 'open\nFROM t",
  UNTERMINATED_IDENTIFIER: 'SELECT "open FROM t',
  UNTERMINATED_COMMENT: "SELECT 1 /* open",
  EMPTY_IDENTIFIER: 'SELECT "" FROM t',
  INVALID_ESCAPE: "SELECT E'a\\xZZ'",
  INVALID_NUMBER: "SELECT 12abc",
  INVALID_BYTES: "SELECT X'ABC'",
  NESTING_TOO_DEEP: `SELECT ${"(".repeat(101)}1${")".repeat(101)}`,
  EXPRESSION_TOO_LONG: `SELECT 1${" + 1".repeat(600)}`,
  STATEMENT_TOO_LARGE: `SELECT '${"x".repeat(300 * 1024)}'`,
  TOO_MANY_ERRORS: "SELEC;\n".repeat(102),
};

const sample = "CREATE VIEW revenue AS\nSELECT sum(prise) FROM orders";
const at = sample.indexOf("prise");
const span = { start: at, end: at + "prise".length };

function sampleDetails(entry: ErrorEntry): Readonly<Record<string, string>> {
  const names = [...placeholders(entry.message), ...placeholders(entry.hint ?? "")];
  return Object.fromEntries(names.map((name) => [name, `<${name}>`]));
}

function sampleOf(code: ErrorCode): string {
  // The details have exactly the names that the templates ask for.
  const error = new SqlError(code, span, sampleDetails(errorCatalogue[code]) as never);
  return render(error, { path: "queries/revenue.sql", text: sample });
}

function provokedBy(code: string, text: string): string {
  const error = parseStatements(text).errors.find((e) => e.code === code);
  if (error === undefined) throw new Error(`no ${code} for ${text.slice(0, 80)}`);
  return render(error, { path: "queries/revenue.sql", text });
}

const provocations: ReadonlyMap<string, string> = new Map(Object.entries(provoked));

for (const { title, codes } of errorFamilies) {
  test(`${title}: every code has its rendered form`, async () => {
    const texts = codes.map((code) => {
      const text = provocations.get(code);
      // The families hold exactly the keys of the catalogue.
      return `${code}\n${text === undefined ? sampleOf(code as ErrorCode) : provokedBy(code, text)}\n`;
    });
    const file = title.toLowerCase().replaceAll(/\W+/g, "-");
    await expect(texts.join("\n")).toMatchFileSnapshot(`golden/${file}.txt`);
  });
}

test("every warning has its rendered form", async () => {
  const texts = Object.entries(warningCatalogue).map(([code, entry]) => {
    // The details have exactly the names that the templates ask for.
    const warning: Diagnostic = sqlWarning(code as WarningCode, span, sampleDetails(entry) as never);
    return `${code}\n${render(warning, { path: "queries/revenue.sql", text: sample })}\n`;
  });
  await expect(texts.join("\n")).toMatchFileSnapshot("golden/warnings.txt");
});

test("the families hold every code once, and every SQLSTATE has five characters", () => {
  const codes = errorFamilies.flatMap((family) => family.codes);
  expect(codes.toSorted()).toEqual(Object.keys(errorCatalogue).toSorted());
  for (const entry of [...Object.values(errorCatalogue), ...Object.values(warningCatalogue)]) {
    expect(entry.sqlstate).toMatch(/^[0-9A-Z]{5}$/);
  }
});

test("docs/errors.md has an entry for every code", async () => {
  const page = errorReference();
  for (const code of [...Object.keys(errorCatalogue), ...Object.keys(warningCatalogue)])
    expect(page).toContain(`### ${code}\n`);
  await expect(page).toMatchFileSnapshot("../../docs/errors.md");
});
