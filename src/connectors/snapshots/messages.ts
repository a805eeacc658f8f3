/** What goes between the engine's thread and the one that owns DuckDB. One request is answered before the next is sent. */
import { asError, isSqlError, SqlError } from "../../base/error.ts";
import type { Detail } from "../../base/errors/entry.ts";
import type { StagedChunk, StagedTable } from "../../state/snapshot/staged.ts";
import type { WrittenSnapshot } from "../../state/snapshot/write.ts";

/**
 * `chunks`: the next ones of a table of the `write` with the same number, by the table's place; they have no answer, and
 * their `write` may never come.
 */
export type Request =
  | { readonly kind: "chunks"; readonly write: number; readonly table: number; readonly chunks: readonly StagedChunk[] }
  | { readonly kind: "write"; readonly write: number; readonly path: string; readonly tables: readonly StagedTable[] }
  | { readonly kind: "read"; readonly path: string; readonly sha256: string | undefined }
  | { readonly kind: "close" };

export type Answer =
  | { readonly kind: "written"; readonly snapshot: WrittenSnapshot }
  | { readonly kind: "read"; readonly tables: readonly StagedTable[] }
  | { readonly kind: "failed"; readonly error: SentError };

/** An error of the catalogue without its class, which does not survive the way. */
export interface SentError {
  readonly code: SqlError["code"];
  readonly path: string;
  readonly details: Readonly<Record<string, Detail | undefined>>;
}

export function sentError(thrown: unknown, path: string): SentError {
  if (isSqlError(thrown)) return { code: thrown.code, path, details: thrown.details };
  return { code: "INTERNAL", path, details: { reason: asError(thrown).message } };
}

/** The details are those of the error that was sent, so they are what its code asks for. */
export const receivedError = ({ code, path, details }: SentError): SqlError =>
  new SqlError(code, { path }, details as never);

/** Every buffer of `chunks` once: it is handed over with all its views. */
export function buffersOf(chunks: readonly StagedChunk[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { vectors } of chunks) {
    for (const { data, offsets, valid } of vectors) {
      for (const view of [data, offsets, valid]) if (view?.buffer instanceof ArrayBuffer) buffers.add(view.buffer);
    }
  }
  return [...buffers];
}
