/** The partitions of a job, in the order in which they came, and what was taken of them since the last epoch. */
import type { PartitionReader } from "../../../connectors/connector.ts";
import { endedReader } from "../../../connectors/input/ended-reader.ts";
import type { TakenMeta } from "../../durability/job-state.ts";
import type { InputMark, PartitionStart } from "../../durability/records.ts";
import type { InputSource, OpenPartition } from "../../sources/input-source.ts";
import type { Partition } from "../../sources/table-input.ts";
import type { Quiet } from "./quiet.ts";
import { CAME, IDLE, markOf, NOTHING, positionMark, TurnLog } from "./turn-log.ts";

export class OpenPartitions {
  /** Running number of the next row. */
  sequence = 0n;
  /** Whether what is taken is kept for another process. */
  isRecorded = false;
  readonly log: TurnLog = new TurnLog();
  private readonly all: OpenPartition[] = [];
  private readonly indexes = new Map<Partition, number>();
  /** Up to where the bytes of partitions that cannot be read again were handed on. */
  private readonly loggedTo = new Map<Partition, bigint>();
  /** Those that came since the job began, and how many of them the last mark had. */
  private added: PartitionStart[] = [];
  private addedBefore = 0;

  add(source: InputSource, reader: PartitionReader): Partition {
    const partition = source.input.addPartition(reader, this.all.length);
    this.indexes.set(partition, this.all.length);
    if (!source.isRepeatable) this.loggedTo.set(partition, reader.next.position);
    this.all.push({ source, partition });
    return partition;
  }

  /** One that comes while the others are read. */
  came(source: InputSource, reader: PartitionReader): void {
    const partition = this.add(source, reader);
    if (!this.isRecorded) return;
    this.added.push(startOf(partition));
    this.log.event(this.indexes.get(partition) ?? 0, CAME);
  }

  /** It had nothing for long: no row of it holds the watermark until its next one. */
  idle(partition: Partition): void {
    partition.input.leave(partition, this.sequence);
    if (this.isRecorded) this.log.event(this.indexes.get(partition) ?? 0, IDLE);
  }

  at(index: number): OpenPartition | undefined {
    return this.all[index];
  }

  ofKind(kind: InputSource["kind"]): OpenPartition[] {
    return this.all.filter((p) => p.source.kind === kind && !p.partition.ended);
  }

  /** Those that a job in whose place this one is had taken further. */
  behind(quiet: Quiet): OpenPartition[] {
    const behind = this.all.filter(({ partition }) => quiet.isBehind(partition));
    // Whose turn it is then is not what follows from the partitions alone.
    if (behind.length > 0) this.log.order();
    return behind;
  }

  /** All of them, in the order of their indexes. */
  get starts(): readonly PartitionStart[] {
    return this.all.map(({ partition }) => startOf(partition));
  }

  end(partition: Partition): void {
    const { input, reader } = partition;
    input.end(partition, this.sequence);
    this.note(partition, 1);
    if (!input.grows) return;
    // Others may come for as long as the job lives: what has ended holds nothing.
    partition.reader = endedReader(reader.name, reader.positionOf(reader.next));
    partition.cursor = 0;
    partition.broken = 0;
    void reader.close();
  }

  /** So many rows, broken records or ends of the partition were taken. */
  note(partition: Partition, items: number): void {
    if (!this.isRecorded) return;
    const index = this.indexes.get(partition) ?? 0;
    this.log.note(index, items, this.all[index]?.source.kind !== "bounded");
  }

  /** What was taken in, and where all partitions stand. */
  save(): TakenMeta {
    const partitions = this.all.map(({ partition }, index) => markOf(index, partition));
    return { taken: this.log.taken, sequence: String(this.sequence), partitions, added: [...this.added] };
  }

  /** The partitions stand where `open` was told; this is what is known of them besides. */
  restore({ taken, sequence, partitions, added }: TakenMeta): void {
    this.log.taken = taken;
    this.sequence = BigInt(sequence);
    this.added = [...added];
    this.addedBefore = added.length;
    for (const { index, watermark, ended, isAway = false } of partitions) {
      const partition = this.all[index]?.partition;
      if (partition !== undefined) Object.assign(partition, { watermark: BigInt(watermark), ended, isAway });
    }
  }

  /** What was taken since the last mark, and where every partition that moved now stands. */
  mark(): InputMark {
    if (!this.isRecorded) return NOTHING;
    const { indexes, turns } = this.log.take();
    const moved = this.all.flatMap(({ source, partition }, index) =>
      indexes.has(index) ? [{ source, partition, mark: markOf(index, partition) }] : [],
    );
    const logged = moved.flatMap(({ source, partition, mark }) => {
      if (source.isRepeatable) return [];
      const to = BigInt(mark.position);
      const bytes = partition.reader.bytesBetween?.(this.loggedTo.get(partition) ?? 0n, to) ?? new Uint8Array();
      this.loggedTo.set(partition, to);
      partition.reader.forget?.(to);
      return [{ index: mark.index, bytes }];
    });
    const added = this.added.slice(this.addedBefore);
    this.addedBefore = this.added.length;
    const { taken } = this.log;
    const partitions = moved.map(({ mark }) => mark);
    return { taken, sequence: String(this.sequence), partitions, turns, added, logged };
  }
}

const startOf = (partition: Partition): PartitionStart => ({
  table: partition.input.table.name,
  name: partition.reader.name,
  ...positionMark(partition),
});
