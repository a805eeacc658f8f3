/**
 * Files that grow or come while they are read: 'follow' and 'monitor-interval'. Every file is a partition, known by its
 * inode whatever it is called. A file that takes the place of another is a partition of its own behind that one:
 * `app.log`, `app.log#2`, ..
 */
import { SqlError } from "../../../base/error.ts";
import type { Storage } from "../../../base/storage.ts";
import type {
  Growth,
  PartitionReader,
  Source,
  SourcePosition,
  SourcePositions,
  SourceRequest,
} from "../../connector.ts";
import { compressionOf, unreadable, withoutMark } from "../../input/byte-input.ts";
import { endedReader } from "../../input/ended-reader.ts";
import { markOf, sourceChanged } from "../../input/fingerprint.ts";
import { skipTo } from "../../input/reader-options.ts";
import { TextTable } from "../../input/text-table.ts";
import type { OptionValues } from "../../options.ts";
import { bufferBytes, type Format, formatOf, isJsonArray, parquetFiles, textFiles } from "../files.ts";
import { HEAD_BYTES } from "../head.ts";
import type { PartitionFile } from "../partitions.ts";
import { fullPath, pathsLike, patternOf, shownName } from "../paths.ts";
import { bornOf, byBirth, type FoundFile, fileAt, locate, openFound, rotatedFrom, unrotated } from "./found.ts";
import { OpenTails, Tail } from "./tail.ts";

const INTERVAL_MS = 1000;
const BUFFER_BYTES = 1024 * 1024;
const LF = 0x0a;

/** A file that was taken. */
interface Taken {
  readonly id: string;
  /** Undefined: of a file that is read to the end that it had. */
  readonly tail: Tail | undefined;
}

/** A file as it is taken. */
interface Fresh extends FoundFile {
  /** What the partition is called. */
  readonly name: string;
  /** Where it is, or was before a rotation. */
  readonly place: string;
}

export function liveSource(request: SourceRequest, values: OptionValues): Source {
  refuse(values);
  const { storage } = request;
  const path = values.text("path") ?? "";
  const full = fullPath(path, request.baseDirectory);
  const isMissing =
    patternOf(storage, full) === undefined &&
    fileAt(storage, full) === undefined &&
    rotatedFrom(storage, full).length === 0;
  if (isMissing) throw new SqlError("PATH_NOT_FOUND", values.spanOf("path"), { path });
  const files = new LiveFiles(request, values, full);
  return {
    bounded: false,
    files: files.list().map((file) => file.path),
    partitions: (from) => files.begin(from),
    growth: files,
  };
}

function refuse(values: OptionValues): void {
  const live = values.boolean("follow") ? "follow" : "monitor-interval";
  const conflict = (name: string): SqlError =>
    new SqlError("OPTION_CONFLICT", values.spanOf(name), { name, other: live });
  if (values.text("files") === "sequential") throw conflict("files");
  if (values.has("speed")) throw conflict("speed");
  if (live === "follow" && values.has("json.records")) throw conflict("json.records");
  if (values.durationMs("monitor-interval") === 0) throw values.invalid("monitor-interval", "longer than zero");
}

class LiveFiles implements Growth {
  readonly intervalMs: number;
  readonly hasSuccessors: boolean;
  private readonly request: SourceRequest;
  private readonly values: OptionValues;
  private readonly full: string;
  private readonly opening: Opening;
  private readonly known = new Set<string>();
  /** By place: the last one that was taken there. */
  private readonly last = new Map<string, Taken>();
  private readonly names = new Set<string>();

  constructor(request: SourceRequest, values: OptionValues, full: string) {
    this.request = request;
    this.values = values;
    this.full = full;
    this.intervalMs = values.durationMs("monitor-interval") ?? INTERVAL_MS;
    this.hasSuccessors = values.boolean("follow");
    const format = formatOf(this.list()[0]?.path ?? full, values);
    this.opening = this.hasSuccessors ? followed(request, format, values) : whole(request, format, values);
    // What can be seen to be wrong is refused before anything runs.
    for (const file of this.list()) {
      this.opening.check(file);
      // It is the first of its place, also where it is renamed before it is read.
      if (this.hasSuccessors) this.last.set(file.path, { id: file.id, tail: undefined });
    }
  }

