/** What ends a whole job: bad data where 'on-error' is 'fail'. */
import type { SqlError } from "../base/error.ts";

export class BadDataError extends Error {
  readonly error: SqlError;
  constructor(error: SqlError) {
    super(error.message);
    this.error = error;
  }
}
