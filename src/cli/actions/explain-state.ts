/** `tidemark explain --state`: by query and operator, what is kept, computed anew, or lost. */
import type { SqlText } from "../../api.ts";
import { explainChange, type ReadAgain, type ShownVerdict } from "../../engine/inspect/change.ts";
import { counted, groups } from "../output/numbers.ts";
import type { Terminal } from "../output/terminal.ts";

export async function explainState(
  folder: string,
  program: readonly SqlText[],
  options: {
    readonly parameters: Readonly<Record<string, string>>;
    readonly settings: Readonly<Record<string, string>>;
    readonly json: true | undefined;
  },
  terminal: Terminal,
): Promise<void> {
  const { parameters, settings, json } = options;
  const verdicts = await explainChange(folder, program, { parameters, settings });
  const consents = [...new Set(verdicts.flatMap((verdict) => verdict.consents))];
  if (json === true) {
    terminal.print(JSON.stringify({ queries: verdicts.map(verdictJson), consents }));
    return;
  }
  for (const verdict of verdicts) for (const line of verdictLines(verdict)) terminal.print(line);
  if (consents.length > 0) terminal.print(`\nrun starts it with ${consents.join(" ")}, and refuses it without`);
}

const verdictJson = ({ query, fate, items, reads, appendsTo, consents }: ShownVerdict): object => ({
  query,
  fate,
  state: items.map(({ name, fate: itemFate }) => ({ name, fate: itemFate })),
  reads: reads.map(({ table, partition, rows, unit }) => ({
    table,
    partition,
    from: "beginning",
    [unit]: Number(rows),
  })),
  appendsTo: appendsTo ?? null,
  consents,
});

const FATES: Readonly<Record<ShownVerdict["fate"], string>> = {
  kept: "as it was",
  changed: "goes on where it was",
  rebuilt: "is computed anew",
  new: "is new",
  dropped: "is no longer in the SQL",
};

const ITEM_FATES: Readonly<Record<ShownVerdict["items"][number]["fate"], string>> = {
  kept: "kept",
  rebuilt: "rebuilt from source",
  lost: "lost: its sources cannot be read from their beginning",
  new: "new",
};

function verdictLines({ query, fate, items, reads, appendsTo }: ShownVerdict): readonly string[] {
  const width = Math.max(...items.map(({ name }) => name.length));
  return [
    `${query} ${FATES[fate]}`,
    ...items.map((item) => `  ${item.name.padEnd(width)}  ${ITEM_FATES[item.fate]}`),
    ...reads.map((read) => `  reads ${partitionText(read)} from the beginning: ${rowsText(read)} up to where it was`),
    ...(appendsTo === undefined ? [] : [`  its rows come behind those of the old query in ${appendsTo}`]),
  ];
}

const partitionText = ({ table, partition }: ReadAgain): string =>
  partition === "" || partition === "0" ? table : `${partition} (${table})`;

const rowsText = ({ rows, unit }: ReadAgain): string =>
  unit === "rows" ? counted(Number(rows), "row") : `${groups(Number(rows))} lines`;