  /** The files that there are, by name. */
  list(): FoundFile[] {
    const { storage } = this.request;
    const pattern = patternOf(storage, this.full);
    const paths = pattern === undefined ? [this.full] : pathsLike(storage, pattern, this.full);
    return paths.sort().flatMap((path) => fileAt(storage, path) ?? []);
  }

  /** Those that an earlier process read, or, where there was none, those that are there. */
  async begin(from: SourcePositions | undefined): Promise<readonly PartitionReader[]> {
    if (from === undefined) return await this.find();
    const readers: PartitionReader[] = [];
    for (const [name, position] of from) readers.push(await this.open(name, position));
    return readers;
  }

  find(): readonly PartitionReader[] | Promise<readonly PartitionReader[]> {
    const fresh = this.fresh();
    for (const file of fresh) this.known.add(file.id);
    const opened: (PartitionReader | Promise<PartitionReader>)[] = fresh.map((file) => {
      const named = { ...file, name: this.nameAt(file.place) };
      return this.take(named, this.opening.open(named, undefined, this.names.size));
    });
    const ready = opened.filter((reader): reader is PartitionReader => !(reader instanceof Promise));
    return ready.length === opened.length ? ready : Promise.all(opened.map(async (reader) => await reader));
  }

  /** Those that were not taken yet; of the files that were at one place, one after the other, in the order in which they were made. */
  private fresh(): Omit<Fresh, "name">[] {
    const listed = this.list();
    const paths = new Set(listed.map(({ path }) => path));
    const found = listed.map((file) => ({ ...file, place: this.placeOf(file.path, paths) }));
    for (const [place, { id, tail }] of this.hasSuccessors ? this.last : []) {
      if (tail?.isClosed === false) continue;
      // Those that were there and gone again since.
      const rotated = rotatedFrom(this.request.storage, place).filter(
        (f) => !paths.has(f.path) && bornOf(f.id) >= bornOf(id),
      );
      found.unshift(...rotated.map((file) => ({ ...file, place })));
    }
    const next = new Map<string, Omit<Fresh, "name">>();
    for (const file of found.sort(byBirth)) {
      const isHeldBack = this.last.get(file.place)?.tail?.isClosed === false;
      const isTwice = [...next.values()].some(({ id }) => id === file.id);
      if (this.known.has(file.id) || isHeldBack || isTwice || next.has(file.place)) continue;
      next.set(file.place, file);
    }
    return [...next.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
  }

  /** Where a file was before a rotation, if something is there now, or was. */
  private placeOf(path: string, paths: ReadonlySet<string>): string {
    const before = this.hasSuccessors ? unrotated(path) : path;
    return paths.has(before) || this.last.has(before) ? before : path;
  }

  private nameAt(place: string): string {
    const name = shownName(place, this.request.baseDirectory);
    let unique = name;
    for (let n = 2; this.names.has(unique); n++) unique = `${name}#${n}`;
    return unique;
  }

  private take<R>({ name, place, id }: Fresh, { reader, tail }: Opened<R>): R {
    this.known.add(id);
    this.names.add(name);
    this.last.set(place, { id, tail });
    return reader;
  }

  open(name: string, from: SourcePosition): PartitionReader | Promise<PartitionReader> {
    const { inode: id = "", file = name } = markOf(from);
    const place = fullPath(file, this.request.baseDirectory);
    const was = { id, name, place, path: place, bytes: 0 };
    const gone = { reader: endedReader(name, from), tail: undefined };
    if (from.ended === true) return this.take(was, gone);
    const { storage } = this.request;
    const found = locate(storage, id, place) ?? this.list().find((other) => other.id === id);
    if (found !== undefined) {
      return this.take(was, this.opening.open({ ...found, name, place }, from, this.names.size));
    }
    const unread = (from.seen ?? from.position) - from.position;
    // One that was deleted behind its end has ended there; where another is in its place, more may have been written to it.
    if (unread === 0n && fileAt(storage, place) === undefined) return this.take(was, gone);
    const difference = `is not in its folder any more, under any name: ${unread} bytes behind byte ${from.position} were not read, nor what was written to it after that`;
    throw sourceChanged(this.request.table, this.values.spanOf("path"), name, difference);
  }
}

interface Opened<R = PartitionReader | Promise<PartitionReader>> {
  readonly reader: R;
  /** Of a file that may be replaced by another. */
  readonly tail: Tail | undefined;
}

interface Opening {
  /** Refuses (SqlError) what can be seen of the file to be wrong. */
  check(file: FoundFile): void;
  /** `count`: how many files there are. Throws SOURCE_CHANGED where the file is not what was read up to the position. */
  open(file: Fresh, from: SourcePosition | undefined, count: number): Opened;
}

/** Of a file that may be renamed meanwhile; nothing where it is gone. */
function headOf(storage: Storage, id: string, path: string): Uint8Array {
  try {
    const file = openFound(storage, id, path);
    const head = file?.read(0, HEAD_BYTES) ?? new Uint8Array();
    file?.close();
    return head;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Files as they grow. */
function followed(request: SourceRequest, format: Format, values: OptionValues): Opening {
  const span = values.spanOf("follow");
  const refuse = (construct: string): SqlError =>
    new SqlError("NOT_SUPPORTED", span, {
      construct: `'follow' of ${construct}`,
      advice: "'monitor-interval' without 'follow' takes files that are whole",
    });
  if (format === "parquet") throw refuse("Parquet files");
  const table = new TextTable(request, format, values);
  const files = new OpenTails(request.storage);
  const check = ({ path, id }: FoundFile): void => {
    const name = shownName(path, request.baseDirectory);
    if (compressionOf(path) !== "none") throw refuse(`${name}, which is compressed`);
    const head = withoutMark(headOf(request.storage, id, path));
    if (format === "csv" && head.includes(LF)) table.csvFields(head, name);
    if (format === "json" && isJsonArray(head)) throw refuse(`${name}, which is one JSON document`);
  };
  const open: Opening["open"] = ({ name, place, path, bytes, id }, from, count) => {
    if (from === undefined) check({ path, bytes, id });
    const file = shownName(place, request.baseDirectory);
    const changed = (difference: string): Error =>
      sourceChanged(request.table, values.spanOf("path"), file, difference);
    const tail = new Tail({ path: place, id, files, changed });
    if (from !== undefined) tail.mustHave(from.position, markOf(from));
    const reader = table.open({
      name,
      file,
      format: { kind: format },
      input: tail,
      bufferBytes: bufferBytes(BUFFER_BYTES, count),
      live: true,
      beginning: skipTo(from),
      markAt: (position) => ({ ...tail.markAt(position), file }),
    });
    return { reader, tail };
  };
  return { check, open };
}

/** Files that are read to the end that they have. */
function whole(request: SourceRequest, format: Format, values: OptionValues): Opening {
  const openText = format === "parquet" ? undefined : textFiles(request, format, values);
  const changed = (name: string, difference: string): Error =>
    sourceChanged(request.table, values.spanOf("path"), name, difference);
  const check = (file: FoundFile): void =>
    void openText?.({ ...file, name: shownName(file.path, request.baseDirectory) }, 1);
  const open: Opening["open"] = ({ name, place, path, bytes, id }, from, count) => {
    const source = { name, path, bytes };
    const mark = { inode: id, file: shownName(place, request.baseDirectory) };
    const taken = { mark, bytes: Number(from?.seen ?? bytes) };
    const opened = (file: PartitionFile | undefined): PartitionReader => {
      if (file === undefined) throw new TypeError("no file was opened");
      const difference = from && file.witness.difference(from.position, markOf(from));
      if (difference !== undefined) throw changed(name, difference);
      return file.open(from, taken);
    };
    if (openText !== undefined) return { reader: opened(openText(source, count)), tail: undefined };
    return { reader: parquetFiles(request, [source], values).then(([file]) => opened(file)), tail: undefined };
  };
  return { check, open };
}
