/**
 * What a session aggregation keeps where. A slot of its table holds the latest session of its key; older ones that have
 * not been put out lie in nodes, copies of slots outside the table: a chain from the slot on, from young to old. Bounds
 * are in microseconds: `start`, and `limit`, the last microsecond that still touches the session (end + 999, for times
 * count by the millisecond), 0 where there is none. Sessions of a key do not touch each other.
 */
import { MICROS_PER_MS } from "../../base/batch.ts";
import { fieldOf, type Layout, type LayoutField } from "../../state/layout.ts";
import { CTL_REST, Stop } from "../aggregation/stops.ts";

/** limit = end + LIMIT_MORE; a session has closed when limit - CLOSE_LESS <= watermark. */
export const LIMIT_MORE: bigint = MICROS_PER_MS - 1n;
export const CLOSE_LESS: bigint = LIMIT_MORE + MICROS_PER_MS;

/** `chain`: the next older session; timers.ts: `next` slot of the bucket, and the word that `named` this one (0: no timer). */
export const sessionFields: readonly LayoutField[] = [
  { name: "chain", type: "i32" },
  { name: "next", type: "i32" },
  { name: "named", type: "i32" },
  { name: "start", type: "i64" },
  { name: "limit", type: "i64" },
];

export type SessionField = "chain" | "next" | "named" | "start" | "limit";

/** Offsets of the session's fields. */
export function sessionAt(layout: Layout): Readonly<Record<SessionField, number>> {
  const at = (name: SessionField): number => fieldOf(layout, name).offset;
  return { chain: at("chain"), next: at("next"), named: at("named"), start: at("start"), limit: at("limit") };
}

/** Words of the control block, behind those of stops.ts. */
export const CTL_GROUPS: number = CTL_REST;
/** Sessions that closed: next free byte, and end. */
export const CTL_FIRED: number = CTL_REST + 4;
export const CTL_FIRED_END: number = CTL_REST + 8;
/** Nodes: the first that is free, and how many are in use. */
export const CTL_FREE_NODE: number = CTL_REST + 12;
export const CTL_NODES: number = CTL_REST + 16;
/** Timers: the ring, and the slots of the bucket that is being looked at. */
export const CTL_RING: number = CTL_REST + 20;
export const CTL_PENDING: number = CTL_REST + 24;
export const CTL_FILTERED: number = CTL_REST + 28;
/** Of putting out: rows in the block. */
export const CTL_ROWS: number = CTL_REST + 32;
/** Number of the bucket of the last watermark (i64), and sequence of the run's first row (i64). */
export const CTL_BASE: number = CTL_REST + 40;
export const CTL_SEQUENCE: number = CTL_REST + 48;
/** Rows that are held: the chunk that takes the next one, its next free byte, and its end. */
export const CTL_CHUNK: number = CTL_REST + 56;
export const CTL_CHUNK_TOP: number = CTL_REST + 60;
export const CTL_CHUNK_END: number = CTL_REST + 64;
export const SESSION_CONTROL_BYTES: number = CTL_REST + 68;

/** Reasons to stop besides those of stops.ts. */
const AFTER_LAST = 16;
export const SessionStop: Readonly<
  Record<"FIRED_FULL" | "NODES_EMPTY" | "NEXT_BOUND" | "BAGS_EMPTY" | "CHUNK_FULL", number>
> = {
  /** No room for another session that has closed. */
  FIRED_FULL: Stop.BLOCK_FULL + AFTER_LAST,
  /** No free node. */
  NODES_EMPTY: Stop.BLOCK_FULL + AFTER_LAST + 1,
  /** Of putting out: the next session closes later. */
  NEXT_BOUND: Stop.BLOCK_FULL + AFTER_LAST + 2,
  /** No free bag for the values of another session. */
  BAGS_EMPTY: Stop.BLOCK_FULL + AFTER_LAST + 3,
  /** No room for another row of CTL_WANTED bytes. */
  CHUNK_FULL: Stop.BLOCK_FULL + AFTER_LAST + 4,
};
