/** Conservation (E6): every row that a query takes in from a table ends in exactly one place. */
export interface Conservation {
  readonly query: string;
  readonly table: string;
  rowsIn: number;
  bad: number;
  skipped: number;
  failed: number;
  filtered: number;
  late: number;
  accounted: number;
}

export const newConservation = (query: string, table: string): Conservation => ({
  query,
  table,
  rowsIn: 0,
  bad: 0,
  skipped: 0,
  failed: 0,
  filtered: 0,
  late: 0,
  accounted: 0,
});

/** Rows in that no fate accounts for: 0, or a row was lost or counted twice. */
export function unaccounted(c: Conservation): number {
  return c.rowsIn - c.bad - c.skipped - c.failed - c.filtered - c.late - c.accounted;
}
