/**
 * Why a row, or a value in it, is bad (E5). The number is what emitted code leaves behind: in a validity byte for a
 * value that could not be decoded or computed, in a control block for the row at which a stage stopped.
 */
interface RowErrorDef {
  readonly number: number;
  readonly sqlstate: string;
  readonly message: string;
}

export type RowErrorName =
  | "UNDECODABLE"
  | "NULL_NOT_ALLOWED"
  | "OUT_OF_RANGE"
  | "DIVISION_BY_ZERO"
  | "TIME_OUT_OF_RANGE"
  | "INVALID_TEXT"
  | "INVALID_TIME_TEXT"
  | "INVALID_ARGUMENT"
  | "INVALID_REGEX"
  | "STRING_TOO_LONG"
  | "SUBSTRING_LENGTH"
  | "LIKE_ESCAPE"
  | "TOO_FAR_AHEAD";

export const rowErrors: Readonly<Record<RowErrorName, RowErrorDef>> = {
  UNDECODABLE: { number: 2, sqlstate: "22P02", message: "the value cannot be read as the column's type" },
  NULL_NOT_ALLOWED: { number: 3, sqlstate: "23502", message: "NULL in a NOT NULL column" },
  OUT_OF_RANGE: { number: 8, sqlstate: "22003", message: "numeric value out of range" },
  DIVISION_BY_ZERO: { number: 9, sqlstate: "22012", message: "division by zero" },
  TIME_OUT_OF_RANGE: { number: 10, sqlstate: "22008", message: "date or time out of range" },
  INVALID_TEXT: { number: 11, sqlstate: "22P02", message: "invalid text for the type" },
  INVALID_TIME_TEXT: { number: 12, sqlstate: "22007", message: "invalid date or time text" },
  INVALID_ARGUMENT: { number: 13, sqlstate: "22023", message: "invalid argument" },
  INVALID_REGEX: { number: 14, sqlstate: "2201B", message: "invalid regular expression" },
  STRING_TOO_LONG: { number: 15, sqlstate: "22001", message: "value too long for the type" },
  SUBSTRING_LENGTH: { number: 16, sqlstate: "22011", message: "negative substring length" },
  LIKE_ESCAPE: { number: 17, sqlstate: "22025", message: "LIKE pattern must not end with the escape character" },
  TOO_FAR_AHEAD: {
    number: 18,
    sqlstate: "22008",
    message: "the event is further ahead of the clock than 'max-future-drift' allows",
  },
};

const byNumber = new Map<number, RowErrorName>(
  // The keys of a const object are exactly its names.
  (Object.keys(rowErrors) as RowErrorName[]).map((name) => [rowErrors[name].number, name]),
);

export function rowErrorName(number: number): RowErrorName | undefined {
  return byNumber.get(number);
}

const messageOf = (code: RowErrorName, detail: string | undefined): string =>
  detail === undefined ? rowErrors[code].message : `${rowErrors[code].message}: ${detail}`;

/** Thrown by the `evaluate` face of a function for one row; never reaches a user as it is. */
export class RowError extends Error {
  readonly code: RowErrorName;
  constructor(code: RowErrorName, detail?: string) {
    super(messageOf(code, detail));
    this.code = code;
  }

  /** The same error with another detail: a second one would cost a second stack trace. It must be of this row alone. */
  withDetail(detail: string): this {
    this.message = messageOf(this.code, detail);
    return this;
  }
}
