/**
 * The input log as it lies on disk: files of frames, each beginning with a head that says whose it is. A file of a
 * higher incarnation takes the place of all frames from its first number on that older ones hold: what was not known to
 * be durable when a process died is written anew by the next one, never believed (docs/design/durability.md).
 */
import { SqlError } from "../../base/error.ts";
import type { ReadableStorage } from "../../base/storage.ts";
import { decodeFrame, encodeFrame, type Frame, type FrameEnd, type FrameLink, readFrames, sameLink } from "./frame.ts";
import { decodeJson, encodeJson } from "./json.ts";
import { readFile } from "./read-file.ts";

export const LOG_FORMAT = 1;

/** The head of a segment: its body. */
interface Head {
  readonly format: number;
  /** The state directory. */
  readonly id: string;
}

/** A file of the log, and which frames of it count. */
export interface Segment {
  readonly path: string;
  readonly incarnation: number;
  /** Numbers of its frames that count: none where `last` < `first`. */
  readonly first: number;
  readonly last: number;
  /** Place of the first frame, and behind the last one that counts. */
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** Where the log breaks off, and what of it does not count: it was never acknowledged. */
export interface LogTail {
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
  readonly reason: string;
}

export interface LogContents {
  readonly segments: readonly Segment[];
  /** undefined: there is no frame. */
  readonly last: FrameEnd | undefined;
  /** The highest number that is known to be durable; the frames behind it are whole, but may be in no more than a cache. */
  readonly durable: number;
  readonly tail: LogTail | undefined;
}

export const segmentName = (first: number, incarnation: number): string =>
  `${String(first).padStart(12, "0")}.${String(incarnation).padStart(6, "0")}.log`;

const named = /^(\d{12,})\.(\d{6,})\.log$/;

/**
 * The bytes that a segment begins with. `durable`: number of the last frame that is written with it, before the file has
 * its name; `before`: link of the frame before the first.
 */
export const segmentHead = (
  id: string,
  place: { readonly first: number; readonly durable: number; readonly incarnation: number; readonly before: FrameLink },
): Uint8Array =>
  encodeFrame(
    { incarnation: place.incarnation, number: place.first - 1, durable: place.durable, previous: place.before },
    encodeJson({ format: LOG_FORMAT, id } satisfies Head),
  );

interface Found {
  readonly path: string;
  readonly first: number;
  readonly incarnation: number;
}

/** Whether a file of this name is one of the log. */
export const isSegment = (name: string): boolean => named.test(name);

function segmentsIn(storage: ReadableStorage, folder: string): readonly Found[] {
  const names = storage.exists(folder) ? storage.list(folder) : [];
  return names
    .flatMap((name): Found[] => {
      const match = named.exec(name);
      return match === null
        ? []
        : [{ path: `${folder}/${name}`, first: Number(match[1]), incarnation: Number(match[2]) }];
    })
    .sort((a, b) => a.incarnation - b.incarnation || a.first - b.first);
}

/** What is known of a log without reading it. */
export interface LogPlace {
  /** The state directory. */
  readonly id: string;
  /** Frames below are not needed. */
  readonly from: number;
  /** Frames up to this number are known to be durable: a snapshot holds what came of them. Default: none. */
  readonly durable?: number;
}

/**
 * Reads and checks the log of a state directory: all frames from number `from` on. Throws STATE_CORRUPT, STATE_INCOMPLETE,
 * STATE_FOREIGN or STATE_VERSION where frames that were acknowledged are not what they were; changes nothing.
 */
export function readLog(storage: ReadableStorage, folder: string, { id, from, durable = 0 }: LogPlace): LogContents {
  const scan = new Scan(folder, id, durable);
  const found = segmentsIn(storage, folder);
  found.forEach((segment, i) => {
    const next = found[i + 1];
    // What is below `from` may be on its way out: some of its files gone, others not.
    if (next !== undefined && next.first <= from) return;
    scan.add(segment, readFile(storage, segment.path), next);
  });
  return scan.contents(from);
}

class Scan {
  private readonly folder: string;
  private readonly id: string;
  private segments: Segment[] = [];
  /** Of every frame that counts, by number, and of the one before the first. */
  private readonly links = new Map<number, FrameLink>();
  private last: number | undefined;
  private durable: number;
  private tail: LogTail | undefined;

  constructor(folder: string, id: string, durable: number) {
    this.folder = folder;
    this.id = id;
    this.durable = durable;
  }

