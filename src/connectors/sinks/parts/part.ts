/** A part: a file of a folder that is written under a hidden name, and gets its own when it is whole. */
import { SqlError } from "../../../base/error.ts";
import type { Storage } from "../../../base/storage.ts";
import type { SinkPlace } from "../../connector.ts";
import { ByteWriter } from "../byte-writer.ts";
import { ExactFile } from "../exact-file.ts";

/** Where a part stands, as the mark of its sink holds it. */
export interface PartPlace {
  readonly folder: string;
  readonly number: number;
  readonly at: number;
  /** Of the file (ExactFile). */
  readonly mark: string;
  /** When it was opened, by the clock of its epoch, in microseconds. */
  readonly since: string;
}

export interface PartOptions {
  readonly storage: Storage;
  /** The folder of the table, as the system takes it and as it stands in the SQL. */
  readonly root: string;
  readonly given: string;
  readonly extension: string;
}

const DIGITS = 6;

/** A name of ours: the number of the part; undefined: the file is none. */
export function partNumber(file: string, extension: string): number | undefined {
  const found = /^\.?part-(\d{6,15})\.(\w+)(?:\.inprogress)?$/.exec(file);
  return found?.[2] === extension ? Number(found[1]) : undefined;
}

export class Part {
  /** Relative to that of the table; "" is it. */
  readonly folder: string;
  readonly number: number;
  /** By the clock of its epoch; undefined: in this one. */
  sinceMicros: bigint | undefined;
  private readonly options: PartOptions;
  /** It is whole since long: what comes again for it is in it. */
  private readonly isFinished: boolean;
  private waiting: ByteWriter = new ByteWriter();
  /** What waits when no more will come. */
  private rest: Uint8Array | undefined;
  private file: ExactFile | undefined;
  private passed = 0;

  constructor(folder: string, number: number, options: PartOptions, isFinished: boolean) {
    this.folder = folder;
    this.number = number;
    this.options = options;
    this.isFinished = isFinished;
  }

  /** One that an earlier process has begun. Throws SINK_CHANGED where it is not as it was. */
  static resumed(place: PartPlace, options: PartOptions, isFinished: boolean): Part {
    const part = new Part(place.folder, place.number, options, isFinished);
    part.sinceMicros = BigInt(place.since);
    if (isFinished) part.passed = place.at;
    else part.open({ at: place.at, synced: place.at, mark: place.mark });
    return part;
  }

  private get name(): string {
    return `part-${String(this.number).padStart(DIGITS, "0")}.${this.options.extension}`;
  }
  private in(base: string, name: string): string {
    return [base, this.folder, name].filter((piece) => piece !== "").join("/");
  }
  private get hidden(): string {
    return this.in(this.options.root, `.${this.name}.inprogress`);
  }
  private get path(): string {
    return this.in(this.options.root, this.name);
  }
  /** As errors show it. */
  get shown(): string {
    return this.in(this.options.given, `.${this.name}.inprogress`);
  }
  get folderPath(): string {
    return this.in(this.options.root, "");
  }

  /** Bytes that it has, with those that wait. */
  get bytes(): number {
    return this.file?.at ?? this.passed + this.waitingBytes;
  }
  get waitingBytes(): number {
    return this.rest?.length ?? this.waiting.length;
  }
  get isNew(): boolean {
    return this.file === undefined && !this.isFinished;
  }

  add(bytes: Uint8Array): void {
    this.waiting.bytes(bytes);
  }

  /** No more bytes will come: what waits takes no more room than it needs. */
  end(): void {
    this.rest = this.waiting.take();
    this.waiting = new ByteWriter(0);
  }

  /** What waits is in the file; its folder is there. Nothing waits any more, whatever happens. */
  flush(): void {
    const bytes = this.rest ?? this.waiting.view();
    try {
      if (this.isFinished) this.passed += bytes.length;
      else if (bytes.length > 0) (this.file ?? this.open(undefined)).flush(bytes);
    } finally {
      this.waiting.length = 0;
      if (this.rest !== undefined) this.rest = new Uint8Array();
    }
  }

  private open(place: SinkPlace | undefined): ExactFile {
    const { storage } = this.options;
    const isThere = place !== undefined || storage.exists(this.hidden);
    const opened = isThere ? ExactFile.reopen(storage, this.hidden, this.shown) : storage.open(this.hidden, "new");
    // One that is there without a place is of an epoch that is gone through again.
    this.file = new ExactFile(opened, this.shown, {
      place: place ?? { at: 0, synced: 0 },
      waiting: () => this.waitingBytes,
    });
    return this.file;
  }

  /** It holds nothing but what it was given. */
  settle(): void {
    this.file?.settle();
  }
  sync(): void {
    this.file?.sync();
  }
  /** All of it is on the disk, and nobody writes to it any more. */
  seal(): void {
    this.file?.seal();
  }
  close(): void {
    this.file?.close();
  }

  /** Gives it its name; whether it had it not yet. Durable with its folder. */
  publish(): boolean {
    const { storage } = this.options;
    if (this.isFinished && !storage.exists(this.hidden)) return false;
    if (!this.isFinished && storage.exists(this.path)) {
      throw new SqlError("SINK_CHANGED", undefined, {
        path: this.in(this.options.given, this.name),
        reason: "someone else has made it",
      });
    }
    storage.rename(this.hidden, this.path);
    return true;
  }

  place(): PartPlace {
    const { folder, number, bytes } = this;
    return { folder, number, at: bytes, mark: this.file?.mark() ?? "", since: String(this.sinceMicros ?? 0n) };
  }
}
