/**
 * What has failed once is not tried again: after an error of the disk nothing that was written since the last sync is known
 * to be there, and a second try would not say. The next process finds out.
 */
import { SqlError } from "../../base/error.ts";
import { diskReason } from "../reason.ts";

export class Latch {
  private failure: SqlError | undefined;

  /** `step`, which writes to `path`. Throws STORAGE_FAILED where it fails, and then at every later call too. */
  run<T>(path: string, step: () => T): T {
    if (this.failure !== undefined) throw this.failure;
    try {
      return step();
    } catch (error) {
      this.failure = new SqlError("STORAGE_FAILED", undefined, { file: path, reason: diskReason(error) });
      throw this.failure;
    }
  }
}
