/**
 * Deterministic rows that JavaScript and DuckDB compute alike: all from the row number, by integer arithmetic that
 * stays exact in both.
 */

export const BASE_MS: number = 1_577_836_800_000; // 2020-01-01 00:00:00 UTC
const KEY_STEP = 2_654_435_761;
const JITTER_STEP = 40_503;
const VALUE_STEP = 7919;
const WORD = 4_294_967_296;

/** Spreads consecutive numbers over 32 bits. */
const spread = (i: number): number => Math.imul(i, KEY_STEP) >>> 0;

export const keyOf = (i: number, keys: number): number => spread(i) % keys;
export const duckdbKey = (keys: number): string => `((i * ${KEY_STEP}) % ${WORD}) % ${keys}`;

/** Event time in milliseconds: `perMs` rows a millisecond, out of order by less than `jitterMs`. */
export const timeOf = (i: number, perMs: number, jitterMs: number): number =>
  BASE_MS + Math.floor(i / perMs) + ((i * JITTER_STEP) % jitterMs);
export const duckdbTime = (perMs: number, jitterMs: number): string =>
  `make_timestamp(1000 * (${BASE_MS} + i // ${perMs} + (i * ${JITTER_STEP}) % ${jitterMs}))`;

/** 0.00 to 999.75 in quarters: sums of them are exact in a DOUBLE, so that checks can be equal to the last bit. */
export const valueOf = (i: number): number => ((i * VALUE_STEP) % 4000) / 4;
export const duckdbValue: string = `((i * ${VALUE_STEP}) % 4000) / 4.0::DOUBLE`;

/** 9 to 19 bytes, one for each key. */
export const nameOf = (key: number): string => `user${key}${"x".repeat(4 + (key % 8))}`;
export const duckdbName = (keys: number): string =>
  `'user' || (${duckdbKey(keys)})::VARCHAR || repeat('x', (4 + (${duckdbKey(keys)}) % 8)::INTEGER)`;

/** Cents from 100 to 99,999,999. */
export const priceOf = (i: number): number => 100 + (spread(i) % 99_999_900);
export const duckdbPrice: string = `100 + ((i * ${KEY_STEP}) % ${WORD}) % 99999900`;
