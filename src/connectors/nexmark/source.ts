/** `nexmark`: the public benchmark's auction site, made up as it is read. Deterministic by event id and seed. */

import { BATCH_ROWS } from "../../base/batch.ts";
import { SqlError } from "../../base/error.ts";
import { type Field, type SqlType, typeText } from "../../base/types.ts";
import type { Span } from "../../base/value.ts";
import { readRow } from "../../expr/columns.ts";
import { valueToJson } from "../../expr/text.ts";
import type {
  BadRecord,
  BrokenRecord,
  OptionDef,
  PartitionReader,
  RecordPlace,
  Source,
  SourceConnector,
  SourcePlace,
  SourcePosition,
  SourceRequest,
} from "../connector.ts";
import { BatchColumns } from "../formats/columns.ts";
import { checkOptions, engineSourceOptions, type OptionValues } from "../options.ts";
import { NexmarkGenerator } from "./generator.ts";
import type { NexmarkOptions } from "./model.ts";

const RATE = 10_000;
const PARTITION = "0";

const options: readonly OptionDef[] = [
  { name: "events", type: "integer", doc: "How many events; without it the generator never ends." },
  { name: "events.rate", type: "integer", default: String(RATE), doc: "Events per second of event time." },
  { name: "events.span", type: "duration", doc: "How much event time the events cover, instead of events.rate." },
  { name: "group.size", type: "integer", default: "1", doc: "So many events in a row come out of order; 1: none do." },
  { name: "seed", type: "integer", default: "0", doc: "Another seed makes other events of the same shape." },
];

export const nexmarkSource: SourceConnector = {
  name: "nexmark",
  doc: "The Nexmark benchmark's persons, auctions and bids (1 : 3 : 46), the same in every run.",
  delivery: { promise: "exactly-once", reason: "events follow from their numbers" },
  options,
  isRepeatable: true,
  metadata: {},
  checkColumn,
  open(request: SourceRequest): Source {
    const all = [...options, ...engineSourceOptions];
    const values = checkOptions("connector 'nexmark'", all, request.options, request.span);
    const model = modelOptions(values);
    for (const column of request.schema) checkColumn(column, request.span);
    return {
      bounded: model.events !== undefined,
      partitions: (from) => Promise.resolve([new NexmarkReader(request, model, from?.get(PARTITION)?.position ?? 0n)]),
    };
  },
};

function modelOptions(values: OptionValues): NexmarkOptions {
  const events = values.integer("events");
  const groupSize = values.integer("group.size") ?? 1;
  if (groupSize < 1 || groupSize % 953 === 0) throw values.invalid("group.size", "at least 1, and no multiple of 953");
  const seed = values.integer("seed") ?? 0;
  if (seed > 0xffff_ffff) throw values.invalid("seed", "below 2^32");
  const rate = values.integer("events.rate") ?? RATE;
  if (rate < 1) throw values.invalid("events.rate", "at least 1");
  const spanMs = values.durationMs("events.span");
  if (spanMs === undefined) return { events, rate, groupSize, seed };
  if (values.has("events.rate")) {
    throw new SqlError("OPTION_CONFLICT", values.spanOf("events.span"), { name: "events.span", other: "events.rate" });
  }
  if (events === undefined) throw values.invalid("events.span", "given together with 'events'");
  if (spanMs <= 0) throw values.invalid("events.span", "longer than zero");
  return { events, rate: (events * 1000) / spanMs, groupSize, seed };
}

const field = (name: string, kind: SqlType["kind"]): { name: string; kind: SqlType["kind"] } => ({ name, kind });
/** What columns there are, by lower-case path. */
const model: Readonly<Record<string, readonly { name: string; kind: SqlType["kind"] }[]>> = {
  person: [
    field("id", "BIGINT"),
    ...["name", "emailAddress", "creditCard", "city", "state"].map((name) => field(name, "VARCHAR")),
    field("dateTime", "TIMESTAMP"),
    field("extra", "VARCHAR"),
  ],
  auction: [
    field("id", "BIGINT"),
    field("itemName", "VARCHAR"),
    field("description", "VARCHAR"),
    field("initialBid", "BIGINT"),
    field("reserve", "BIGINT"),
    field("dateTime", "TIMESTAMP"),
    field("expires", "TIMESTAMP"),
    field("seller", "BIGINT"),
    field("category", "BIGINT"),
    field("extra", "VARCHAR"),
  ],
  bid: [
    ...["auction", "bidder", "price"].map((name) => field(name, "BIGINT")),
    field("channel", "VARCHAR"),
    field("url", "VARCHAR"),
    field("dateTime", "TIMESTAMP"),
    field("extra", "VARCHAR"),
  ],
};

