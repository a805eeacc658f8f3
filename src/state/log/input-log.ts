/** The input log at work: records are written to its newest segment, one after the other, and are durable with the next sync. */
import type { Storage, StorageFile } from "../../base/storage.ts";
import { FIRST_LINK, type Frame, type FrameEnd, nextFrame } from "./frame.ts";
import { Latch } from "./latch.ts";
import { framesOf, type LogContents, segmentHead, segmentName } from "./segments.ts";

/** A segment that has become as large is followed by another. */
const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;

/** What a segment is called before it is durable; a process that dies may leave one behind. */
const UNFINISHED = ".tmp";

export interface InputLogOptions {
  readonly storage: Storage;
  readonly folder: string;
  /** The state directory. */
  readonly id: string;
  /** Higher than that of every process that wrote here before. */
  readonly incarnation: number;
  readonly segmentBytesMax?: number;
  /** Told the name of every segment that begins, when it is durable. */
  readonly onSegment?: (name: string) => void;
}

export class InputLog {
  private readonly options: InputLogOptions;
  private file: StorageFile;
  private path: string;
  private size: number;
  /** The first numbers of all segments, oldest first. */
  private readonly segments: { readonly path: string; readonly first: number }[];
  private last: FrameEnd;
  /** Number of the last record that is durable. */
  private synced: number;
  private readonly latch = new Latch();
  /** Bytes of frames appended by this process. */
  appendedBytes = 0;

  /**
   * Goes on behind `contents`: in a segment of its own, which begins with those frames that are not known to be durable.
   * They are when it returns.
   */
  constructor(contents: LogContents, options: InputLogOptions) {
    this.options = options;
    const { storage, folder } = options;
    for (const name of storage.list(folder)) if (name.endsWith(UNFINISHED)) storage.remove(`${folder}/${name}`);
    const unsure = [...framesOf(storage, contents, contents.durable + 1)];
    const first = unsure[0];
    this.segments = contents.segments.map(({ path, first: number }) => ({ path, first: number }));
    this.last =
      first === undefined
        ? (contents.last ?? { number: 0, link: FIRST_LINK })
        : { number: first.number - 1, link: first.previous };
    const begun = this.begin(unsure);
    this.file = begun.file;
    this.path = begun.path;
    this.size = begun.size;
    this.synced = this.last.number;
  }

  /** Number of the last record, durable or not. */
  get lastNumber(): number {
    return this.last.number;
  }
  get durableNumber(): number {
    return this.synced;
  }

  /** Writes the next record and returns its number: `sync` makes it durable. Throws STORAGE_FAILED, and then at every later call too. */
  write(body: Uint8Array): number {
    return this.latch.run(this.path, () => {
      if (this.size >= (this.options.segmentBytesMax ?? SEGMENT_BYTES_MAX)) this.roll();
      const { bytes, end } = nextFrame(this.last, this.options.incarnation, body, this.synced);
      this.file.write(this.size, bytes);
      this.last = end;
      this.size += bytes.length;
      this.appendedBytes += bytes.length;
      return end.number;
    });
  }

  /** All that was written is durable when it returns. Throws STORAGE_FAILED, and then at every later call too. */
  sync(): void {
    if (this.synced < this.last.number) this.latch.run(this.path, () => this.syncFile());
  }

  private syncFile(): void {
    this.file.sync();
    this.synced = this.last.number;
  }

  /** The next frame; it is the last one from now on. */
  private encode(body: Uint8Array): Uint8Array {
    const { bytes, end } = nextFrame(this.last, this.options.incarnation, body);
    this.last = end;
    return bytes;
  }

  private roll(): void {
    // The head of the next one says that all before it is durable.
    if (this.synced < this.last.number) this.syncFile();
    this.file.close();
    const { file, path, size } = this.begin([]);
    this.file = file;
    this.path = path;
    this.size = size;
  }

  /** A new segment, with these frames anew, whole and durable before it has its name. */
  private begin(frames: readonly Frame[]): {
    readonly file: StorageFile;
    readonly path: string;
    readonly size: number;
  } {
    const { storage, folder, id, incarnation } = this.options;
    const first = this.last.number + 1;
    const name = segmentName(first, incarnation);
    const path = `${folder}/${name}`;
    const temporary = `${path}${UNFINISHED}`;
    const file = storage.open(temporary, "new");
    let size = 0;
    const put = (bytes: Uint8Array): void => {
      file.write(size, bytes);
      size += bytes.length;
    };
    put(segmentHead(id, { first, durable: this.last.number + frames.length, incarnation, before: this.last.link }));
    for (const { body } of frames) put(this.encode(body));
    file.sync();
    storage.rename(temporary, path);
    storage.syncFolder(folder);
    this.segments.push({ path, first });
    this.options.onSegment?.(name);
    return { file, path, size };
  }

  /** Removes the segments that hold nothing from number `from` on. */
  dropBefore(from: number): void {
    const { storage, folder } = this.options;
    let dropped = false;
    for (let next = this.segments[1]; next !== undefined && next.first <= from; next = this.segments[1]) {
      const [old] = this.segments.splice(0, 1);
      if (old === undefined) break;
      storage.remove(old.path);
      dropped = true;
    }
    if (dropped) storage.syncFolder(folder);
  }

  close(): void {
    try {
      this.sync();
    } catch {
      // Whoever waits for it to be durable is told.
    }
    this.file.close();
  }
}
