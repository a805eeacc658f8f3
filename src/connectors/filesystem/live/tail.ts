/**
 * The bytes of a file that grows. It is over when a rotation has put another file, which has bytes already, in its place:
 * whoever wrote to it writes to that one; or when it was deleted. Until then there is nothing now, and more may come. Its
 * first bytes are looked at again whenever it has grown: a file that was cut or written anew is not what was read.
 */
import type { Storage, StorageFile } from "../../../base/storage.ts";
import { type ByteInput, NOTHING_NOW, OPEN_FILES_MAX, unreadable } from "../../input/byte-input.ts";
import { differenceOf, hashRange, type Mark, SAMPLE_BYTES, samplesAt } from "../../input/fingerprint.ts";
import { bornOf, fileAt, openFound, rotatedFrom } from "./found.ts";

/** Open files by id: the one that was not used for longest is closed for another, and found again. */
export class OpenTails {
  readonly storage: Storage;
  private readonly open = new Map<string, StorageFile>();

  constructor(storage: Storage) {
    this.storage = storage;
  }

  /** undefined: the file is gone. */
  get(id: string, path: string): StorageFile | undefined {
    const file = this.open.get(id) ?? openFound(this.storage, id, path);
    if (file === undefined) return undefined;
    this.open.delete(id);
    this.open.set(id, file);
    if (this.open.size > OPEN_FILES_MAX) this.close([...this.open.keys()][0] ?? "");
    return file;
  }

  close(id: string): void {
    this.open.get(id)?.close();
    this.open.delete(id);
  }
}

export interface TailOptions {
  /** Where it is, or was before a rotation. */
  readonly path: string;
  readonly id: string;
  readonly files: OpenTails;
  /** The error for a file that is not what was read. */
  changed(difference: string): Error;
}

export class Tail implements ByteInput {
  isClosed = false;
  private readonly options: TailOptions;
  private at = 0;
  private size = 0;
  private isOver = false;
  /** The first bytes, as far as they were read. */
  private head = { bytes: 0, hash: "" };
  private lastMark: { readonly position: bigint; readonly mark: Mark } | undefined;

  constructor(options: TailOptions) {
    this.options = options;
  }

  private get file(): StorageFile {
    const { id, path, files, changed } = this.options;
    const file = files.get(id, path);
    if (file === undefined) throw changed(`is gone: what stands behind byte ${this.at} was not read`);
    return file;
  }

  read(target: Uint8Array): number {
    try {
      for (;;) {
        const { file } = this;
        const { bytes: size, names } = file.facts;
        this.size = size;
        if (size < this.at) throw this.options.changed(`has ${size} bytes, of which ${this.at} were read already`);
        if (size > this.at) return this.readAt(file, target);
        if (this.isOver) return 0;
        // What was written before it was over is read after that is known.
        if (names > 0 && !this.isReplaced()) return NOTHING_NOW;
        this.isOver = true;
      }
    } catch (error) {
      throw "code" in Object(error) && "syscall" in Object(error) ? unreadable(this.options.path, error) : error;
    }
  }

  private readAt(file: StorageFile, target: Uint8Array): number {
    const bytes = file.readInto(target, this.at);
    const { head } = this;
    if (hashRange(file, 0, head.bytes) !== head.hash && head.bytes > 0) {
      throw this.options.changed("begins with other bytes than those that were read");
    }
    this.moveTo(this.at + bytes, file);
    return bytes;
  }

  private moveTo(at: number, file: StorageFile): void {
    this.at = at;
    const bytes = Math.min(SAMPLE_BYTES, at);
    if (this.head.bytes < bytes) this.head = { bytes, hash: hashRange(file, 0, bytes) };
  }

  private isReplaced(): boolean {
    const { path, id, files } = this.options;
    const there = fileAt(files.storage, path);
    if (there?.id === id) return false;
    if (there !== undefined && there.bytes > 0) return true;
    // Another one was there, and was renamed too.
    return rotatedFrom(files.storage, path).some((file) => file.bytes > 0 && bornOf(file.id) > bornOf(id));
  }

  skip(bytes: number): void {
    this.moveTo(this.at + bytes, this.file);
  }

  finish(): void {
    this.isOver = true;
  }

  seen(): bigint {
    return BigInt(this.size);
  }

  /** Throws SOURCE_CHANGED where the bytes before `position` are not those that were read. */
  mustHave(position: bigint, mark: Mark): void {
    const { file } = this;
    const difference = differenceOf(file, file.size, Number(position), mark);
    if (difference !== undefined) throw this.options.changed(difference);
  }

  /** Asked for again at every epoch, also when the file has been gone for long. */
  readonly markAt = (position: bigint): Mark => {
    if (this.lastMark?.position !== position) {
      this.lastMark = { position, mark: { inode: this.options.id, ...samplesAt(this.file, Number(position)) } };
    }
    return this.lastMark.mark;
  };

  close(): void {
    this.isClosed = true;
    this.options.files.close(this.options.id);
  }
}
