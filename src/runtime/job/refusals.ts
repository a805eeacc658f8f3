/** What is refused before a job runs: all of it is told at once. */
import { isSqlError, type SqlError, SqlErrors } from "../../base/error.ts";

export class Refusals {
  private readonly errors: SqlError[] = [];

  /** Does a step over what stands in `file`; SqlErrors are kept for `throw`, others are thrown. */
  collect(file: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      const refused = error instanceof SqlErrors ? error.errors : isSqlError(error) ? [error] : undefined;
      if (refused === undefined) throw error;
      this.errors.push(...refused.map((e) => e.inFile(file)));
    }
  }

  /** Throws SqlErrors where anything was refused. */
  throw(): void {
    if (this.errors.length > 0) throw new SqlErrors(this.errors);
  }
}
