/** What the commands of `tidemark state` have in common: facts and tables as text, or all of it as one object. */
import { answerText } from "../../output/answers.ts";
import { groups } from "../../output/numbers.ts";
import type { Terminal } from "../../output/terminal.ts";

export interface StateFlags {
  readonly json?: true;
  readonly debug?: true;
}

type Print = Pick<Terminal, "print">;

/** One object; of whole numbers all digits. */
export function printJson(data: unknown, terminal: Print): void {
  terminal.print(
    JSON.stringify(data, (_, value: unknown) => {
      if (typeof value !== "bigint") return value;
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    }),
  );
}

/** Names and what they stand for, one below the other. */
export function printFacts(facts: readonly (readonly [name: string, text: string])[], terminal: Print): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, text] of facts) terminal.print(`${name.padEnd(width)}  ${text}`);
}

/** A table under its title; nothing where it has no rows. */
export function printTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  terminal: Print,
): void {
  if (rows.length === 0) return;
  terminal.print(`\n${title}`);
  terminal.print(answerText({ columns, rows }, "table"));
}

export const timeText = (ms: number): string => new Date(ms).toISOString();

export const bytesText = (bytes: number): string => `${groups(bytes)} bytes`;

/** Control characters of a value must not reach a terminal. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f]/g;

/** A JSON value as a cell: strings without their quotes. */
export function cellText(json: string | undefined): string {
  if (json === undefined || json === "null") return "NULL";
  if (!json.startsWith('"')) return json;
  return (JSON.parse(json) as string).replace(control, "·"); // it begins as a string of JSON does
}
