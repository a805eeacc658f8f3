/** Warnings: the statement runs, but probably not as meant. */
export const warnings = {
  UNBOUNDED_STATE: {
    sqlstate: "01000",
    message: "{operator} keeps every group for ever: its state has no bound",
    hint: "use a window, or input that ends",
  },
  UNBOUNDED_RESULT: {
    sqlstate: "01000",
    message: 'materialized view "{name}" keeps every row for ever',
    hint: "WITH ('retention' = '1 day') before AS drops rows whose window_end is that much older than the watermark",
  },
  NO_WATERMARK: {
    sqlstate: "01000",
    message: 'table "{table}" has no watermark: windows over it end only with the input',
  },
  TABLE_NOT_READ: {
    sqlstate: "01000",
    message: '"{name}" stays empty: no query reads "{table}"',
    hint: "a record is found to be bad by a query that reads it: add one, such as SELECT * FROM {table}",
  },
  UNNAMED_QUERY: {
    sqlstate: "01000",
    message: "the query has no name: its state cannot be found again after a change",
    hint: "SET 'pipeline.name' before it",
  },
  UNUSED_OPTION: { sqlstate: "01000", message: "option '{name}' has no effect here" },
  IGNORED_HINT: { sqlstate: "01000", message: "hint {name} is ignored" },
  IGNORED_CLAUSE: { sqlstate: "01000", message: "{clause} has no effect" },
  ALWAYS_FAILS: {
    sqlstate: "01000",
    message: "{what} always fails: {reason}",
    hint: "each row for which it is computed goes to the table of errors",
  },
  NOTICE: { sqlstate: "00000", message: "{text}" },
} as const;
