/** Parts of state under names, as tables of a snapshot. */
import { SqlError } from "../../base/error.ts";
import type { StagedChunk, StagedTable } from "../../state/snapshot/staged.ts";
import { differingColumn, type StatePart } from "../../state/staging/part.ts";

/** By table: the version of what its columns mean. */
export type PartVersions = Readonly<Record<string, number>>;

export interface NamedPart {
  readonly name: string;
  readonly part: StatePart;
}

/** Names the parts of something: `name` for what it is mainly, `name_part` for the others. */
export const namedParts = (name: string, parts: readonly StatePart[]): readonly NamedPart[] =>
  parts.map((part) => ({ name: part.name === "" ? name : `${name}_${part.name}`, part }));

export function saveParts(parts: readonly NamedPart[]): readonly StagedTable[] {
  return parts.map(({ name, part }) => {
    const chunks: StagedChunk[] = [];
    part.save((chunk) => chunks.push(chunk));
    return { name, columns: part.columns, chunks };
  });
}

export const versionsOf = (parts: readonly NamedPart[]): PartVersions =>
  Object.fromEntries(parts.map(({ name, part }) => [name, part.version]));

/** Throws STATE_MISMATCH where a part is missing, of another version or of other columns; then nothing was restored. */
export function restoreParts(parts: readonly NamedPart[], tables: Iterable<StagedTable>, versions: PartVersions): void {
  checkParts(parts, tables, versions)();
}

/** The same in two steps: compares what is declared with what there is, and gives what restores it. */
export function checkParts(
  parts: readonly NamedPart[],
  tables: Iterable<StagedTable>,
  versions: PartVersions,
): () => void {
  const byName = new Map(Array.from(tables, (table) => [table.name, table]));
  const found = parts.map(({ name, part }) => {
    const refuse = (reason: string): SqlError => new SqlError("STATE_MISMATCH", undefined, { table: name, reason });
    const table = byName.get(name);
    if (table === undefined) throw refuse("it is missing");
    if (versions[name] !== part.version) {
      throw refuse(`it has version ${versions[name] ?? "?"}, and ${part.version} is read here`);
    }
    const column = differingColumn(table.columns, part.columns);
    if (column !== undefined) throw refuse(`its columns are others from "${column}" on`);
    return { name, part, table, refuse };
  });
  return () => {
    for (const { part, table, refuse } of found) {
      try {
        part.restore(table.chunks);
      } catch (error) {
        if (error instanceof RangeError) throw refuse(error.message);
        throw error;
      }
    }
  };
}
