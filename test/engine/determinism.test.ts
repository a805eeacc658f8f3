/**
 * The output is a function of the input (E7): the same bytes in the same order whatever the batch size and the hash seed,
 * compiled, checked or interpreted.
 */
import { describe, expect, test } from "vitest";
import type { OpenOptions } from "../../src/api.ts";
import { changeText } from "../../src/base/batch.ts";
import type { Sink } from "../../src/connectors/connector.ts";
import { type Engine, open } from "../../src/engine.ts";
import { changeOf, readRow } from "../../src/expr/columns.ts";
import { valueToJson } from "../../src/expr/text.ts";
import { unaccounted } from "../../src/runtime/accounting/conservation.ts";
import type { PrintTarget } from "../../src/runtime/outputs/query-outputs.ts";
import { ddl, files, inserts, programs } from "./programs.ts";
import { inFolder } from "./support.ts";

const MEMORY_BYTES = 128 << 20;

async function run(
  sql: string,
  folder: string,
  options: OpenOptions,
): Promise<{ text: string; side: Record<string, string[]> }> {
  const lines: string[] = [];
  const side: Record<string, string[]> = {};
  const slots: { db?: Engine } = {};
  const print = (target: PrintTarget): Sink => ({
    ordered: true,
    write: ({ batch, rows }) => {
      const { db } = slots;
      if (db === undefined) throw new Error("rows before the engine");
      for (let i = 0; i < rows; i++) {
        const values = readRow(db.memory, batch, target.schema, i).map((v, c) =>
          valueToJson(target.schema[c]?.type ?? { kind: "NULL" }, v),
        );
        lines.push(`${target.query} ${changeText[changeOf(db.memory, batch, i)]} ${values.join(" ")}`);
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
  await db.execute(ddl + sql);
  for (const { table, rows } of inserts()) void db.insert(table, rows);
  db.endInput();
  const { failures, stats } = await db.finished();
  expect(failures).toEqual([]);
  expect(
    stats.queries
      .flatMap((q) => q.conservation)
      .map(unaccounted)
      .filter((n) => n !== 0),
  ).toEqual([]);
  return { text: lines.join("\n"), side };
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
