/** Reads a source whole, with every place at which reading can go on; then from there. */
import { expect } from "vitest";
import { VALID } from "../../../src/base/batch.ts";
import { leavesOf, type Schema } from "../../../src/base/types.ts";
import type {
  BadRecord,
  PartitionReader,
  RecordPlace,
  Source,
  SourceConnector,
  SourcePosition,
} from "../../../src/connectors/connector.ts";
import { readRow, validAddress } from "../../../src/expr/columns.ts";
import { memory, type RequestParts, requestOf } from "../read.ts";

/** A row or a broken record, as it comes. */
export type Item = ReturnType<typeof itemOf>;

export interface Cut {
  /** How many items stand before it. */
  readonly index: number;
  readonly position: SourcePosition;
}

/** Long texts are told apart by their ends and length. */
export const shown = (text: string): string =>
  text.length < 200 ? text : `${text.slice(0, 90)}..${text.length}..${text.slice(-90)}`;

const itemOf = (place: RecordPlace, values: readonly unknown[], bad: readonly (BadRecord | undefined)[]) => ({
  partition: place.partition,
  position: place.position,
  line: place.line,
  record: shown(Buffer.from(place.record).toString("latin1")),
  bytes: place.record.length,
  values: values.map((value) => (typeof value === "string" ? shown(value) : value)),
  bad: bad.map((b) => b && `${b.code} ${String(b.field)} ${b.reason}`),
});

/** What comes with the present batch, with the cuts before each item and the one behind the batch. */
export function itemsOfBatch(reader: PartitionReader, schema: Schema): { items: Item[]; cuts: Cut[] } {
  const leaves = leavesOf(schema);
  const items: Item[] = [];
  const cuts: Cut[] = [];
  const add = (place: RecordPlace, values: readonly unknown[], bad: readonly (BadRecord | undefined)[]): void => {
    cuts.push({ index: items.length, position: reader.positionOf(place) });
    items.push(itemOf(place, values, bad));
  };
  const broken = [...reader.broken];
  for (let row = 0; row <= reader.rows; row++) {
    while (broken[0]?.row === row) {
      const [record] = broken.splice(0, 1);
      if (record !== undefined) add(record, [], [record]);
    }
    if (row === reader.rows) continue;
    const bad = leaves.map((_, i) => {
      const byte = memory.u8[validAddress(memory, reader.batch, i) + row] ?? 0;
      return byte > VALID ? reader.badValue(row, i) : undefined;
    });
    add(reader.place(row), readRow(memory, reader.batch, schema, row), bad);
  }
  expect(broken).toEqual([]);
  cuts.push({ index: items.length, position: reader.positionOf(reader.next) });
  return { items, cuts };
}

/** A log keeps positions as text. */
const logged = (position: SourcePosition): SourcePosition => ({
  position: BigInt(String(position.position)),
  line: position.line === undefined ? undefined : BigInt(String(position.line)),
  fingerprint: position.fingerprint,
});

export async function readItems(reader: PartitionReader, schema: Schema): Promise<{ items: Item[]; cuts: Cut[] }> {
  const all: { items: Item[]; cuts: Cut[] } = { items: [], cuts: [] };
  all.cuts.push({ index: 0, position: logged(reader.positionOf(reader.next)) });
  while (!reader.ended) {
    await reader.read();
    const { items, cuts } = itemsOfBatch(reader, schema);
    all.cuts.push(...cuts.map((cut) => ({ index: all.items.length + cut.index, position: logged(cut.position) })));
    all.items.push(...items);
  }
  await reader.close();
  return all;
}

/** Opened anew, as another process would. */
export const openSource = (connector: SourceConnector, parts: RequestParts): Source => connector.open(requestOf(parts));

/** Every `stride`th cut, and the first and last ones. */
export function someCuts(cuts: readonly Cut[], stride: number): readonly Cut[] {
  return cuts.filter((_, i) => i % stride === 0 || i < 2 || i > cuts.length - 4);
}

/** Going on at any cut gives the rest of what reading the whole gave. */
export async function expectToGoOn(
  open: (from: SourcePosition | undefined) => PartitionReader | Promise<PartitionReader>,
  schema: Schema,
  stride: number,
): Promise<readonly Item[]> {
  const whole = await readItems(await open(undefined), schema);
  for (const { index, position } of someCuts(whole.cuts, stride)) {
    const rest = await readItems(await open(position), schema);
    expect(
      rest.items,
      `from ${JSON.stringify(position, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))}`,
    ).toEqual(whole.items.slice(index));
    // Where it ends, it ends again.
    expect(rest.cuts.at(-1)?.position).toEqual(whole.cuts.at(-1)?.position);
  }
  return whole.items;
}