const isA = (type: SqlType, kind: SqlType["kind"]): boolean => {
  if (kind === "TIMESTAMP") return (type.kind === kind || type.kind === "TIMESTAMP_LTZ") && type.precision >= 3;
  return type.kind === kind && (type.kind !== "VARCHAR" || type.length === undefined);
};
const kindText = (kind: string): string =>
  kind === "VARCHAR" ? "STRING" : kind === "TIMESTAMP" ? "TIMESTAMP(3)" : kind;

/** A declared column must be one of the generator's, of its type. */
function checkColumn(column: Field, span: Span): void {
  const refuse = (name: string, type: SqlType, expected: string): SqlError =>
    new SqlError("TYPE_MISMATCH", span, { what: `column "${name}" of nexmark`, expected, actual: typeText(type) });
  const missing = (name: string, columns: readonly string[]): SqlError =>
    new SqlError("MISSING_FILE_COLUMN", span, { path: "the nexmark generator", name, columns });
  const name = column.name.toLowerCase();
  if (name === "event_type") {
    if (column.type.kind !== "INT") throw refuse(column.name, column.type, "INT");
    return;
  }
  const fields = model[name];
  if (fields === undefined) throw missing(column.name, ["event_type", ...Object.keys(model)]);
  if (column.type.kind !== "ROW") throw refuse(column.name, column.type, "a ROW");
  // It is NULL in events of the other kinds.
  if (!column.nullable) throw refuse(`${column.name} NOT NULL`, column.type, "nullable");
  for (const inner of column.type.fields) {
    const path = `${column.name}.${inner.name}`;
    const known = fields.find((f) => f.name.toLowerCase() === inner.name.toLowerCase());
    const names = fields.map((f) => f.name);
    if (known === undefined) throw missing(path, names);
    if (!isA(inner.type, known.kind)) throw refuse(path, inner.type, kindText(known.kind));
  }
}

class NexmarkReader implements PartitionReader {
  readonly name: string = PARTITION;
  readonly broken: readonly BrokenRecord[] = [];
  readonly hasErrors = false;
  rows = 0;
  private readonly request: SourceRequest;
  private readonly model: NexmarkOptions;
  private readonly columns: BatchColumns;
  private readonly generator: NexmarkGenerator;
  /** Makes single events with all columns, for `place`. */
  private whole: { columns: BatchColumns; generator: NexmarkGenerator } | undefined;
  private position: number;
  private isClosed = false;

  constructor(request: SourceRequest, model_: NexmarkOptions, from: bigint) {
    this.position = Number(from);
    this.request = request;
    this.model = model_;
    this.columns = new BatchColumns(request.memory, request.owner, request.leaves, request.needed);
    this.generator = new NexmarkGenerator(this.columns, request.owner, model_);
  }

  get batch(): number {
    return this.columns.descriptor;
  }
  get ended(): boolean {
    return this.isClosed || (this.model.events !== undefined && this.position + this.rows >= this.model.events);
  }

  read(): number {
    this.position += this.rows;
    this.rows = 0;
    this.columns.begin();
    const left = (this.model.events ?? Number.MAX_SAFE_INTEGER) - this.position;
    if (!this.isClosed) this.rows = Math.min(BATCH_ROWS, left);
    this.generator.fill(this.position, this.rows);
    this.columns.finish(this.rows);
    return this.rows;
  }

  /** The record is the event as JSON, with all declared columns: made when it is asked for. */
  place(row: number): RecordPlace {
    const position = this.position + row;
    const { memory, schema } = this.request;
    const { columns, generator } = (this.whole ??= this.openWhole());
    columns.begin();
    generator.fill(position, 1);
    columns.finish(1);
    const values = readRow(memory, columns.descriptor, schema, 0);
    const members = schema.map((f, i) => `${JSON.stringify(f.name)}:${valueToJson(f.type, values[i] ?? null)}`);
    const text = `{${members.join(",")}}`;
    return { partition: this.name, position: BigInt(position), line: undefined, record: Buffer.from(text, "utf8") };
  }

  get next(): SourcePlace {
    return { partition: this.name, position: BigInt(this.position + this.rows), line: undefined };
  }

  /** The events follow from their numbers and the options: there is nothing that could change. */
  positionOf({ position, line }: SourcePlace): SourcePosition {
    return { position, line, fingerprint: undefined };
  }

  private openWhole(): { columns: BatchColumns; generator: NexmarkGenerator } {
    const { memory, owner, leaves } = this.request;
    const columns = new BatchColumns(
      memory,
      owner,
      leaves,
      leaves.map(() => true),
    );
    return { columns, generator: new NexmarkGenerator(columns, owner, this.model) };
  }

  badValue(row: number, leaf: number): BadRecord {
    return this.columns.badValue(row, leaf);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.generator.release();
    this.columns.release();
    this.whole?.generator.release();
    this.whole?.columns.release();
  }
}
