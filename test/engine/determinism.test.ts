/**
 * The output is a function of the input (E7): the same bytes in the same order whatever the batch size and the hash seed,
 * compiled, checked or interpreted.
 */
import { describe, expect, test } from "vitest";
import type { Change, OpenOptions } from "../../src/api.ts";
import { type ChangeByte, changeText } from "../../src/base/batch.ts";
import type { Sink } from "../../src/connectors/connector.ts";
import { type Engine, open } from "../../src/engine.ts";
import { changeOf, readRow } from "../../src/expr/columns.ts";
import { valueToJson } from "../../src/expr/text.ts";
import { unaccounted } from "../../src/runtime/accounting/conservation.ts";
import type { PrintTarget } from "../../src/runtime/outputs/query-outputs.ts";
import { toObject } from "../../src/runtime/outputs/rows-to-js.ts";
import { ddl, ddlWithoutFiles, files, type Insert, inserts, insertsForFiles, programs } from "./programs.ts";
import { inFolder } from "./support.ts";

const MEMORY_BYTES = 128 << 20;

const changed = (op: Change["op"], row: Change["row"]): string =>
  `${op} ${JSON.stringify(row, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v))}`;

/** What a program reads, and who is to hear its changes. */
interface Input {
  readonly tables: string;
  readonly rows: readonly Insert[];
  readonly listener?: (query: string, change: Change) => void;
}

async function run(
  sql: string,
  folder: string,
  options: OpenOptions,
  { tables, rows: given, listener }: Input = { tables: ddl, rows: inserts() },
): Promise<{ text: string; side: Record<string, string[]>; byQuery: Record<string, string[]> }> {
  const lines: string[] = [];
  const byQuery: Record<string, string[]> = {};
  const side: Record<string, string[]> = {};
  const slots: { db?: Engine } = {};
  const print = (target: PrintTarget): Sink => ({
    ordered: true,
    write: ({ batch, rows }) => {
      const { db } = slots;
      if (db === undefined) throw new Error("rows before the engine");
      for (let i = 0; i < rows; i++) {
        const row = readRow(db.memory, batch, target.schema, i);
        const values = row.map((v, c) => valueToJson(target.schema[c]?.type ?? { kind: "NULL" }, v));
        const op = changeText[changeOf(db.memory, batch, i) as ChangeByte]; // a byte of Change
        lines.push(`${target.query} ${op} ${values.join(" ")}`);
        (byQuery[target.query] ??= []).push(changed(op, toObject(target.schema, row)));
      }
    },
    flush: () => undefined,
    close: () => Promise.resolve(),
  });
  const onSideRow: NonNullable<OpenOptions["onSideRow"]> = (table, { at: _, ...row }) => {
    (side[table] ??= []).push(Object.values(row).map(String).join("|"));
  };
  await using db = await open({ memoryLimitBytes: MEMORY_BYTES, baseDirectory: folder, print, onSideRow, ...options });
  slots.db = db;
  const { queries } = await db.execute(tables + sql);
  const listen = async (query: string): Promise<void> => {
    for await (const change of db.subscribe(query)) listener?.(query, change);
  };
  const listening = listener === undefined ? [] : queries.map(listen);
  for (const { table, rows } of given) void db.insert(table, rows);
  db.endInput();
  await Promise.all(listening);
  const { failures, stats } = await db.finished();
  expect(failures).toEqual([]);
  expect(
    stats.queries
      .flatMap((q) => q.conservation)
      .map(unaccounted)
      .filter((n) => n !== 0),
  ).toEqual([]);
  return { text: lines.join("\n"), side, byQuery };
}

const first = { runRowsMax: 2048, hashSeed: 1n } satisfies OpenOptions;
const others: readonly (readonly [string, OpenOptions])[] = [
  ["1 row at a time", { runRowsMax: 1, hashSeed: 1n }],
  ["2 rows at a time, another seed", { runRowsMax: 2, hashSeed: -77_777_777_777n }],
  ["7 rows at a time, checked", { runRowsMax: 7, hashSeed: 5n, execution: { checked: true } }],
  ["whole batches, another seed", { runRowsMax: 2048, hashSeed: 123_456_789_012_345n }],
];

describe("the same output, byte for byte", () => {
  test.each(programs.map((p) => [p.name, p.sql] as const))("%s", async (_, sql) => {
    await inFolder(files(), async (folder) => {
      const expected = await run(sql, folder, first);
      expect(expected.text.length).toBeGreaterThan(0);
      for (const [how, options] of others) {
        const got = await run(sql, folder, options);
        expect({ how, ...got }).toEqual({ how, ...expected });
      }
    });
  });
});

describe("a subscriber hears what the sink shows, in its order", () => {
  test.each(programs.map((p) => [p.name, p.sql] as const))("%s", async (_, sql) => {
    await inFolder({}, async (folder) => {
      for (const [how, options] of [["whole batches", first] as const, ...others.slice(0, 2)]) {
        const heard: Record<string, string[]> = {};
        const listener = (query: string, { op, row }: Change): void => {
          (heard[query] ??= []).push(changed(op, row));
        };
        const input = { tables: ddlWithoutFiles, rows: insertsForFiles(), listener };
        const { byQuery } = await run(sql, folder, options, input);
        for (const [query, shown] of Object.entries(byQuery)) {
          const lines = heard[query] ?? [];
          // The first row of a global aggregate is there before anyone can listen.
          expect(shown.length - lines.length).toBeLessThanOrEqual(1);
          expect({ how, lines }).toEqual({ how, lines: shown.slice(shown.length - lines.length) });
        }
      }
    });
  });
});
