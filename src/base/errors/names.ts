/** Errors of names: what does not exist, exists twice, or may not be called so. */
export const nameErrors = {
  UNKNOWN_COLUMN: {
    sqlstate: "42703",
    message: 'column "{name}" does not exist',
    hint: "{table} has columns {columns}",
  },
  UNKNOWN_FIELD: { sqlstate: "42703", message: '{type} has no field "{name}"', hint: "its fields are {fields}" },
  NOT_A_ROW: { sqlstate: "42809", message: '"{name}" is a {type} and has no fields' },
  AMBIGUOUS_COLUMN: {
    sqlstate: "42702",
    message: 'column "{name}" is ambiguous',
    hint: "it is in {tables}; write the table before it",
  },
  UNKNOWN_TABLE: { sqlstate: "42P01", message: 'table "{name}" does not exist', hint: "known are {tables}" },
  AMBIGUOUS_TABLE: {
    sqlstate: "42P09",
    message: '"{name}" may mean {candidates}',
    hint: "write it exactly, in quotes",
  },
  UNKNOWN_ALIAS: {
    sqlstate: "42P01",
    message: '"{name}" is not a table of this FROM clause',
    hint: "its tables are {tables}",
  },
  DUPLICATE_TABLE: { sqlstate: "42P07", message: '"{name}" already exists', hint: "it is a {kind}; DROP it first" },
  DUPLICATE_COLUMN: { sqlstate: "42701", message: 'column "{name}" is declared twice' },
  DUPLICATE_ALIAS: {
    sqlstate: "42712",
    message: 'table name "{name}" stands twice in this FROM clause',
    hint: "give one of them an alias",
  },
  RESERVED_NAME: { sqlstate: "42939", message: '"{name}" is a reserved name: {reason}' },
  NO_SIDE_TABLE: {
    sqlstate: "42809",
    message: '"{name}" does not exist: late and failed rows of view "{view}" belong to the query that reads it',
    hint: "read {tables}, or CREATE MATERIALIZED VIEW {view}, which has its own",
    doc: "A plain view is a part of every query that reads it; only tables, queries and materialized views have tables of what went wrong in them.",
  },
  UNKNOWN_OBJECT: { sqlstate: "42704", message: '{kind} "{name}" does not exist' },
  WRONG_OBJECT: { sqlstate: "42809", message: '"{name}" is a {actual}, not a {expected}' },
  OBJECT_IN_USE: { sqlstate: "2BP01", message: '"{name}" is used by {users}', hint: "drop those first" },
  UNKNOWN_FUNCTION: { sqlstate: "42883", message: "function {name} does not exist" },
  UNKNOWN_TYPE: { sqlstate: "42704", message: 'type "{name}" does not exist' },
  UNKNOWN_SETTING: { sqlstate: "42704", message: 'setting "{name}" does not exist' },
  UNKNOWN_WINDOW: {
    sqlstate: "42704",
    message: 'window "{name}" is not defined',
    hint: "define it with WINDOW {name} AS (..)",
  },
  UNKNOWN_PARAMETER: { sqlstate: "42P02", message: "no value was given for {name}", hint: "give it with --param" },
  SURPLUS_PARAMETER: {
    sqlstate: "08P01",
    message: "a value was given for {name}, which does not stand here",
    hint: "the parameters are {parameters}",
  },
  UNKNOWN_TIME_ZONE: {
    sqlstate: "22023",
    message: 'time zone "{name}" is not known',
    hint: "write it as Europe/Berlin or UTC",
  },
} as const;
