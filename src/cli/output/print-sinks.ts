/** How bare SELECTs print: rows as JSON lines, as CSV, or as a table that a person reads. One printer per query of a run. */

import { type ChangeByte, changeText } from "../../base/batch.ts";
import { uniqueNames } from "../../base/names.ts";
import type { Sink, SinkBatch } from "../../connectors/connector.ts";
import { type RowLead, RowText } from "../../connectors/sinks/row-text.ts";
import { changeOf, readRow } from "../../expr/columns.ts";
import type { PrintTarget } from "../../runtime/outputs/query-outputs.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { OutputFormat } from "./answers.ts";
import { TablePages } from "./table-pages.ts";

export interface PrintOptions {
  readonly format: OutputFormat;
  readonly changelog: "changes" | "final" | undefined;
  readonly stdout: NodeJS.WritableStream;
  /** The engine's, once it is open. */
  readonly memory: () => EngineMemory;
}

/** Turns rows of one query into text. */
interface Writer {
  rows(batch: SinkBatch): void;
  /** The text of the rows since the last call. */
  take(): Uint8Array | string;
  /** Other rows have been printed since. */
  interrupted?(): void;
}

/** The engine's `print` option. Whether rows carry the number of their query depends on how many print. */
export function printSinks(options: PrintOptions): (target: PrintTarget) => Sink {
  let queries = 0;
  /** Prints what the query that wrote last has not printed yet. */
  let last: (() => boolean) | undefined;
  return (target) => {
    queries++;
    const { changelog, stdout } = options;
    const change = changelog !== "final" && (changelog === "changes" || !target.appendOnly);
    // All queries of a run are known before the first row comes.
    let writer: Writer | undefined;
    const writerNow = (): Writer =>
      (writer ??= writerFor(options, target, queries > 1 ? { query: target.ordinal, change } : { change }));
    const print = (): boolean => {
      const text = writer?.take() ?? "";
      return text.length === 0 || stdout.write(text);
    };
    return {
      ordered: true,
      write(batch): void {
        const now = writerNow();
        // Rows of several queries keep their order: a table page ends where another query's rows begin.
        if (last !== undefined && last !== print) {
          last();
          now.interrupted?.();
        }
        last = print;
        now.rows(batch);
        if (options.format !== "table") print();
      },
      async flush(): Promise<void> {
        if (!print()) await new Promise((resolve) => stdout.once("drain", resolve));
      },
      close(): Promise<void> {
        print();
        return Promise.resolve();
      },
    };
  };
}

function writerFor({ format, memory }: PrintOptions, target: PrintTarget, lead: RowLead): Writer {
  if (format === "table") return tablePages(memory(), target, lead);
  const text = new RowText(memory(), target.schema, format, lead);
  let isHeaded = format === "json";
  return {
    rows(batch): void {
      if (!isHeaded) text.header();
      isHeaded = true;
      text.rows(batch);
    },
    take: () => text.out.take(),
  };
}

function tablePages(memory: EngineMemory, { schema }: PrintTarget, { query, change }: RowLead): Writer {
  const pages = new TablePages(schema);
  const lead = [...(query === undefined ? [] : ["$query"]), ...(change ? ["$op"] : [])];
  const names = [...lead, ...uniqueNames(schema.map((field) => field.name))];
  return {
    rows({ batch, rows }): void {
      for (let row = 0; row < rows; row++) {
        const op = change ? [changeText[changeOf(memory, batch, row) as ChangeByte]] : []; // a byte of Change
        const cells = [...(query === undefined ? [] : [String(query)]), ...op];
        pages.add(names, cells, readRow(memory, batch, schema, row));
      }
    },
    take: () => pages.take(),
    interrupted: () => {
      pages.interrupted();
    },
  };
}
