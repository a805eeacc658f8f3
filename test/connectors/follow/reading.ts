/** Reads a live source as a job does: partitions in turns until they have nothing, then those that came. */
import type { PartitionReader, Source, SourcePosition } from "../../../src/connectors/connector.ts";
import { filesystemSource } from "../../../src/connectors/filesystem/source.ts";
import { itemsOfBatch, openSource } from "../positions/going-on.ts";
import type { RequestParts } from "../read.ts";

export class Reading {
  private readonly source: Source;
  private readonly parts: RequestParts;
  private readers: PartitionReader[] = [];
  /** By partition, where reading goes on. */
  readonly positions: Map<string, SourcePosition> = new Map();

  private constructor(parts: RequestParts) {
    this.parts = parts;
    this.source = openSource(filesystemSource, parts);
  }

  static async open(parts: RequestParts, from?: ReadonlyMap<string, SourcePosition>): Promise<Reading> {
    const reading = new Reading(parts);
    for (const reader of await reading.source.partitions(from)) reading.add(reader);
    return reading;
  }

  private add(reader: PartitionReader): void {
    this.readers.push(reader);
    this.positions.set(reader.name, reader.positionOf(reader.next));
  }

  /** What there is now: the first column of every row after the name of its partition, or why the record is broken. */
  async poll(): Promise<readonly string[]> {
    const found: string[] = [];
    for (let more = true; more; ) {
      for (const reader of this.readers) found.push(...(await this.readAll(reader)));
      this.readers = this.readers.filter((reader) => !reader.ended);
      const came = (await this.source.growth?.find()) ?? [];
      for (const reader of came) this.add(reader);
      more = came.length > 0;
    }
    return found;
  }

  private async readAll(reader: PartitionReader): Promise<readonly string[]> {
    const found: string[] = [];
    for (;;) {
      await reader.read();
      const items = itemsOfBatch(reader, this.parts.schema).items;
      for (const { values, bad } of items) {
        const [value] = values;
        found.push(
          `${reader.name} ${typeof value === "bigint" ? String(value) : typeof value === "string" ? value : bad[0]}`,
        );
      }
      const { ended } = reader;
      this.positions.set(reader.name, { ...reader.positionOf(reader.next), ended });
      if (ended) await reader.close();
      if (ended || items.length === 0) return found;
    }
  }

  async close(): Promise<void> {
    for (const reader of this.readers) await reader.close();
  }
}
