/** docs/functions.md, made from the definitions: `node src/expr/functions/docs.ts > docs/functions.md`. */
import { aggregates } from "../aggregates/index.ts";
import type { Example, ScalarFunction } from "../function.ts";
import { functions } from "./index.ts";

const titles: Readonly<Record<ScalarFunction["category"], string>> = {
  comparison: "Comparison",
  conditional: "Conditions",
  number: "Numbers",
  string: "Strings",
  regex: "Regular expressions",
  time: "Dates and times",
};

/** What has syntax of its own, and no entry in the registry. */
const SPECIAL = `Beside the functions below: \`CASE\`, \`COALESCE\` (also \`IFNULL\`, \`NVL\`), \`IF\`, \`CAST\`, \`TRY_CAST\`, \`x::type\`,
\`AND\`, \`OR\`, \`NOT\`, \`BETWEEN\`, \`IN (list)\`, \`IS [NOT] NULL | TRUE | FALSE | DISTINCT FROM\`, \`[NOT] LIKE .. ESCAPE\`,
\`CURRENT_WATERMARK(time)\`. Evaluation is from left to right, and only what is needed.`;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

interface Entry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly usage: readonly string[];
  readonly doc: string;
  readonly examples: readonly Example[];
}

function row(entry: Entry): string {
  const usage = entry.usage.map((u) => `\`${cell(u)}\``).join("<br>");
  const others = (entry.aliases ?? []).map((a) => `\`${a}\``).join(", ");
  const aliases = others === "" ? "" : ` Also ${others}.`;
  const examples = entry.examples.map(({ sql, result }) => `\`${cell(sql)}\` → \`${cell(result)}\``).join("<br>");
  return `| ${usage} | ${cell(entry.doc)}${aliases} | ${examples} |`;
}

const table = (entries: readonly Entry[]): string =>
  ["| call | what it gives | examples |", "|---|---|---|", ...entries.map(row)].join("\n");

/** The page as Markdown. */
export function functionsPage(): string {
  const parts = [
    "# Functions",
    "Made from the definitions in `src/expr` by `node src/expr/functions/docs.ts`; the examples are run by the tests. `SHOW FUNCTIONS` lists the names.",
    SPECIAL,
  ];
  for (const [category, title] of Object.entries(titles)) {
    const entries = Object.values(functions).filter((f) => f.category === category);
    parts.push(`## ${title}`, table(entries));
  }
  parts.push(
    "## Aggregates",
    "Each takes `DISTINCT` and `FILTER (WHERE ..)`, and skips rows in which its argument is NULL.",
    table(aggregates),
  );
  return `${parts.join("\n\n")}\n`;
}

if (import.meta.main) process.stdout.write(functionsPage());
