/**
 * A file whose every byte is known: written at its end and nowhere else, and taken up by another process where it was.
 * What comes again is compared with what stands there (docs/design/durability.md).
 */
import { asError, SqlError } from "../../base/error.ts";
import type { Storage, StorageFile } from "../../base/storage.ts";
import type { ExactSink, SinkPlace } from "../connector.ts";
import { hashOf } from "../input/fingerprint.ts";

/** How many bytes at the start, and before the place, are known by a hash. */
const SAMPLE_BYTES = 4096;

export class ExactFile implements ExactSink {
  synced: number;
  /** Bytes that were flushed, or compared. */
  private end: number;
  /** Bytes that the file has. */
  private size: number;
  private readonly file: StorageFile;
  /** As it stands in the SQL. */
  private readonly given: string;
  private readonly waiting: () => number;
  /** After a sync that failed what was written may be in no more than a cache, and no later sync would say so. */
  private failure: SqlError | undefined;

  /** `waiting`: bytes that wait for the next flush. */
  constructor(
    file: StorageFile,
    given: string,
    options: { readonly place: SinkPlace | undefined; readonly waiting: () => number },
  ) {
    this.file = file;
    this.given = given;
    this.waiting = options.waiting;
    this.size = file.size;
    const { place } = options;
    this.end = place?.at ?? this.size;
    this.synced = place?.synced ?? 0;
    if (place === undefined) this.sync();
    else if (this.size < Math.max(place.at, place.synced)) {
      throw this.changed(`it has ${this.size} bytes, and had ${Math.max(place.at, place.synced)}`);
    } else if (place.mark !== undefined && place.mark !== this.mark()) {
      throw this.changed(`other bytes stand before byte ${place.at} than those that were written`);
    }
  }

  /** Opens the file of a job that comes back. */
  static reopen(storage: Storage, path: string, given: string): StorageFile {
    try {
      return storage.open(path, "old");
    } catch (error) {
      const reason =
        error instanceof Error && "code" in error && error.code === "ENOENT" ? "it is gone" : String(error);
      throw new SqlError("SINK_CHANGED", undefined, { path: given, reason });
    }
  }

  get at(): number {
    return this.end + this.waiting();
  }

  /** A hash of its first bytes and of its last ones. */
  mark(): string {
    const { end, file } = this;
    const head = file.read(0, Math.min(SAMPLE_BYTES, end));
    const from = Math.max(head.length, end - SAMPLE_BYTES);
    return hashOf(Buffer.concat([head, file.read(from, end - from)]));
  }

  /** Puts bytes behind those that are there, or finds that they are. */
  flush(bytes: Uint8Array): void {
    if (this.failure !== undefined) throw this.failure;
    if (bytes.length === 0) return;
    const same = this.end < this.size ? this.compare(bytes) : 0;
    if (same < bytes.length) {
      const { size } = this.file;
      if (size !== this.size)
        throw this.changed(`someone else writes to it: it has ${size} bytes instead of ${this.size}`);
      this.file.write(this.end + same, bytes.subarray(same));
      this.size = this.end + bytes.length;
    }
    this.end += bytes.length;
  }

  /**
   * How many of the bytes stand in the file already. What differs from them there is cut off; what was not known to be on the
   * disk is written again, for what a read gives may be in a cache that will never be written.
   */
  private compare(bytes: Uint8Array): number {
    const found = this.file.read(this.end, Math.min(bytes.length, this.size - this.end));
    let same = 0;
    while (same < found.length && found[same] === bytes[same]) same++;
    const known = Math.max(0, this.synced - this.end);
    if (same > known) this.file.write(this.end + known, bytes.subarray(known, same));
    if (same === found.length) return same;
    const at = this.end + same;
    if (at < this.synced) throw this.changed(`byte ${at} is not the one that was written`);
    this.file.truncate(at);
    this.size = at;
    return same;
  }

  /** Throws PATH_UNWRITABLE, and then at every later call, and at every `flush`, too. */
  sync(): void {
    if (this.failure !== undefined) throw this.failure;
    try {
      this.file.sync();
    } catch (error) {
      const { given: path } = this;
      this.failure = new SqlError("PATH_UNWRITABLE", { path }, { path, reason: asError(error).message });
      throw this.failure;
    }
    this.synced = this.end;
  }

  settle(): void {
    if (this.size <= this.end) return;
    // What an epoch puts out is written when the log has the epoch: all of it has come again, so this is not of this state.
    throw this.changed(
      `it has ${this.size} bytes, and this state has written ${this.end}`,
      `if the state is a backup that was put back, cut the file where the backup was (truncate -s ${this.end} ${this.given}) or ` +
        "let the query write to another one; if it is not, someone else writes to the file",
    );
  }

  /** Nothing more will come: all of it is on the disk when it returns. */
  seal(): void {
    const { size } = this.file;
    if (size !== this.end) throw this.changed(`it has ${size} bytes, and this state has written ${this.end}`);
    this.sync();
    this.close();
  }

  close(): void {
    this.file.close();
  }

  private changed(reason: string, hint?: string): SqlError {
    return new SqlError("SINK_CHANGED", undefined, { path: this.given, reason, hint });
  }
}
