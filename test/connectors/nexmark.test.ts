/** The Nexmark generator: the same events in every run and for every choice of columns, with the ratios of the benchmark. */
import { describe, expect, test } from "vitest";
import { BIGINT, INT, leavesOf, timestamp, VARCHAR } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { nexmarkSource } from "../../src/connectors/nexmark/source.ts";
import { column, readSource, requestOf } from "./read.ts";

const T = timestamp(3);
const texts = (...names: string[]) => names.map((name) => column(name, VARCHAR));
const ints = (...names: string[]) => names.map((name) => column(name, BIGINT));
const person = [
  ...ints("id"),
  ...texts("name", "emailAddress", "creditCard", "city", "state"),
  column("dateTime", T),
  ...texts("extra"),
];
const auction = [
  ...ints("id"),
  ...texts("itemName", "description"),
  ...ints("initialBid", "reserve"),
  column("dateTime", T),
  column("expires", T),
  ...ints("seller", "category"),
  ...texts("extra"),
];
const bid = [
  ...ints("auction", "bidder", "price"),
  ...texts("channel", "url"),
  column("dateTime", T),
  ...texts("extra"),
];
const schema = [
  column("event_type", INT),
  column("person", { kind: "ROW", fields: person }),
  column("auction", { kind: "ROW", fields: auction }),
  column("bid", { kind: "ROW", fields: bid }),
];
type Row = readonly Value[];

async function events(options: Record<string, string>, needed?: readonly boolean[]): Promise<readonly Row[]> {
  const parts = needed === undefined ? { schema, options } : { schema, options, needed };
  const [result] = await readSource(nexmarkSource, parts);
  return (result?.rows ?? []).map((r) => r.values);
}
const kind = (rows: readonly Row[], index: 1 | 2 | 3): Row[] =>
  rows.flatMap((r) => (Array.isArray(r[index]) ? [r[index] as Row] : []));
const BASE = BigInt(Date.UTC(2015, 6, 15)) * 1000n;

describe("nexmark", () => {
  test("the first events are these", async () => {
    const rows = await events({ events: "6" });
    expect(JSON.stringify(rows, (_, v: unknown) => (typeof v === "bigint" ? Number(v) : v), 1)).toMatchSnapshot();
  });
  test("the same in every run and in every part; another seed makes others", async () => {
    const options = { events: "2000", "events.span": "1000 s" };
    const rows = await events(options);
    expect(await events(options)).toEqual(rows);
    expect((await events({ ...options, seed: "7" }))[4]).not.toEqual(rows[4]);
    // Only bid.price and what it stands in.
    const leaves = leavesOf(schema);
    const needed = leaves.map((leaf) => ["event_type", "bid", "bid.price"].includes(leaf.path.join(".")));
    const [result] = await readSource(nexmarkSource, {
      schema: [column("event_type", INT), column("bid", { kind: "ROW", fields: ints("price") })],
      options,
    });
    expect(needed.filter(Boolean)).toHaveLength(3);
    expect(result?.rows.map((r) => r.values)).toEqual(
      rows.map((r) => [r[0], Array.isArray(r[3]) ? [(r[3] as Row)[2]] : null]),
    );
  });
  test("1 person, 3 auctions and 46 bids of 50; ids refer to what is there", async () => {
    const rows = await events({ events: "10000" });
    const [people, auctions, bids] = [kind(rows, 1), kind(rows, 2), kind(rows, 3)];
    expect([people.length, auctions.length, bids.length]).toEqual([200, 600, 9200]);
    expect(people.map((p) => p[0])).toEqual(people.map((_, i) => 1000n + BigInt(i)));
    expect(auctions.map((a) => a[0])).toEqual(auctions.map((_, i) => 1000n + BigInt(i)));
    const share = (list: readonly Row[], test_: (r: Row) => boolean): number => list.filter(test_).length / list.length;
    expect(share(bids, (b) => ["Google", "Facebook", "Baidu", "Apple"].includes(String(b[3])))).toBeCloseTo(0.5, 1);
    expect(share(bids, (b) => Number(b[1]) % 100 === 1)).toBeGreaterThan(0.74);
    expect(share(bids, (b) => String(b[4]).includes("channel_id="))).toBeCloseTo(0.45, 1);
    const prices = bids.map((b) => Math.log10(Number(b[2]) / 100));
    expect(Math.min(...prices)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...prices)).toBeLessThanOrEqual(6);
    expect(prices.reduce((a, b) => a + b, 0) / prices.length).toBeCloseTo(3, 1);
    expect(auctions.every((a) => Number(a[6]) > Number(a[5]) && Number(a[8]) >= 10 && Number(a[8]) < 15)).toBe(true);
    expect(new Set(auctions.map((a) => a[1])).size).toBeGreaterThan(560);
    expect(
      people.every((p) => /^[a-z]+@[a-z]+\.com$/.test(String(p[2])) && /^(\d{4} ){3}\d{4}$/.test(String(p[3]))),
    ).toBe(true);
  });
  test("event time: 10,000 a second, or the span that is asked for", async () => {
    const time = (row: Row | undefined): bigint =>
      BigInt(String((row?.slice(1).find(Array.isArray) as Row | undefined)?.at(row?.[0] === 1 ? 5 : -2)));
    const rows = await events({ events: "10001" });
    expect([time(rows[4]), time(rows[10000])]).toEqual([BASE, BASE + 1_000_000n]);
    const slow = await events({ events: "101", "events.span": "1000s" });
    expect(time(slow[50]) - BASE).toBe(495_049_000n);
  });
  test("groups permute events, and lose none", async () => {
    const inOrder = await events({ events: "1000" });
    const grouped = await events({ events: "1000", "group.size": "10" });
    const key = (row: Row): string => JSON.stringify(row, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v));
    expect(grouped.map(key)).not.toEqual(inOrder.map(key));
    expect(grouped.slice(20, 30).map(key).sort()).toEqual(inOrder.slice(20, 30).map(key).sort());
  });
  test("columns and options that it does not have are refused; without a count it is live", () => {
    const open = (columns: typeof schema, options: Record<string, string>) =>
      nexmarkSource.open(requestOf({ schema: columns, options }));
    expect(() => open([column("price", BIGINT)], {})).toThrow(expect.objectContaining({ code: "MISSING_FILE_COLUMN" }));
    expect(() => open([column("event_type", BIGINT)], {})).toThrow(expect.objectContaining({ code: "TYPE_MISMATCH" }));
    expect(() => open(schema, { "events.span": "10 s" })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    expect(() => open(schema, { event: "10" })).toThrow(expect.objectContaining({ didYouMean: "events" }));
    expect(open(schema, {}).bounded).toBe(false);
    expect(open(schema, { events: "5" }).bounded).toBe(true);
  });
});