  add(found: Found, bytes: Uint8Array, next: Found | undefined): void {
    const { path, first, incarnation } = found;
    const head = this.headOf(found, bytes);
    this.follow(found, head);
    const { frames, end, bad } = readFrames(bytes, head.end, { number: first - 1, link: head.previous });
    for (const frame of frames) this.count(frame);
    if (bad !== undefined)
      this.breakOff({ path, at: end, bytes: bytes.length - end, reason: bad.reason }, bad.later, next);
    const last = first + frames.length - 1;
    this.segments.push({ path, incarnation, first, last, start: head.end, end, size: bytes.length });
  }

  /** A segment has its name when its head is durable. */
  private headOf({ path, first, incarnation }: Found, bytes: Uint8Array): Frame {
    const head = decodeFrame(bytes, 0);
    if (typeof head === "string") throw corrupt(path, head, 0);
    const { format, id } = decodeJson(head.body) as Partial<Head>; // a head's checksum was right
    if (format !== LOG_FORMAT) {
      throw new SqlError("STATE_VERSION", undefined, { file: path, format: String(format), known: LOG_FORMAT });
    }
    if (id !== this.id) throw new SqlError("STATE_FOREIGN", undefined, { file: path });
    if (head.number !== first - 1 || head.incarnation !== incarnation) {
      throw corrupt(path, `its head is of frame ${head.number + 1}, incarnation ${head.incarnation}`, 0);
    }
    return head;
  }

  /** The segment goes on where the ones before end, or takes the place of what they hold from its first number on. */
  private follow({ path, first }: Found, head: Frame): void {
    if (this.last !== undefined && first > this.last + 1) {
      const reason = `epochs ${this.last + 1} to ${first - 1} are missing before ${path}`;
      throw new SqlError("STATE_INCOMPLETE", undefined, { folder: this.folder, reason });
    }
    const before = this.links.get(first - 1);
    if (before !== undefined && !sameLink(before, head.previous)) {
      throw corrupt(path, `it follows on another epoch ${first - 1} than the one that is here`, 0);
    }
    this.segments = this.segments.map((s) => (s.last < first ? s : { ...s, last: first - 1 }));
    for (let n = first; n <= (this.last ?? 0); n++) this.links.delete(n);
    this.links.set(first - 1, head.previous);
    this.last = first - 1;
    this.durable = Math.max(this.durable, head.durable);
    this.tail = undefined;
  }

  private count(frame: Frame): void {
    this.links.set(frame.number, frame.link);
    this.last = frame.number;
    this.durable = Math.max(this.durable, frame.durable);
  }

  /**
   * The frames of a segment end before its bytes do. That is the tail of a write that was cut off, unless what should
   * stand here is known to have been durable: then it is damage.
   */
  private breakOff(tail: LogTail, later: Frame | undefined, next: Found | undefined): void {
    const wanted = (this.last ?? 0) + 1;
    const isReplaced = next !== undefined && next.first <= wanted;
    const wasDurable = later !== undefined && later.number > wanted && later.durable >= wanted;
    if (!isReplaced && (next !== undefined || wasDurable || this.durable >= wanted))
      throw corrupt(tail.path, tail.reason, tail.at);
    this.tail = tail;
  }

  contents(from: number): LogContents {
    const { last } = this;
    const first = this.segments.find((s) => s.last >= s.first)?.first;
    if (first !== undefined && first > from) {
      const reason = `epochs ${from} to ${first - 1} are missing from the log`;
      throw new SqlError("STATE_INCOMPLETE", undefined, { folder: this.folder, reason });
    }
    // Where a segment ends between two frames nothing shows that it was longer.
    if ((last ?? 0) < this.durable) {
      const reason = `epochs ${(last ?? 0) + 1} to ${this.durable} are missing at the end of the log`;
      throw new SqlError("STATE_INCOMPLETE", undefined, { folder: this.folder, reason });
    }
    const link = last === undefined ? undefined : this.links.get(last);
    return {
      segments: this.segments,
      last: last === undefined || link === undefined ? undefined : { number: last, link },
      durable: this.durable,
      tail: this.tail,
    };
  }
}

const corrupt = (file: string, reason: string, at: number): SqlError =>
  new SqlError("STATE_CORRUPT", undefined, { file, reason, at });

/** The frames that count from number `from` on, file by file. */
export function* framesOf(storage: ReadableStorage, { segments }: LogContents, from: number): Generator<Frame> {
  for (const { path, first, last, start, end } of segments) {
    if (last < Math.max(first, from)) continue;
    for (const frame of readFrames(readFile(storage, path, end), start, undefined).frames) {
      if (frame.number >= from && frame.number <= last) yield frame;
    }
  }
}
