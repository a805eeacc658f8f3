/** Folders of partitions as Hive and Flink name them: `dt=2026-01-01/hour=10`, one per value of the PARTITIONED BY columns. */
import { type Field, firstLeaf, type Schema } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { readValue } from "../../../expr/columns.ts";
import { valueToText } from "../../../expr/text.ts";
import type { EngineMemory } from "../../../wasm/memory.ts";

/** Stands for NULL and for the empty string. */
const DEFAULT_PARTITION = "__DEFAULT_PARTITION__";

/** What Flink writes as `%2F`: control characters, and what has a meaning in a path or a pattern. */
const ESCAPED = /[\p{Cc}"#%'*/:=?\\{[\]^]/gu;

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** A name of one folder, from which the text can be read back. */
const escaped = (text: string): string => text.replace(ESCAPED, hex);

/** The part of a path for a value: behind `name=`, so `.` and `..` are no folders of the system. */
function valueName(text: string | null): string {
  if (text === null || text === "") return DEFAULT_PARTITION;
  return text === DEFAULT_PARTITION ? `%5F${text.slice(1)}` : escaped(text);
}

/** What the name of a folder of this column begins with. */
export const partitionPrefix = ({ name }: Field): string => `${escaped(name)}=`;

/** Gives the folder of a row, relative to that of the table; "" where there are no partition columns. */
export function partitionPaths(
  memory: EngineMemory,
  schema: Schema,
  columns: readonly number[],
): (batch: number, row: number) => string {
  const parts = columns.flatMap((column) => {
    const field = schema[column];
    if (field === undefined) return [];
    const text = (value: Value): string | null => (value === null ? null : valueToText(field.type, value));
    return [{ prefix: partitionPrefix(field), leaf: firstLeaf(schema, column), type: field.type, text }];
  });
  return (batch, row) =>
    parts
      .map(({ prefix, leaf, type, text }) => prefix + valueName(text(readValue(memory, batch, leaf, type, row))))
      .join("/");
}
