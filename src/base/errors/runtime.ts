/** Errors while queries run, and of data. Errors of single values are in base/row-error.ts. */
export const runtimeErrors = {
  BAD_RECORD: { sqlstate: "22P02", message: "{table}: {reason}", doc: "A record was bad and 'on-error' is 'fail'." },
  ROW_FAILED: {
    sqlstate: "22000",
    message: "{query}: {reason}",
    doc: "An expression failed for a row and on-error is fail.",
  },
  BAD_INSERT: { sqlstate: "22P02", message: 'row {row}, column "{column}": {reason}' },
  BAD_COLUMNS: { sqlstate: "22P02", message: 'columns for "{table}": {reason}' },
  NULL_INSERT: { sqlstate: "23502", message: 'row {row}: column "{column}" is NOT NULL' },
  MEMORY_EXHAUSTED: {
    sqlstate: "53200",
    message: "{owner} needs more memory than the limit of {limit}",
    hint: "raise memory_limit",
  },
  QUERY_CANCELED: { sqlstate: "57014", message: "the query was canceled" },
  NOT_A_QUERY: { sqlstate: "42601", message: "one SELECT is expected here, and nothing else" },
  ENGINE_CLOSED: { sqlstate: "57P01", message: "the engine is closed" },
  CONNECTION_FAILED: { sqlstate: "08006", message: "{target}: {reason}" },
  INTERNAL: { sqlstate: "XX000", message: "internal error: {reason}", hint: "please report this with the statement" },
} as const;
