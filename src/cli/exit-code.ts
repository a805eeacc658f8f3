/** What the process answers its caller with. Scripts depend on these numbers: they do not change. */
export const ExitCode = {
  DONE: 0,
  INTERNAL: 1,
  USAGE: 2,
  SQL_REFUSED: 3,
  BAD_DATA: 4,
  STORAGE: 5,
  CONNECTOR: 6,
  DIFFERS: 7,
  QUERY_FAILED: 8,
  STOPPED: 130,
} as const;

export type ExitCodeNumber = (typeof ExitCode)[keyof typeof ExitCode];
