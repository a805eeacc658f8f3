/**
 * A folder of parts: every row goes into the open part of its partition; a part is closed by its size, its age, when too
 * many are open, and at the end. Parts have numbers in the order in which they were opened, and all that is decided
 * follows from the rows and the clock of their epoch, so that rows that come again go where they went.
 */
import { SqlError } from "../../../base/error.ts";
import type { ExactRequest, ExactSink, Sink, SinkBatch } from "../../connector.ts";
import type { RowText } from "../row-text.ts";
import { Part, type PartOptions, type PartPlace, partNumber } from "./part.ts";

export interface RollingPolicy {
  readonly bytes: number;
  readonly ageMicros: bigint;
  /** How often ages are looked at. */
  readonly checkMicros: bigint;
  readonly openMax: number;
}

export interface PartsOptions extends PartOptions {
  readonly text: RowText;
  readonly hasHeader: boolean;
  readonly policy: RollingPolicy;
  /** The folder of a row, relative to that of the table. */
  readonly partition: (batch: number, row: number) => string;
  /** What the names of the folders of partitions begin with, from the top. */
  readonly prefixes: readonly string[];
  readonly overwrites: boolean;
  readonly exact: ExactRequest | undefined;
}

/** As JSON. */
interface PartsMark {
  readonly next: number;
  /** When ages were looked at, in microseconds. */
  readonly checked: string;
  /** The one that was written to least recently first. */
  readonly open: readonly PartPlace[];
}

/** Without state directory rows do not wait for the end of their epoch. */
const PIECE_BYTES = 1024 * 1024;

export class PartsFolder implements Sink, ExactSink {
  readonly ordered = true;
  readonly exact: ExactSink | undefined;
  at: number;
  synced: number;
  private readonly options: PartsOptions;
  private readonly header: Uint8Array;
  /** By partition; the one that was written to least recently first. */
  private readonly open = new Map<string, Part>();
  private last: Part | undefined;
  private closing: Part[] = [];
  private next: number;
  private checkedMicros: bigint;
  /** Folders in which names were made that may not be on the disk. */
  private readonly unsynced = new Set<string>();
  private hasFailed = false;

  /** Throws SINK_CHANGED where what was written is not there, and errors of the system. */
  constructor(options: PartsOptions) {
    this.options = options;
    const { text, exact, storage, root } = options;
    this.exact = exact && this;
    if (options.hasHeader) text.header();
    this.header = text.out.take();
    const place = exact?.place;
    const mark = place?.mark === undefined ? undefined : (JSON.parse(place.mark) as PartsMark); // what `mark` made
    this.at = place?.at ?? 0;
    this.synced = this.at;
    this.checkedMicros = BigInt(mark?.checked ?? 0);
    storage.makeFolder(root);
    const found = mark === undefined ? this.found(root, options.prefixes) : [];
    if (options.overwrites) for (const { path } of found) storage.remove(path);
    this.next = mark?.next ?? (options.overwrites ? 0 : Math.max(-1, ...found.map(({ number }) => number)) + 1);
    for (const p of mark?.open ?? []) {
      const part = Part.resumed(p, options, exact?.finished.has(p.number) === true);
      this.open.set(p.folder, part);
      this.last = part;
    }
  }

  /** Parts that the folder has, of whoever. */
  private found(folder: string, prefixes: readonly string[]): { readonly path: string; readonly number: number }[] {
    const { storage, extension } = this.options;
    const [prefix, ...below] = prefixes;
    return storage.list(folder).flatMap((name) => {
      const path = `${folder}/${name}`;
      if (prefix !== undefined) return name.startsWith(prefix) ? this.found(path, below) : [];
      const number = partNumber(name, extension);
      return number === undefined ? [] : [{ path, number }];
    });
  }

  // ---- Rows ----

  write({ batch, rows }: SinkBatch): void {
    const { text, partition, policy, exact } = this.options;
    text.rows({ batch, rows }, (row) => {
      const part = this.partOf(partition(batch, row));
      part.add(text.out.view());
      this.at += text.out.length;
      text.out.length = 0;
      if (part.bytes >= policy.bytes) this.end(part);
    });
    if (exact !== undefined) return;
    for (const part of this.open.values()) if (part.waitingBytes >= PIECE_BYTES) this.flushPart(part);
  }

