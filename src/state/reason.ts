/** Why something failed, in a line for a person. */
import { asError } from "../base/error.ts";

/** The first line: DuckDB's internal errors go on with a stack. */
export function reasonOf(error: unknown): string {
  const { message } = asError(error);
  return message.split("\n", 1)[0] ?? message;
}

/** What a disk refuses: the system and DuckDB have texts and codes of their own for it. */
const refusals: readonly (readonly [said: RegExp, reason: string])[] = [
  [/ENOSPC|No space left on device/, "the disk is full"],
  [/EDQUOT|[Dd]isk quota exceeded/, "the disk quota is used up"],
  [/EFBIG|File too large/, "the file would be larger than the system allows"],
  [/EROFS|Read-only file system/, "the disk is read-only"],
];

/** Why writing failed. */
export function diskReason(error: unknown): string {
  const { message } = asError(error);
  return refusals.find(([said]) => said.test(message))?.[1] ?? reasonOf(error);
}
