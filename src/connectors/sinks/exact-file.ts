/**
 * A file whose every byte is known: written at its end and nowhere else, and taken up by another process where it was.
 * What comes again is compared with what stands there; what no epoch accounts for is replaced (docs/design/durability.md).
 */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { SqlError } from "../../base/error.ts";
import type { ExactSink, SinkPlace } from "../connector.ts";

export class ExactFile implements ExactSink {
  synced: number;
  /** Bytes that were flushed, or compared. */
  private end: number;
  /** Bytes that the file has. */
  private size: number;
  private readonly fd: number;
  /** As it stands in the SQL. */
  private readonly given: string;
  private readonly waiting: () => number;

  /** `fd`: open for reading and writing. `waiting`: bytes that wait for the next flush. */
  constructor(
    fd: number,
    given: string,
    options: { readonly place: SinkPlace | undefined; readonly waiting: () => number },
  ) {
    this.fd = fd;
    this.given = given;
    this.waiting = options.waiting;
    this.size = fstatSync(fd).size;
    const { place } = options;
    this.end = place?.at ?? this.size;
    this.synced = place?.synced ?? 0;
    if (place === undefined) this.sync();
    else if (this.size < Math.max(place.at, place.synced)) {
      throw this.changed(`it has ${this.size} bytes, and had ${Math.max(place.at, place.synced)}`);
    }
  }

  /** Opens the file of a job that comes back. */
  static reopen(path: string, given: string): number {
    try {
      return openSync(path, "r+");
    } catch (error) {
      const reason =
        error instanceof Error && "code" in error && error.code === "ENOENT" ? "it is gone" : String(error);
      throw new SqlError("SINK_CHANGED", undefined, { path: given, reason });
    }
  }

  get at(): number {
    return this.end + this.waiting();
  }

  /** Puts bytes behind those that are there, or finds that they are. */
  flush(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const same = this.end < this.size ? this.compare(bytes) : 0;
    if (same < bytes.length) {
      const { size } = fstatSync(this.fd);
      if (size !== this.size)
        throw this.changed(`someone else writes to it: it has ${size} bytes instead of ${this.size}`);
      for (let at = same; at < bytes.length; ) at += writeSync(this.fd, bytes, at, bytes.length - at, this.end + at);
      this.size = this.end + bytes.length;
    }
    this.end += bytes.length;
  }

  /** How many of the bytes stand in the file already. What differs from them there is cut off. */
  private compare(bytes: Uint8Array): number {
    const found = new Uint8Array(Math.min(bytes.length, this.size - this.end));
    for (let at = 0; at < found.length; ) at += readSync(this.fd, found, at, found.length - at, this.end + at);
    let same = 0;
    while (same < found.length && found[same] === bytes[same]) same++;
    if (same === found.length) return same;
    const at = this.end + same;
    if (at < this.synced) throw this.changed(`byte ${at} is not the one that was written`);
    ftruncateSync(this.fd, at);
    this.size = at;
    return same;
  }

  sync(): void {
    fdatasyncSync(this.fd);
    this.synced = this.end;
  }

  settle(): void {
    if (this.size <= this.end) return;
    // What an epoch puts out is written when the log has the epoch: all of it has come again, so this is not ours.
    throw this.changed(`it has ${this.size} bytes, and ${this.end} were written to it`);
  }

  close(): void {
    closeSync(this.fd);
  }

  private changed(reason: string): SqlError {
    return new SqlError("SINK_CHANGED", undefined, { path: this.given, reason });
  }
}
