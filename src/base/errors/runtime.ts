/** Errors while queries run, and of data. Errors of single values are in base/row-error.ts. */
export const runtimeErrors = {
  BAD_RECORD: { sqlstate: "22P02", message: "{table}: {reason}", doc: "A record was bad and 'on-error' is 'fail'." },
  ROW_FAILED: {
    sqlstate: "22000",
    message: "{query}: {reason}",
    doc: "An expression failed for a row and on-error is fail.",
  },
  BAD_INSERT: { sqlstate: "22P02", message: 'row {row}, column "{column}": {reason}' },
  BAD_ROWS: {
    sqlstate: "22P02",
    message: 'rows for "{table}": {reason}',
    hint: "rows are an array of objects whose fields are the columns: {columns}",
  },
  BAD_COLUMNS: { sqlstate: "22P02", message: 'columns for "{table}": {reason}' },
  NULL_INSERT: { sqlstate: "23502", message: 'row {row}: column "{column}" is NOT NULL' },
  MEMORY_EXHAUSTED: {
    sqlstate: "53200",
    message: "{owner} needs more memory than the limit of {limit}",
    hint: "group by less or over shorter windows, or raise memoryLimitBytes of open()",
  },
  RESULT_TOO_LARGE: {
    sqlstate: "53400",
    message: '"{name}" has more than {limit} rows',
    hint: "narrow it, write it into a file, or raise resultRowsMax or viewRowsMax",
    doc: "The engine keeps the rows of views, of queries without a printer and of `query` in memory, up to a bound that `open` takes.",
  },
  EPOCH_TOO_LARGE: {
    sqlstate: "53400",
    message: "{name} puts out more than {limit} rows in one epoch, which must wait for its end",
    hint: "insert fewer rows at once, give it a sink of its own, or raise waitingRowsMax of open()",
    doc: "Queries that print side by side, or write into one table, do so in the order of positions, and a changelog shows the net change of an epoch: their rows wait for its end.",
  },
  SUBSCRIBER_BEHIND: {
    sqlstate: "53400",
    message: 'the subscriber of "{name}" is more than {limit} rows behind',
    hint: "read faster, or raise bufferRows",
    doc: "A subscriber with `whenFull: 'fail'`, or one from which nothing was read. The query goes on.",
  },
  QUERY_CANCELED: { sqlstate: "57014", message: "the query was canceled" },
  NOT_A_QUERY: { sqlstate: "42601", message: "one SELECT is expected here, and nothing else" },
  INPUT_ENDED: {
    sqlstate: "55000",
    message: '"{table}" takes no more rows: its input has ended',
    hint: "insert before endInput()",
    doc: "`endInput` ends the tables without connector, and their windows fire; a row after that would be too late for everything.",
  },
  ENGINE_CLOSED: { sqlstate: "57P01", message: "the engine is closed" },
  CONNECTION_FAILED: { sqlstate: "08006", message: "{target}: {reason}" },
  INTERNAL: { sqlstate: "XX000", message: "internal error: {reason}", hint: "please report this with the statement" },
} as const;
