/** The state of a GROUP BY without a window as parts: its groups, with the row that stands for each below, and their values. */
import type { StatePart } from "../../state/staging/part.ts";
import type { GroupTable, GroupTables } from "../aggregation/tables.ts";
import { ERROR_FIELD, LAST_FIELD, PRESENT_FIELD } from "../group/stage.ts";
import { GroupsSaving, type RestoredTable } from "./groups.ts";
import { longColumn, rowPart } from "./small.ts";

const PROGRESS_VERSION = 1;

/** What it keeps besides its groups. */
interface Kept {
  readonly watermark: bigint;
  /** Groups that were taken out and are still in the table. */
  readonly gone: number;
  /** Bytes of strings at which those that nothing points to are cleared away. */
  readonly arenaBytesMost: number;
}

export interface GroupProgress {
  save(): Kept;
  restore(progress: Kept): void;
}

/** Of a group's own fields; nothing is touched at the end of an epoch. */
function nameOf(calls: readonly string[], field: string): string | undefined {
  const shown = /^out(_valid)?(\d+)$/.exec(field);
  if (shown === null) return [PRESENT_FIELD, ERROR_FIELD, LAST_FIELD].includes(field) ? `group_${field}` : undefined;
  return `shown_${calls[Number(shown[2])] ?? field}${shown[1] ?? ""}`;
}

export function groupParts(
  tables: GroupTables,
  table: GroupTable,
  calls: readonly string[],
  progress: GroupProgress,
): readonly StatePart[] {
  const saving = new GroupsSaving(tables, { calls, constants: [], ownName: (field) => nameOf(calls, field) });
  let restored: RestoredTable[] = [];
  const columns = ["watermark", "groups_gone", "string_bytes_most"].map(longColumn);
  const far = rowPart(
    "progress",
    PROGRESS_VERSION,
    [...columns, ...saving.fillColumns, ...saving.sizeColumns],
    () => {
      const { watermark, gone, arenaBytesMost } = progress.save();
      return [watermark, BigInt(gone), BigInt(arenaBytesMost), ...saving.fillCells(table), ...saving.sizeCells];
    },
    (cells) => {
      progress.restore({ watermark: cells.long(), gone: cells.count(), arenaBytesMost: cells.count() });
      restored = [saving.refill(table, cells)];
      saving.resize(cells);
    },
  );
  return [
    far,
    ...saving.parts(
      () => [{ table, constants: [] }],
      () => restored,
    ),
  ];
}
