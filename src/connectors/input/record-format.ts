/** What the reader of records (record-reader.ts) asks of a format: how records are cut out of bytes and decoded. */

/** A longer record is broken. */
export const RECORD_BYTES_MAX: number = 1024 * 1024;
export const TOO_LONG: string = `the record is longer than ${RECORD_BYTES_MAX} bytes`;

/** `decode` answers with it where the bytes are no record at all: a blank line. */
export const BLANK = "";

export interface RecordFormat {
  /** Records end at line ends: `limit` is then behind one, and UTF-8 is checked up to it in one go. */
  readonly byLine: boolean;
  /** What is wrong with a record that has no end. */
  readonly unclosed: string;
  /**
   * Takes whole records from [at, limit): rows `row` and up, `rowsMax` in all at most.
   * Where each record starts goes to `columns.starts`; those that it did not decode are listed in `columns.leftOver`.
   * Answers with the address behind the last record taken: short of `limit` where the rest is not whole, or the rows are full.
   */
  extract(at: number, limit: number, row: number, rowsMax: number): number;
  /** After `extract`: how many rows there are now, and how many of them are listed as left over. */
  readonly rows: number;
  readonly leftOver: number;
  /** Decodes a record exactly into `row`: undefined, or why it is broken, or BLANK. [start, next) includes its line end. */
  decode(start: number, next: number, row: number): string | undefined;
  /** The address behind the record at `start`, its line end included; 0 where it does not end before `limit`. */
  recordEnd(start: number, limit: number): number;
  /** Called after the left over records of a batch were decoded: a chance to learn their layout. `rows`: of the batch. */
  learn?(records: readonly (readonly [start: number, next: number])[], rows: number): void;
  /** Where, in the bytes given to `extract`, the records turned out to have ended for good; 0: they have not. */
  readonly doneAt?: number;
  /** Whether the partition begins with what `header` must see, before any record can be read. */
  readonly hasHeader: boolean;
  /** Takes the header off the start of the partition: how many bytes. 0 where there is none, -1 where it is not whole yet. */
  header?(start: number, limit: number): number;
}
