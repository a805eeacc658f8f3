/** Errors of WITH options, settings, connectors and files. */
export const optionErrors = {
  UNKNOWN_OPTION: { sqlstate: "42704", message: "{owner} has no option '{name}'", hint: "its options are {options}" },
  MISSING_OPTION: {
    sqlstate: "42601",
    message: "{owner} needs the option '{name}'",
    hint: "for example '{name}' = '{example}'",
  },
  INVALID_OPTION: { sqlstate: "22023", message: "option '{name}' must be {expected}, not '{value}'" },
  DUPLICATE_OPTION: { sqlstate: "42601", message: "option '{name}' is given twice" },
  OPTION_CONFLICT: { sqlstate: "42601", message: "option '{name}' does not go with '{other}'" },
  OPTION_NEEDS: { sqlstate: "42601", message: "option '{name}' needs {what}", hint: "{advice}" },
  UNKNOWN_CONNECTOR: { sqlstate: "42704", message: "there is no connector '{name}'", hint: "there are {connectors}" },
  UNKNOWN_FORMAT: {
    sqlstate: "42704",
    message: "connector '{connector}' has no format '{name}'",
    hint: "it has {formats}",
  },
  NOT_A_SOURCE: { sqlstate: "42809", message: "connector '{name}' cannot be read" },
  NOT_A_SINK: { sqlstate: "42809", message: "connector '{name}' cannot be written to" },
  PATH_NOT_FOUND: { sqlstate: "58P01", message: "{path} does not exist" },
  PATH_EMPTY: { sqlstate: "58P01", message: "no file matches {path}" },
  PATH_UNREADABLE: { sqlstate: "58030", message: "{path} cannot be read: {reason}" },
  PATH_UNWRITABLE: { sqlstate: "58030", message: "{path} cannot be written: {reason}" },
  SINK_IS_READ: {
    sqlstate: "55006",
    message: 'table "{sink}" writes into {path}, which table "{source}" reads',
    hint: "write into another file",
    doc: "A file that is emptied or grows while it is read has no end, or no rows. Two paths that lead to one file are the same.",
  },
  SINK_IS_SHARED: {
    sqlstate: "55006",
    message: 'tables "{sink}" and "{other}" both write into {path}',
    hint: "let the queries INSERT INTO one table",
    doc: "With a state directory a file belongs to one table, which knows its every byte; a folder of parts does so always. Two paths that lead to one file are the same.",
  },
  FILE_HEADER_DIFFERS: {
    sqlstate: "42804",
    message: "{path} does not begin with the columns that would be added to it: {columns}",
    hint: "'mode' = 'overwrite' replaces what the file has",
  },
  MISSING_FILE_COLUMN: {
    sqlstate: "42703",
    message: '{path} has no column "{name}"',
    hint: "it has {columns}",
  },
  FILE_COLUMN_TYPE: {
    sqlstate: "42804",
    message: 'column "{name}" of {path} is {actual}, which cannot be read as {expected}',
  },
  INVALID_SETTING: { sqlstate: "22023", message: "setting '{name}' must be {expected}, not '{value}'" },
} as const;
