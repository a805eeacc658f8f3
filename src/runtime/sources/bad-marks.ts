/** Which rows of a reader's batch are bad, and what is said of one whose event time is. */
import { VALID } from "../../base/batch.ts";
import { type RowErrorName, rowErrorName, rowErrors } from "../../base/row-error.ts";
import { leavesOf } from "../../base/types.ts";
import type { BadRecord, RecordPlace } from "../../connectors/connector.ts";
import { validAddress } from "../../expr/columns.ts";
import type { TablePlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";

export type OnError = "keep" | "skip" | "fail";

/** A bad record, on its way to the table's error table. */
export interface BadRow {
  readonly place: RecordPlace;
  readonly code: RowErrorName;
  readonly field: string | undefined;
  readonly reason: string;
}

export interface BadMark {
  readonly row: number;
  readonly code: RowErrorName;
  /** The leaf that is bad; -1: the event time or watermark, or a computed column. */
  readonly leaf: number;
}

/** The values of rows [low, end), in these leaves, that could not be decoded or are NULL against NOT NULL; by row. */
export function marksOf(
  memory: EngineMemory,
  batch: number,
  leaves: ReadonlySet<number>,
  low: number,
  end: number,
): BadMark[] {
  const marks: BadMark[] = [];
  for (const leaf of [...leaves].sort((a, b) => a - b)) {
    const valid = validAddress(memory, batch, leaf);
    if (valid === 0) continue;
    for (let row = low; row < end; row++) {
      const byte = memory.u8[valid + row] ?? VALID;
      if (byte <= VALID) continue;
      marks.push({ row, leaf, code: rowErrorName(byte) ?? "UNDECODABLE" });
    }
  }
  return marks.sort((a, b) => a.row - b.row);
}

/** Why a row is bad whose values could all be read. */
export function timeError({ eventTime, schema }: TablePlan, code: RowErrorName): BadRecord {
  const field = eventTime === undefined ? undefined : leavesOf(schema)[eventTime]?.path.join(".");
  return { code, field, reason: code === "NULL_NOT_ALLOWED" ? "the event time is NULL" : rowErrors[code].message };
}
