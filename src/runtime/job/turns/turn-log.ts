/** What a job takes in, as the input log keeps it: whose turn it was, and where each partition stands behind it. */
import type { LoggedBytes, SourcePosition, SourcePositions } from "../../../connectors/connector.ts";
import type { InputMark, PartitionMark, PositionMark } from "../../durability/records.ts";
import type { Partition } from "../../sources/table-input.ts";
import { placeOf } from "./place.ts";
import type { Quiet } from "./quiet.ts";

/** What an earlier process left, by table. */
export interface TurnsStart {
  /** undefined: there was none. */
  positions(table: string): SourcePositions | undefined;
  /** Among the partitions of the job; undefined: it was not one of them. */
  indexOf(table: string, name: string): number | undefined;
  logged(table: string): LoggedBytes;
  readonly quiet: Quiet | undefined;
}

/** What is marked where nobody keeps it. */
export const NOTHING: InputMark = { taken: 0, sequence: "0", partitions: [], turns: undefined, added: [], logged: [] };

/** What comes to pass with a partition between rows: in the place of a number of items. */
export const CAME = -1;
export const IDLE = -2;

/** What was taken since the last mark: by index of the partition, in order; its rows, broken records and its end count one each. */
export class TurnLog {
  /** Since the job began. */
  taken = 0;
  private pairs: number[] = [];
  private isOrdered = false;

  /** `isFree`: when it comes does not follow from what bounded partitions hold. */
  note(index: number, items: number, isFree: boolean): void {
    if (items === 0) return;
    this.taken += items;
    this.isOrdered ||= isFree;
    const { pairs } = this;
    if (pairs.at(-2) === index && (pairs.at(-1) ?? 0) > 0) pairs[pairs.length - 1] = (pairs.at(-1) ?? 0) + items;
    else pairs.push(index, items);
  }

  /** CAME or IDLE: it counts as one item. */
  event(index: number, event: number): void {
    this.taken++;
    this.isOrdered = true;
    this.pairs.push(index, event);
  }

  /** What is taken from here to the next mark is written down in its order. */
  order(): void {
    this.isOrdered = true;
  }

  take(): { readonly indexes: ReadonlySet<number>; readonly turns: readonly number[] | undefined } {
    const { pairs, isOrdered } = this;
    this.pairs = [];
    this.isOrdered = false;
    return { indexes: new Set(pairs.filter((_, i) => i % 2 === 0)), turns: isOrdered ? pairs : undefined };
  }
}

const textOf = ({ position, line, fingerprint, seen }: SourcePosition): PositionMark => ({
  position: String(position),
  line: line === undefined ? undefined : String(line),
  fingerprint,
  seen: seen === undefined ? undefined : String(seen),
});

export function positionMark(partition: Partition): PositionMark {
  return textOf(partition.reader.positionOf(placeOf(partition)));
}

export const markOf = (index: number, partition: Partition): PartitionMark => ({
  index,
  ...positionMark(partition),
  watermark: String(partition.watermark),
  ended: partition.ended,
  isAway: partition.isAway ? true : undefined,
});

export const positionOf = ({ position, line, fingerprint, seen, ended }: PositionMark): SourcePosition => ({
  position: BigInt(position),
  line: line === undefined ? undefined : BigInt(line),
  fingerprint,
  seen: seen === undefined ? undefined : BigInt(seen),
  ...(ended !== undefined && { ended }),
});
