/** A SQL value in TypeScript; which form a type takes stands in base/types.ts. NULL is null. */
export type Value = null | boolean | number | bigint | string | readonly Value[];

/** Whether a value is a ROW: its fields in order. Array.isArray would forget that they are read-only values. */
export const isRow = (v: Value): v is readonly Value[] => Array.isArray(v);

/** A place in SQL text: half-open, in UTF-16 units, of one source file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
