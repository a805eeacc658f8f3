/** Errors of the lexer and the parser. */
export const syntaxErrors = {
  SYNTAX: {
    sqlstate: "42601",
    message: "expected {expected} but found {found}",
    doc: "The statement does not follow the grammar. The caret stands at the first word that does not fit.",
  },
  INVALID_SYNTAX: {
    sqlstate: "42601",
    message: "{reason}",
    doc: "The words fit the grammar, but not together; the message says what is wrong.",
  },
  UNEXPECTED_CHARACTER: { sqlstate: "42601", message: "unexpected character {character}" },
  UNTERMINATED_STRING: {
    sqlstate: "42601",
    message: "the string that begins here has no end",
    hint: "close it with {quote}; a quote inside a string is written twice",
  },
  UNTERMINATED_IDENTIFIER: {
    sqlstate: "42601",
    message: "the quoted name that begins here has no end",
    hint: "close it with {quote}; strings are written in single quotes",
  },
  UNTERMINATED_COMMENT: {
    sqlstate: "42601",
    message: "the comment that begins here has no end",
    hint: "close it with */",
  },
  EMPTY_IDENTIFIER: { sqlstate: "42601", message: "a quoted name must not be empty" },
  INVALID_ESCAPE: {
    sqlstate: "22025",
    message: "invalid escape {escape} in the string",
    hint: "E'..' strings know \\n, \\t, \\r, \\b, \\f, \\\\, \\', \\xHH, \\uXXXX and \\UXXXXXXXX; U&'..' strings \\XXXX and \\+XXXXXX",
  },
  INVALID_NUMBER: {
    sqlstate: "42601",
    message: "{text} is not a number",
    doc: "Letters directly after a number, as in 12abc.",
  },
  INVALID_BYTES: { sqlstate: "22P02", message: "X'..' holds an even number of hexadecimal digits, not {text}" },
  NESTING_TOO_DEEP: {
    sqlstate: "54001",
    message: "the statement is nested more than {limit} levels deep",
    hint: "split it with WITH or views",
  },
  EXPRESSION_TOO_LONG: {
    sqlstate: "54001",
    message: "more than {limit} operators stand in one chain",
    hint: "use IN (..) for many alternatives, or split the expression",
  },
  STATEMENT_TOO_LARGE: {
    sqlstate: "54000",
    message: "the statement has {size} bytes; the limit is {limit}",
    hint: "load data from a file or by COPY instead",
    doc: "A statement may have 256 KiB, INSERT .. VALUES 16 MiB.",
  },
  TOO_MANY_ERRORS: { sqlstate: "54000", message: "more than {limit} errors; the rest is not shown" },
} as const;
