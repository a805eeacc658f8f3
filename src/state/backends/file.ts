/**
 * Keyed state in files of frames (log/frame.ts): what was put and deleted, one after the other. Opening one writes what there
 * is into a new file, which takes the place of the old one; so does a file in which more is over than there is. After a loss
 * of power all that was flushed is there, and of the rest what came first.
 */
import { SqlError } from "../../base/error.ts";
import type { Clock } from "../../base/machine.ts";
import type { Storage, StorageFile } from "../../base/storage.ts";
import { FIRST_LINK, type FrameEnd, nextFrame, readFrames } from "../log/frame.ts";
import { Latch } from "../log/latch.ts";
import { readFile } from "../log/read-file.ts";
import type { StateBackend } from "./backend.ts";
import { Entries, type Entry } from "./entries.ts";
import { type Journal, LocalStore } from "./local-store.ts";

/** A file is not written anew before it has as many bytes, and twice as many as when it was begun. */
const COMPACT_BYTES: number = 1 << 20;

export interface FileBackendOptions {
  readonly storage: Storage;
  readonly folder: string;
  readonly clock: Pick<Clock, "nowMs">;
  readonly compactBytes?: number;
}

export function fileBackend(options: FileBackendOptions): StateBackend {
  const { folder, storage, clock } = options;
  const open = (name: string): LocalStore => {
    const path = `${folder}/${name}.keys`;
    const { entries, incarnation } = readEntries(storage, path);
    return new LocalStore(entries, () => clock.nowMs(), new FileJournal(path, entries, incarnation, options));
  };
  return { open: (name) => new Promise((resolve) => resolve(open(name))) };
}

class FileJournal implements Journal {
  private readonly options: FileBackendOptions;
  private readonly path: string;
  private readonly entries: Entries;
  private readonly latch = new Latch();
  private incarnation: number;
  private file: StorageFile;
  private size = 0;
  private sizeBegun = 0;
  private last: FrameEnd = { number: 0, link: FIRST_LINK };
  /** Number of the last frame that is durable. */
  private synced = 0;

  /** Durable when it returns, whatever a file that is there holds of it. */
  constructor(path: string, entries: Entries, incarnation: number, options: FileBackendOptions) {
    this.path = path;
    this.entries = entries;
    this.incarnation = incarnation;
    this.options = options;
    this.file = this.latch.run(path, () => this.begin());
  }

  /** A file of what there is; it has its name when it is durable. */
  private begin(): StorageFile {
    const { storage, folder, clock } = this.options;
    for (const key of this.entries.ended(clock.nowMs())) this.entries.delete(key);
    const unfinished = `${this.path}.tmp`;
    if (storage.exists(unfinished)) storage.remove(unfinished);
    const file = storage.open(unfinished, "new");
    const living = [...this.entries.all()];
    this.incarnation++;
    this.last = { number: 0, link: FIRST_LINK };
    this.synced = 0;
    this.size = 0;
    this.append(file, headOf(living.length));
    for (const [key, entry] of living) this.append(file, changeOf(key, entry));
    file.sync();
    storage.rename(unfinished, this.path);
    storage.syncFolder(folder);
    this.synced = this.last.number;
    this.sizeBegun = this.size;
    return file;
  }

  private append(file: StorageFile, body: Uint8Array): void {
    const { bytes, end } = nextFrame(this.last, this.incarnation, body, this.synced);
    file.write(this.size, bytes);
    this.last = end;
    this.size += bytes.length;
  }

  write(key: string, entry: Entry | undefined): void {
    this.latch.run(this.path, () => {
      if (this.size >= Math.max(this.options.compactBytes ?? COMPACT_BYTES, 2 * this.sizeBegun)) {
        const old = this.file;
        this.file = this.begin();
        old.close();
      }
      this.append(this.file, changeOf(key, entry));
    });
  }

  flush(): void {
    this.latch.run(this.path, () => {
      if (this.synced === this.last.number) return;
      this.file.sync();
      this.synced = this.last.number;
    });
  }

  close(): void {
    this.file.close();
  }
}

/** Throws STATE_CORRUPT where what was flushed is not what it was; changes nothing. */
function readEntries(storage: Storage, path: string): { readonly entries: Entries; readonly incarnation: number } {
  const entries = new Entries();
  if (!storage.exists(path)) return { entries, incarnation: 0 };
  const { frames, end, bad } = readFrames(readFile(storage, path), 0, { number: 0, link: FIRST_LINK });
  const [head, ...changes] = frames;
  const wanted = frames.length + 1;
  const isDamaged =
    head === undefined || frames.length < wholeFrames(head.body) || (bad?.later?.durable ?? 0) >= wanted;
  if (isDamaged) {
    throw new SqlError("STATE_CORRUPT", undefined, { file: path, reason: bad?.reason ?? "it ends too early", at: end });
  }
  for (const { body } of changes) {
    const { key, entry } = readChange(body);
    if (entry === undefined) entries.delete(key);
    else entries.put(key, entry);
  }
  return { entries, incarnation: head.incarnation };
}

// ---- Bodies: the head has how many entries follow, which were durable before the file had its name ----

function headOf(entries: number): Uint8Array {
  const body = new Uint8Array(8);
  new DataView(body.buffer).setFloat64(0, entries, true);
  return body;
}

/** The head, and the entries behind it. */
const wholeFrames = (head: Uint8Array): number => 1 + viewOf(head).getFloat64(0, true);

/** | 0 when it ends f64, NaN: the key goes | 8 bytes of the key u32 | 12 key, value | */
function changeOf(key: string, entry: Entry | undefined): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(key));
  const body = new Uint8Array(12 + text.length + (entry?.value.length ?? 0));
  const view = viewOf(body);
  view.setFloat64(0, entry?.endsMs ?? Number.NaN, true);
  view.setUint32(8, text.length, true);
  body.set(text, 12);
  if (entry !== undefined) body.set(entry.value, 12 + text.length);
  return body;
}

function readChange(body: Uint8Array): { readonly key: string; readonly entry: Entry | undefined } {
  const endsMs = viewOf(body).getFloat64(0, true);
  const valueAt = 12 + viewOf(body).getUint32(8, true);
  // Its frame's checksum was right: it is what `changeOf` wrote.
  const key = JSON.parse(new TextDecoder().decode(body.subarray(12, valueAt))) as string;
  return { key, entry: Number.isNaN(endsMs) ? undefined : { value: body.slice(valueAt), endsMs } };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
