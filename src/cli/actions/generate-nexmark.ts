/** What `tidemark generate nexmark` does: the generator as a table, one stream of it into a file or onto stdout. */
import { resolve } from "node:path";
import { type Engine, open } from "../../engine.ts";
import { ExitCode, type ExitCodeNumber } from "../exit-code.ts";
import { onInterrupt } from "../interrupt.ts";
import { printSinks } from "../output/print-sinks.ts";
import { showProgress } from "../output/progress.ts";
import { reportError } from "../output/report.ts";
import type { Terminal } from "../output/terminal.ts";

export interface GenerateFlags {
  readonly events: number;
  readonly span?: string;
  readonly seed?: string;
  readonly stream: "bid" | "auction" | "person" | "all";
  readonly format: "json" | "csv" | "parquet";
  readonly out?: string;
  readonly debug?: true;
}

const TIME = "`dateTime` TIMESTAMP(3)";

/** The columns of each stream, as the generator names them. */
const columns = {
  person: [
    "id BIGINT",
    "name STRING",
    "`emailAddress` STRING",
    "`creditCard` STRING",
    "city STRING",
    "state STRING",
    TIME,
    "extra STRING",
  ],
  auction: [
    "id BIGINT",
    "`itemName` STRING",
    "description STRING",
    "`initialBid` BIGINT",
    "reserve BIGINT",
    TIME,
    "expires TIMESTAMP(3)",
    "seller BIGINT",
    "category BIGINT",
    "extra STRING",
  ],
  bid: ["auction BIGINT", "bidder BIGINT", "price BIGINT", "channel STRING", "url STRING", TIME, "extra STRING"],
} as const;

const streams = ["person", "auction", "bid"] as const;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const nameOf = (column: string): string => column.slice(0, column.indexOf(" "));

function program(flags: GenerateFlags): string {
  const options = {
    connector: "nexmark",
    events: String(flags.events),
    ...(flags.span !== undefined && { "events.span": flags.span }),
    ...(flags.seed !== undefined && { seed: flags.seed }),
  };
  const withOptions = Object.entries(options).map(([key, value]) => `${literal(key)} = ${literal(value)}`);
  const rows = streams.map((stream) => `${stream} ROW<${columns[stream].join(", ")}>`);
  const source = `CREATE TABLE nexmark (event_type INT, ${rows.join(", ")}) WITH (${withOptions.join(", ")});`;
  const { stream } = flags;
  const isAll = stream === "all";
  const fields = isAll ? ["event_type", ...streams] : columns[stream].map((column) => `${stream}.${nameOf(column)}`);
  const where = isAll ? "" : ` WHERE event_type = ${streams.indexOf(stream)}`;
  const select = `SELECT ${fields.join(", ")} FROM nexmark${where};`;
  if (flags.out === undefined) return `${source}\n${select}`;
  const targetColumns = isAll ? ["event_type INT", ...rows] : columns[stream];
  const path = literal(resolve(flags.out));
  const target = `CREATE TABLE target (${targetColumns.join(", ")}) WITH ('connector' = 'filesystem', 'path' = ${path}, 'format' = '${flags.format}');`;
  return `${source}\n${target}\nINSERT INTO target ${select}`;
}

export async function generateNexmark(flags: GenerateFlags, terminal: Terminal): Promise<ExitCodeNumber> {
  try {
    await using engine: Engine = await open({
      stdout: terminal.results,
      print: printSinks({
        format: flags.format === "csv" ? "csv" : "json",
        changelog: undefined,
        stdout: terminal.results,
        memory: () => engine.memory,
      }),
    });
    const stop = (): void => {
      // What a drain meets is met by `finished` below too.
      void engine.drain().catch(() => undefined);
    };
    onInterrupt(terminal, stop);
    terminal.onReaderGone(stop);
    await engine.execute(program(flags));
    using _progress = showProgress(engine, terminal);
    const { failures } = await engine.finished();
    const [failure] = failures;
    if (failure !== undefined) throw failure.error;
    return ExitCode.DONE;
  } catch (error) {
    // The statements are ours: their text would explain nothing.
    return reportError(error, undefined, { terminal, debug: flags.debug === true, json: false });
  }
}
