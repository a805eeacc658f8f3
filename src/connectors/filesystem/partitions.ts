/** The partitions of a set of files: opened at their start, or where another process left them. */
import type { Storage } from "../../base/storage.ts";
import type { Span } from "../../base/value.ts";
import type { PartitionReader, SourcePosition, SourcePositions } from "../connector.ts";
import { hashOf, type Mark, markOf, sourceChanged, type Witness } from "../input/fingerprint.ts";
import { sequential } from "../input/sequential.ts";

/** A file that came while others were read. */
export interface TakenFile {
  /** What its marks have besides. */
  readonly mark: Mark;
  /** How long it was: what is written behind that is not read. */
  readonly bytes: number;
}

export interface PartitionFile {
  readonly name: string;
  readonly path: string;
  readonly witness: Witness;
  open(from: SourcePosition | undefined, as?: TakenFile): PartitionReader;
}

/** Plain files that were read to their end, and were written to since. Others may not change at all. */
export function grownFiles(
  storage: Storage,
  files: readonly PartitionFile[],
  from: SourcePositions,
): readonly { readonly file: string; readonly bytes: number }[] {
  return [...from].flatMap(([name, position]) => {
    const mark = markOf(position);
    const file = files.find((known) => known.name === (mark.file ?? name));
    if (mark.ended !== true || mark.size !== undefined || file === undefined) return [];
    const bytes = (storage.stat(file.path)?.bytes ?? 0) - Number(position.position);
    return bytes > 0 ? [{ file: file.name, bytes }] : [];
  });
}

/**
 * The set of files of a bounded source is fixed when it is first read: one that vanished is refused (SOURCE_CHANGED),
 * one that came since is not read. Nothing is opened before all were looked at.
 */
export function openPartitions(
  table: string,
  span: Span,
  files: readonly PartitionFile[],
  from: SourcePositions | undefined,
  isSequential: boolean,
): PartitionReader[] {
  const names = isSequential ? hashOf(files.map((file) => file.name).join("\0")) : "";
  if (from === undefined || from.size === 0) {
    const readers = files.map((file) => file.open(undefined));
    return isSequential ? [sequential(files[0]?.name ?? "", names, readers)] : readers;
  }
  const changed = (file: string, difference: string): Error => sourceChanged(table, span, file, difference);
  const check = (name: string, position: SourcePosition): void => {
    const file = files.find((known) => known.name === name);
    if (file === undefined) throw changed(name, "is not there any more");
    const difference = file.witness.difference(position.position, markOf(position));
    if (difference !== undefined) throw changed(name, difference);
  };
  if (!isSequential) {
    for (const [name, position] of from) check(name, position);
    return files.flatMap((file) => {
      const position = from.get(file.name);
      return position === undefined ? [] : [file.open(position)];
    });
  }
  const [[first, position] = ["", undefined]] = from;
  const mark = markOf(position);
  if (position === undefined) throw new TypeError("the position names no partition");
  if (mark.names !== names) throw changed(first, "and those read after it are not the same files any more");
  const file = mark.file ?? first;
  check(file, position);
  const index = files.findIndex((known) => known.name === file);
  const readers = files.slice(index).map((known, i) => known.open(i === 0 ? position : undefined));
  return [sequential(first, names, readers)];
}
