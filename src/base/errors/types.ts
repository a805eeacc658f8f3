/** Errors of types, signatures and constant values. */
export const typeErrors = {
  TYPE_MISMATCH: { sqlstate: "42804", message: "{what} must be {expected}, not {actual}" },
  NO_SUCH_SIGNATURE: { sqlstate: "42883", message: "{name} does not take ({types})", hint: "it is called as {usage}" },
  NO_SUCH_OPERATOR: {
    sqlstate: "42883",
    message: "no operator {left} {op} {right}",
    hint: "convert one side with CAST",
  },
  NO_COMMON_TYPE: { sqlstate: "42804", message: "{what} have no common type: {types}" },
  CANNOT_CAST: { sqlstate: "42846", message: "{from} cannot be cast to {to}" },
  CANNOT_ASSIGN: {
    sqlstate: "42804",
    message: 'column "{column}" is {expected}, but the value is {actual}',
    hint: "convert it with CAST",
  },
  INVALID_LITERAL: { sqlstate: "22P02", message: "{text} is not a valid {type}" },
  INVALID_DATETIME: { sqlstate: "22007", message: "{text} is not a valid {type}", hint: "write it as {form}" },
  INVALID_INTERVAL: {
    sqlstate: "22007",
    message: "{text} is not a valid interval",
    hint: "write INTERVAL '10' MINUTE, INTERVAL '1 day 2 hours' or 10s",
  },
  MIXED_INTERVAL: {
    sqlstate: "42804",
    message: "an interval of months or years has no fixed length; {what} needs one",
  },
  NUMBER_OUT_OF_RANGE: { sqlstate: "22003", message: "{text} is out of range for {type}" },
  INVALID_TYPE_ARGUMENT: { sqlstate: "22023", message: "{type}: {reason}" },
  DECIMAL_WITHOUT_PRECISION: {
    sqlstate: "42601",
    message: "DECIMAL needs its precision and scale",
    hint: "write DECIMAL(38, 10), for example",
    doc: "Flink reads DECIMAL as DECIMAL(10, 0), PostgreSQL as unlimited; neither guess is safe for money.",
  },
  CONSTANT_FAILS: { sqlstate: "22000", message: "this constant expression fails: {reason}" },
  COLUMN_COUNT: { sqlstate: "42601", message: "{what} has {actual} columns, but {expected} are expected" },
  NOT_CONSTANT: { sqlstate: "42601", message: "{what} must be a constant" },
  WRONG_ARGUMENT_COUNT: {
    sqlstate: "42883",
    message: "{name} takes {expected} arguments, not {actual}",
    hint: "it is called as {usage}",
  },
  UNKNOWN_NAMED_ARGUMENT: {
    sqlstate: "42883",
    message: '{name} has no argument "{argument}"',
    hint: "its arguments are {arguments}",
  },
  DUPLICATE_ARGUMENT: { sqlstate: "42601", message: 'argument "{argument}" of {name} is given twice' },
  MISSING_ARGUMENT: {
    sqlstate: "42883",
    message: '{name} needs its argument "{argument}"',
    hint: "it is called as {usage}",
  },
} as const;
