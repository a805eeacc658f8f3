/** Errors of the state directory: what it holds, and the disk below it. */
export const storageErrors = {
  STORAGE_FAILED: {
    sqlstate: "58030",
    message: "{file}: {reason}",
    hint: "nothing that was acknowledged is lost: make room or mend the disk, and start again",
    doc: "Writing to the state directory failed. Nothing is written after that, for nothing would be known to be durable; the next start reads what is there and goes on.",
  },
  STATE_UNUSABLE: {
    sqlstate: "58030",
    message: "{folder} cannot be a state directory: {reason}",
    hint: "give a folder that can be made or written to",
  },
  STATE_MISSING: {
    sqlstate: "58030",
    message: "{folder} is no state directory: it has no MANIFEST",
    hint: "give the folder that --state names",
  },
  STATE_NO_GENERATION: {
    sqlstate: "42704",
    message: "{folder} has no generation {generation}; it has {known}",
    hint: "`tidemark state ls` shows them; `latest` is the newest",
  },
  STATE_NO_TABLE: {
    sqlstate: "42704",
    message: "generation {generation} has no table {name}",
    hint: "it has {known}",
  },
  STATE_LOCKED: {
    sqlstate: "55006",
    message: "{folder} is in use by process {pid}",
    hint: "one process at a time works in a state directory: stop that one, or give this one a folder of its own",
  },
  STATE_CORRUPT: {
    sqlstate: "XX001",
    message: "{file}: {reason}, at byte {at}",
    hint: "nothing was changed: restore the state directory from a backup, or start with an empty one to read the sources anew",
    doc: "A file of the state directory is not what was written there, and what it held was acknowledged. Tidemark does not start with less.",
  },
  STATE_INCOMPLETE: {
    sqlstate: "XX001",
    message: "{folder}: {reason}",
    hint: "nothing was changed: restore the state directory from a backup, or start with an empty one to read the sources anew",
  },
  STATE_FOREIGN: {
    sqlstate: "XX001",
    message: "{file} belongs to another state directory",
    hint: "remove it from here, or restore the whole directory from one backup",
  },
  STATE_VERSION: {
    sqlstate: "0A000",
    message: "{file} has format {format}; this build reads format {known}",
    hint: "start it with the version that wrote it, or begin with an empty state directory and other output files",
  },
  STATE_QUERY_CHANGED: {
    sqlstate: "55000",
    message: 'the state is of another "{query}": its SQL, a table that it reads or a parameter was changed',
    hint: "run what the state was made with, or start with an empty state directory and other output files",
  },
  STATE_QUERIES_CHANGED: {
    sqlstate: "55000",
    message: "the state is of the queries {state}; the SQL has {queries}",
    hint: "run what the state was made with, or start with an empty state directory and other output files",
  },
  STATE_LOST: {
    sqlstate: "55000",
    message: "the SQL was changed, and state would be lost: {state}",
    hint: "put back what was there, or start without it: {consents}; `tidemark explain --state` shows what becomes of every operator",
    doc: "State that a changed query does not keep, and that cannot be computed again because its sources cannot be read from their beginning: standard input, or a table without connector that has given rows up.",
  },
  SINK_HAS_OTHER_ROWS: {
    sqlstate: "55000",
    message: 'query "{query}" was changed, and "{table}" holds the rows of the old one',
    hint: "write to another file, or let the new rows come behind the old ones with --sink-append",
  },
  STATE_CHANGE_UNSUPPORTED: {
    sqlstate: "0A000",
    message: 'query "{query}" cannot be changed here: {reason}',
    hint: "write to another table, or start with an empty state directory and other output files",
  },
  STATE_INSERTS_CHANGED: {
    sqlstate: "55000",
    message: "the state holds rows of INSERT statements that are not in the SQL any more",
    hint: "put them back where they were, or start with an empty state directory and other output files",
  },
  SOURCE_CHANGED: {
    sqlstate: "55000",
    message: 'table "{table}": {file} {difference}',
    hint: "put back what was there, or start with an empty state directory to read the sources anew",
    doc: "A source is to be read on from where it was left, but what was read before that is gone or has other content: the rows behind it would not continue those that were counted.",
  },
  REPLAY_DIFFERS: {
    sqlstate: "XX001",
    message: "epoch {epoch} comes out otherwise than before: {what}",
    hint: "nothing was changed: start it with the build that wrote the state, or report this",
    doc: "Going through the epochs of the input log again must give what they gave. A source that was changed, or a build that computes otherwise, shows here.",
  },
  SINK_CHANGED: {
    sqlstate: "55000",
    message: "{path}: {reason}",
    hint: "put back what was written, or start with an empty state directory and another file",
    doc: "A file that Tidemark writes with --state is not as it left it: it was cut, replaced or written to by someone else.",
  },
  SNAPSHOT_UNWRITABLE: {
    sqlstate: "58030",
    message: "snapshot {path} cannot be written: {reason}",
    hint: "nothing is lost, the log keeps what it would hold: make room or mend the disk, and the next one is written",
  },
  SNAPSHOT_UNREADABLE: {
    sqlstate: "58030",
    message: "snapshot {path} cannot be read: {reason}",
    doc: "The file is missing, is no file, may not be read, or there was no memory for it. It was not changed.",
  },
  SNAPSHOT_DAMAGED: {
    sqlstate: "XX001",
    message: "snapshot {path} is damaged: {reason}",
    doc: "The file is not what was written: its hash or a checksum is wrong, a part is missing, or it is something else. It was neither changed nor removed.",
  },
  SNAPSHOT_TOO_NEW: {
    sqlstate: "58030",
    message: "snapshot {path} was written by a newer version: {reason}",
    hint: "open it with the version that wrote it, or a later one",
  },
  STATE_MISMATCH: {
    sqlstate: "55000",
    message: "the state {table} is not that of this query: {reason}",
    hint: "restore it into the query and by the version that it was saved by",
    doc: "A snapshot was made by another query or by another version, in whose state the columns mean something else. The query does not start.",
  },
} as const;
