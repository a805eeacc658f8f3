/**
 * A batch: up to BATCH_ROWS rows as columns in linear memory, found through a descriptor that lies there too, so that
 * emitted code needs one address. Batches are dense: a filter writes the rows that it keeps side by side.
 *
 * Descriptor, little-endian u32 words:
 * | offset     | word                                                                                          |
 * |------------|-----------------------------------------------------------------------------------------------|
 * | 0          | rows                                                                                          |
 * | 4          | origin: address of u32 per row, the index within the run (below) of the input row that caused it; ascending |
 * | 8          | watermark: address of i64 per row, the watermark before the row (microseconds); ascending    |
 * | 12         | change: address of u8 per row (Change), or 0 where every row is an insert                    |
 * | 16 + 8 * i | leaf i (base/types.ts): address of its data                                                   |
 * | 20 + 8 * i | leaf i: address of its validity, a byte per row; never 0 (a leaf without NULLs has memory.allValid) |
 *
 * A **run** is what one step of the engine takes in: up to BATCH_ROWS consecutive rows of one source partition. Every
 * batch and watermark that an operator puts out during a run is caused by a row of that run. A boolean lies as a byte,
 * a string as address u32, length u32; other storages as base/types.ts says. Data of a NULL is undefined.
 */
export const BATCH_ROWS = 2048;

export const DESCRIPTOR_ROWS = 0;
export const DESCRIPTOR_ORIGIN = 4;
export const DESCRIPTOR_WATERMARK = 8;
export const DESCRIPTOR_CHANGE = 12;
export const DESCRIPTOR_COLUMNS = 16;
export const DESCRIPTOR_COLUMN_BYTES = 8;
export const descriptorBytes = (leaves: number): number => DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaves;

/** What a validity byte says. From 2 up the value is not known and reading it fails: see base/row-error.ts. */
export const INVALID = 0;
export const VALID = 1;

/** Kinds of change of a row, as bytes of a change column. */
export const Change = { INSERT: 0, UPDATE_BEFORE: 1, UPDATE_AFTER: 2, DELETE: 3 } as const;
export type ChangeByte = (typeof Change)[keyof typeof Change];
export const changeText = ["+I", "-U", "+U", "-D"] as const;

/** Event time and watermarks are microseconds since the epoch, as i64. */
export const WATERMARK_MIN: bigint = -(2n ** 63n);
/** The watermark of an input that has ended (T5). */
export const WATERMARK_END: bigint = 2n ** 63n - 1n;
export const MICROS_PER_MS = 1000n;

/** Watermarks and windows have milliseconds (T9). */
export const floorToMs = (micros: bigint): bigint =>
  micros - (((micros % MICROS_PER_MS) + MICROS_PER_MS) % MICROS_PER_MS);
