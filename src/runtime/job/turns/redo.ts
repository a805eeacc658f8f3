/** Epochs that are gone through again: what each took, from the same partitions, in its order. */
import { WATERMARK_END } from "../../../base/batch.ts";
import { SqlError } from "../../../base/error.ts";
import type { PartitionReader } from "../../../connectors/connector.ts";
import type { EpochRecord, PartitionStart } from "../../durability/records.ts";
import { type OpenPartition, whoseTurn } from "../../sources/input-source.ts";
import type { Partition } from "../../sources/table-input.ts";
import { CAME, IDLE, positionOf } from "./turn-log.ts";
import type { Turns } from "./turns.ts";

export class Redo {
  private readonly turns: Turns;
  /** The last reader of which nothing more came. */
  private finished: PartitionReader | undefined;

  constructor(turns: Turns) {
    this.turns = turns;
  }

  /** Takes what an epoch took, in its order. Resolves when it has; rejects where the sources do not hold it any more. */
  async epoch({ taken, turns, added }: EpochRecord): Promise<void> {
    const coming = [...added];
    this.turns.beginAgain();
    try {
      if (turns === undefined) {
        await this.redoBounded(taken);
        return;
      }
      for (let i = 0; i < turns.length; i += 2) {
        const items = turns[i + 1] ?? 0;
        const turn = this.turns.partitions.at(turns[i] ?? 0);
        if (items === CAME) await this.redoCame(coming.shift());
        else if (turn === undefined) throw new TypeError("a turn of a partition that there is not");
        else if (items === IDLE) this.turns.partitions.idle(turn.partition);
        else await this.redoTurns(turn, items);
      }
    } finally {
      this.turns.takenMax = Number.POSITIVE_INFINITY;
    }
  }

  private async redoTurns(turn: OpenPartition, items: number): Promise<void> {
    this.turns.takenMax = this.turns.partitions.log.taken + items;
    while (this.turns.partitions.log.taken < this.turns.takenMax) await this.redoTurn(turn);
  }

  private async redoCame(start: PartitionStart | undefined): Promise<void> {
    const source = this.turns.options.sources.find(({ input }) => input.table.name === start?.table);
    if (start === undefined || source?.growth === undefined) throw new TypeError("no source for a partition that came");
    this.turns.partitions.came(source, await source.growth.open(start.name, positionOf(start)));
  }

  private async redoBounded(taken: number): Promise<void> {
    this.turns.takenMax = taken;
    while (this.turns.partitions.log.taken < taken) {
      const next = whoseTurn(this.turns.partitions.ofKind("bounded"));
      if (next === undefined) throw this.shortOf(taken);
      await this.redoTurn(next.turn, next.stopAbove);
    }
  }

  private shortOf(taken: number): SqlError {
    const [table] = this.turns.options.sources.map(({ input }) => input.table.name);
    const difference = `ends after ${this.turns.partitions.log.taken} rows, of ${taken} that were taken`;
    return new SqlError("SOURCE_CHANGED", undefined, { table: table ?? "", file: "it", difference });
  }

  /** A partition that has nothing more, of which more was taken, was at its end. */
  private redoEnd({ input, reader }: Partition): void {
    const { table } = input;
    const { position } = reader.next;
    if (this.finished === reader) {
      const difference = `has nothing behind byte ${position}, of which more was taken`;
      throw new SqlError("SOURCE_CHANGED", undefined, { table: table.name, file: reader.name, difference });
    }
    this.finished = reader;
    reader.finish?.();
  }

  private async redoTurn({ source, partition }: OpenPartition, stopAbove: bigint = WATERMARK_END): Promise<void> {
    if (source.kind === "feed") this.turns.fed.ready();
    else if (partition.cursor >= partition.reader.rows && !partition.reader.ended) {
      if (this.turns.takeBroken(partition, partition.reader.rows) > 0) return;
      const read = this.turns.read(source, partition);
      if (typeof read === "string") return;
      await read.until;
      if (read.until === undefined) this.redoEnd(partition);
      return;
    }
    if (partition.cursor < partition.reader.rows) this.turns.runRows(partition, stopAbove, Infinity);
    else if (this.turns.takeBroken(partition, partition.reader.rows) === 0) this.turns.partitions.end(partition);
  }
}