  private partOf(folder: string): Part {
    if (this.last?.folder === folder) return this.last;
    const known = this.open.get(folder);
    // Behind the others: the first one was written to least recently.
    if (known !== undefined) this.open.delete(folder);
    const part = known ?? this.newPart(folder);
    this.open.set(folder, part);
    this.last = part;
    return part;
  }

  private newPart(folder: string): Part {
    const { policy, exact } = this.options;
    const [oldest] = this.open.values();
    if (oldest !== undefined && this.open.size >= policy.openMax) this.end(oldest);
    const number = this.next++;
    const part = new Part(folder, number, this.options, exact?.finished.has(number) === true);
    part.add(this.header);
    this.at += this.header.length;
    return part;
  }

  private end(part: Part): void {
    part.end();
    this.open.delete(part.folder);
    if (this.last === part) this.last = undefined;
    this.closing.push(part);
  }

  // ---- Epochs ----

  get isOpen(): boolean {
    return this.open.size > 0;
  }

  endEpoch(clockMicros: bigint, isLast: boolean): void {
    const { ageMicros, checkMicros } = this.options.policy;
    for (const part of this.open.values()) part.sinceMicros ??= clockMicros;
    const isDue = clockMicros - this.checkedMicros >= checkMicros;
    if (isDue) this.checkedMicros = clockMicros;
    for (const part of [...this.open.values()]) {
      const isOld = isDue && clockMicros - (part.sinceMicros ?? clockMicros) >= ageMicros;
      if (isOld || isLast) this.end(part);
    }
  }

  /** Parts that were closed are whole on the disk, and that is known for good, before they get their names. */
  flush(): void | Promise<void> {
    for (const part of this.open.values()) if (part.waitingBytes > 0) this.flushPart(part);
    const { closing } = this;
    if (closing.length === 0) return;
    const { exact } = this.options;
    for (const part of closing) {
      this.flushPart(part);
      this.attempt(part, () => part.seal());
    }
    const whole = closing.map(({ number }) => number).filter((number) => exact?.finished.has(number) !== true);
    if (exact === undefined || whole.length === 0) return this.publish(closing);
    this.syncFolders();
    return exact.finish(whole).then(() => this.publish(closing));
  }

  private flushPart(part: Part): void {
    this.attempt(part, () => {
      if (part.isNew) {
        this.options.storage.makeFolder(part.folderPath);
        this.unsynced.add(part.folderPath);
      }
      part.flush();
    });
  }

  private publish(parts: readonly Part[]): void {
    for (const part of parts) {
      this.attempt(part, () => {
        if (part.publish()) this.unsynced.add(part.folderPath);
      });
    }
    this.syncFolders();
    this.closing = [];
  }

  private syncFolders(): void {
    for (const folder of this.unsynced) this.options.storage.syncFolder(folder);
    this.unsynced.clear();
  }

  /** The statement was right, the disk is not: the error has no place in the SQL. After one, no part gets its name. */
  private attempt(part: Part, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.hasFailed = true;
      if (error instanceof SqlError) throw error;
      const path = part.shown;
      const reason = error instanceof Error ? error.message : String(error);
      throw new SqlError("PATH_UNWRITABLE", { path }, { path, reason });
    }
  }

  // ---- The state directory ----

  sync(): void {
    for (const part of this.open.values()) part.sync();
    this.syncFolders();
    this.synced = this.at;
  }

  mark(): string {
    const open = [...this.open.values()].map((part) => part.place());
    return JSON.stringify({ next: this.next, checked: String(this.checkedMicros), open } satisfies PartsMark);
  }

  settle(): void {
    for (const part of this.open.values()) part.settle();
  }

  /** With a state directory open parts are gone on with by the next process. */
  close(): Promise<void> {
    try {
      if (this.exact === undefined && !this.hasFailed) {
        for (const part of [...this.open.values()]) this.end(part);
        // It has nobody to wait for.
        void this.flush();
      }
    } finally {
      for (const part of [...this.open.values(), ...this.closing]) part.close();
    }
    return Promise.resolve();
  }
}
