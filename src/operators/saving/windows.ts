/** The state of a window aggregate as parts: its panes, their groups and values, and how far it is. */

import { timestamp } from "../../base/types.ts";
import type { StatePart } from "../../state/staging/part.ts";
import type { GroupTables } from "../aggregation/tables.ts";
import type { PaneRole, WindowStore } from "../window/store.ts";
import { GroupsSaving, type RestoredTable } from "./groups.ts";
import { column, flagColumn, longColumn, rowPart, rowsPart, textColumn, windowColumns } from "./small.ts";

const PANES_VERSION = 1;
const PROGRESS_VERSION = 1;

const roles: readonly PaneRole[] = ["window", "pane", "total"];

export function windowParts(
  tables: GroupTables,
  store: WindowStore,
  calls: readonly string[],
  progress: { watermark: bigint },
): readonly StatePart[] {
  const saving = new GroupsSaving(tables, { calls, constants: windowColumns });
  let restored: RestoredTable[] = [];
  const paneColumns = [textColumn("role"), ...windowColumns, column("next_end", timestamp(6)), flagColumn("in_total")];
  const panes = rowsPart(
    "panes",
    PANES_VERSION,
    [...paneColumns, ...saving.fillColumns],
    () => store.stored().map((p) => [p.role, p.start, p.end, p.nextEnd, p.isMerged, ...saving.fillCells(p.table)]),
    (rows) => {
      restored = Array.from(rows, (cells) => {
        const name = cells.text();
        const role = roles.find((r) => r === name);
        if (role === undefined) throw new RangeError(`no pane is a ${name}`);
        const pane = { role, start: cells.long(), end: cells.long(), nextEnd: cells.long(), isMerged: cells.flag() };
        return saving.refill(store.restore(pane), cells);
      });
    },
  );
  const saved = (): readonly { table: RestoredTable["table"]; constants: readonly bigint[] }[] =>
    store.stored().map(({ table, start, end }) => ({ table, constants: [start, end] }));
  const far = rowPart(
    "progress",
    PROGRESS_VERSION,
    [longColumn("watermark"), ...saving.sizeColumns],
    () => [progress.watermark, ...saving.sizeCells],
    (cells) => {
      progress.watermark = cells.long();
      saving.resize(cells);
    },
  );
  return [panes, ...saving.parts(saved, () => restored), far];
}
