/** docs/errors.md, made from the catalogue. */
import { type ErrorCode, errorCatalogue, errorFamilies, warningCatalogue } from "../../src/base/errors/catalogue.ts";
import type { ErrorEntry } from "../../src/base/errors/entry.ts";

/** `{name}` as an italic word. */
const readable = (template: string): string => template.replaceAll(/\{(\w+)\}/g, "_$1_");

function section(code: string, entry: ErrorEntry): string {
  const lines = [`### ${code}`, "", `SQLSTATE \`${entry.sqlstate}\`: ${readable(entry.message)}`];
  if (entry.doc !== undefined) lines.push("", entry.doc);
  if (entry.hint !== undefined) lines.push("", `Hint: ${readable(entry.hint)}`);
  return lines.join("\n");
}

const head = `# Errors and warnings

Every error has a code, an SQLSTATE (as PostgreSQL's drivers know it), a message, the place in the SQL text or in the data,
and often a hint. In this list words in italics stand for the details of the case. This page is generated from the
catalogue in \`src/base/errors/\` by \`npx vitest run test/errors -u\`.

    error[42703]: column "prise" does not exist
      --> queries/revenue.sql:7:14
     7 |   SELECT sum(prise) FROM orders
       |              ^^^^^ did you mean "price"?
      hint: orders has columns id, price, shop, ts`;

export function errorReference(): string {
  const families = errorFamilies.map(({ title, codes }) =>
    // The families hold exactly the keys of the catalogue.
    [`## ${title}`, ...codes.map((code) => section(code, errorCatalogue[code as ErrorCode]))].join("\n\n"),
  );
  const warnings = ["## Warnings", ...Object.entries(warningCatalogue).map(([code, entry]) => section(code, entry))];
  return `${[head, ...families, warnings.join("\n\n")].join("\n\n")}\n`;
}
