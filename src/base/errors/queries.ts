/** Errors of queries: grouping, aggregates, joins, set operations, changelogs. */
export const queryErrors = {
  NOT_GROUPED: {
    sqlstate: "42803",
    message: 'column "{name}" must stand in GROUP BY or in an aggregate',
  },
  AGGREGATE_NOT_ALLOWED: { sqlstate: "42803", message: "aggregate {name} is not allowed in {clause}" },
  NESTED_AGGREGATE: { sqlstate: "42803", message: "aggregate {name} stands inside another aggregate" },
  WINDOW_FUNCTION_NOT_ALLOWED: { sqlstate: "42P20", message: "window function {name} is not allowed in {clause}" },
  NOT_AN_AGGREGATE: { sqlstate: "42809", message: "{name} is not an aggregate: {clause} does not apply to it" },
  STAR_NOT_ALLOWED: { sqlstate: "42601", message: "* is not allowed {where}" },
  NO_FROM_FOR_STAR: { sqlstate: "42601", message: "SELECT * needs a FROM clause" },
  POSITION_OUT_OF_RANGE: {
    sqlstate: "42P10",
    message: "{clause} position {position} is not in the select list of {count} columns",
  },
  SUBQUERY_COLUMNS: { sqlstate: "42601", message: "a subquery used as a value must have one column, not {count}" },
  SET_OPERATION_COLUMNS: { sqlstate: "42601", message: "the sides of {op} have {left} and {right} columns" },
  CANNOT_RETRACT: {
    sqlstate: "0A000",
    message: "{aggregate} cannot take back rows, but its input is a changelog",
    hint: "{advice}",
  },
  APPEND_ONLY_SINK: {
    sqlstate: "0A000",
    message: 'sink "{name}" takes only new rows, but the query puts out changes',
    hint: "give the table a PRIMARY KEY with 'changelog' = 'upsert', or aggregate over a window",
  },
  UNBOUNDED_ORDER_BY: {
    sqlstate: "0A000",
    message: "ORDER BY without LIMIT never ends over a live input",
    hint: "add LIMIT for a Top-N, or read bounded input",
  },
  UNBOUNDED_STATE: {
    sqlstate: "0A000",
    message: "{operator} would keep every group for ever",
    hint: "use a window, or input that ends; or SET unbounded_state = 'warn'",
  },
  UNBOUNDED_RESULT: {
    sqlstate: "0A000",
    message: 'materialized view "{name}" would keep every row for ever',
    hint: "write WITH ('retention' = '1 day') before AS; or SET unbounded_state = 'warn'",
  },
  EMISSION_NOT_OUTERMOST: { sqlstate: "42601", message: "{clause} belongs to the outermost query" },
  RECURSIVE_QUERY: { sqlstate: "42P19", message: '"{name}" refers to itself' },
} as const;
