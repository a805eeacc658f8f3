/**
 * What reading costs, without any query: ns of CPU per record through the source connectors.
 * `node bench/ingest.ts`: Nexmark bids that it writes to a temporary folder,
 * and the flights of vega-datasets.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BIGINT, type Field, leavesOf, type Schema, type SqlType, timestamp, VARCHAR } from "../src/base/types.ts";
import type { SinkRequest, SourceRequest } from "../src/connectors/connector.ts";
import { disk } from "../src/connectors/disk.ts";
import { findSink, findSource } from "../src/connectors/index.ts";
import { EngineMemory } from "../src/wasm/memory.ts";

const ROUNDS = 5;
const BIDS = 500_000;
const span = { start: 0, end: 0 };
const memory = new EngineMemory();
const field = (name: string, type: SqlType): Field => ({ name, type, nullable: true });
const bid: Schema = [
  field("auction", BIGINT),
  field("bidder", BIGINT),
  field("price", BIGINT),
  field("channel", VARCHAR),
  field("url", VARCHAR),
  field("dateTime", timestamp(3)),
  field("extra", VARCHAR),
];
const flights: Schema = [field("date", timestamp(3)), field("delay", BIGINT), field("origin", VARCHAR)];

const optionsOf = (options: Record<string, string>): SourceRequest["options"] =>
  new Map(Object.entries(options).map(([name, value]) => [name, { value, span }]));

function source(connector: string, schema: Schema, options: Record<string, string>, read: (name: string) => boolean) {
  const leaves = leavesOf(schema);
  return findSource(connector, span).open({
    table: "t",
    schema,
    metadata: schema.map(() => undefined),
    leaves,
    needed: leaves.map((leaf) => read(leaf.path.join("."))),
    options: optionsOf(options),
    span,
    baseDirectory: process.cwd(),
    memory,
    owner: memory.createOwner("bench"),
    stdin: process.stdin,
    storage: disk,
  });
}

/** Bids as files: the generator's rows through the file sink. */
async function writeBids(path: string): Promise<void> {
  const nested: Schema = [field("bid", { kind: "ROW", fields: bid })];
  const request: SinkRequest = {
    name: "bids",
    schema: bid,
    appendOnly: true,
    partitionedBy: [],
    options: optionsOf({ path, mode: "overwrite" }),
    span,
    baseDirectory: "/",
    memory,
    storage: disk,
    stdout: process.stdout,
  };
  const sink = findSink("filesystem", span).open(request);
  const [reader] = await source("nexmark", nested, { events: String(BIDS) }, () => true).partitions();
  const descriptor = memory.allocate(256, memory.createOwner("bids"));
  while (reader?.ended === false) {
    const rows = await reader.read();
    // The same columns without the ROW around them.
    memory.u8.copyWithin(descriptor, reader.batch, reader.batch + 16);
    memory.u8.copyWithin(descriptor + 16, reader.batch + 24, reader.batch + 24 + 8 * bid.length);
    sink.write({ batch: descriptor, rows });
  }
  await sink.close();
  await reader?.close();
}

async function measure(name: string, schema: Schema, path: string, columns: readonly string[]): Promise<void> {
  const figures: number[] = [];
  let rows = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    rows = 0;
    for (const reader of await source("filesystem", schema, { path }, (c) => columns.includes(c)).partitions()) {
      while (!reader.ended) rows += await reader.read();
      await reader.close();
    }
    const used = process.cpuUsage(before);
    figures.push(((used.user + used.system) * 1000) / rows);
  }
  figures.sort((a, b) => a - b);
  const median = figures[Math.floor(figures.length / 2)] ?? 0;
  const spread = `${(figures[0] ?? 0).toFixed(0)}-${(figures.at(-1) ?? 0).toFixed(0)}`;
  const rate = (1000 / median).toFixed(1);
  console.log(`${name.padEnd(24)} ${rows} rows  ${median.toFixed(0)} ns/row (${spread})  ${rate} M rows/s`);
}

const directory = mkdtempSync(join(tmpdir(), "tidemark-ingest-"));
try {
  const needed = ["auction", "price", "dateTime"];
  for (const file of ["bids.ndjson", "bids.csv"]) {
    const path = join(directory, file);
    await writeBids(path);
    await measure(`${file}, 3 columns`, bid, path, needed);
    await measure(
      `${file}, 7 columns`,
      bid,
      path,
      bid.map((f) => f.name),
    );
  }
  const path = join(process.cwd(), "node_modules/vega-datasets/data/flights-3m.parquet");
  await measure("flights-3m.parquet", flights, path, ["date", "delay", "origin"]);
} finally {
  rmSync(directory, { recursive: true });
}
