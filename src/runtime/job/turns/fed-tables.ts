/** The tables of a job that are fed by INSERT: each with its reader, all at one place in the log of what was inserted. */
import { FeedReader } from "../../sources/feed.ts";
import type { FeedCursor, FeedLog } from "../../sources/feed-log.ts";
import type { Partition } from "../../sources/table-input.ts";
import type { TurnsStart } from "./turn-log.ts";

interface FedTable {
  readonly reader: FeedReader;
  readonly partition: Partition;
}

export class FedTables {
  private readonly feeds: FeedLog;
  private readonly cursor: FeedCursor | undefined;
  private readonly tables = new Map<string, FedTable>();

  /** `isFed`: whether the job has such tables. Rows that are inserted from now on are theirs. */
  constructor(feeds: FeedLog, isFed: boolean) {
    this.feeds = feeds;
    this.cursor = isFed ? feeds.open() : undefined;
  }

  get partitions(): readonly Partition[] {
    return Array.from(this.tables.values(), ({ partition }) => partition);
  }

  /** A table is read from its earliest row kept, or from where an earlier process was. */
  add(partition: Partition, from: TurnsStart | undefined): void {
    const { reader, input } = partition;
    const { name } = input.table;
    if (!(reader instanceof FeedReader) || this.cursor === undefined) return;
    const position = from?.positions(name)?.get(reader.name)?.position;
    if (position !== undefined) this.cursor.from.set(name, Number(position));
    reader.begin(BigInt(this.cursor.from.get(name) ?? 0));
    this.tables.set(name, { reader, partition });
  }

  remove(table: string): void {
    this.tables.delete(table);
  }

  close(): void {
    if (this.cursor !== undefined) this.feeds.release(this.cursor);
  }

  /** The partition that has the next rows, in its batch; undefined: nothing has been inserted that was not taken. */
  ready(): Partition | undefined {
    if (this.cursor === undefined) return undefined;
    for (;;) {
      for (const { reader, partition } of this.tables.values()) {
        if (partition.cursor < reader.rows) return partition;
        if (!reader.hasMore) continue;
        reader.read();
        partition.cursor = 0;
        partition.broken = 0;
        return partition;
      }
      this.feeds.settle(this.cursor);
      const next = this.feeds.take(this.cursor, this.tables);
      if (next === undefined) break;
      this.tables.get(next.table)?.reader.offer(next);
    }
    this.feeds.settle(this.cursor);
    return undefined;
  }
}
