/** What the tests of the grammar share: trees without spans, the corpus, text -> statements. */
import { readdirSync, readFileSync } from "node:fs";
import { parseStatements } from "../../grammar/parse.ts";
import { render } from "../../src/base/error.ts";
import type { Statement } from "../../src/sql/ast.ts";

const folder = new URL("./corpus/", import.meta.url);

export interface CorpusFile {
  readonly name: string;
  readonly text: string;
}

export const corpus: readonly CorpusFile[] = readdirSync(folder)
  .filter((name) => name.endsWith(".sql"))
  .sort()
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));

/** The tree as plain data without spans. */
export function bare(node: unknown): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value: unknown) =>
      /^(?:span|keySpan|valueSpan|opSpan)$/.test(key) ? undefined : value,
    ),
  );
}

/** The statements of a text that must have no error. */
export function parse(text: string): readonly Statement[] {
  const { statements, errors } = parseStatements(text);
  if (errors.length > 0) throw new Error(errors.map((error) => render(error, { path: "test.sql", text })).join("\n"));
  return statements;
}
