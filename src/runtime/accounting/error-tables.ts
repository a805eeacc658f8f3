/** The error tables of all tables: `"t$errors"` comes into being with the first bad record of `t`. */
import { SqlError } from "../../base/error.ts";
import { ERRORS_SCHEMA } from "../../base/system-tables.ts";
import type { TablePlan } from "../../operators/physical.ts";
import type { StagedTable } from "../../state/snapshot/staged.ts";
import { BadDataError } from "../bad-data.ts";
import { namedParts, type PartVersions, restoreParts, saveParts, versionsOf } from "../durability/parts.ts";
import type { BadRow } from "../sources/bad-marks.ts";
import { SeenPositions } from "./seen-positions.ts";
import { badRecordRow, SideTable, sideAgeMicros } from "./side-table.ts";

const SUFFIX = "$errors";

/** As JSON. */
export interface ErrorTablesMeta {
  readonly versions: PartVersions;
  readonly seen: Readonly<Record<string, ReturnType<SeenPositions["save"]>>>;
}

interface ErrorTable {
  readonly side: SideTable;
  readonly seen: SeenPositions;
}

export class ErrorTables {
  private readonly tables = new Map<string, ErrorTable>();
  private readonly onNew: (side: SideTable) => void;

  constructor(onNew: (side: SideTable) => void) {
    this.onNew = onNew;
  }

  get(name: string): SideTable | undefined {
    return this.tables.get(name)?.side;
  }

  /** How many bad records each table has had, of those that had any. */
  get counts(): readonly { readonly table: string; readonly rows: number; readonly evicted: number }[] {
    return Array.from(this.tables.values(), ({ side: { name, standing, evicted } }) => ({
      table: name.slice(0, -SUFFIX.length),
      rows: standing,
      evicted,
    }));
  }

  /** The table is gone. */
  forget(table: string): void {
    this.tables.delete(`${table}${SUFFIX}`);
  }

  /** Throws BadDataError where the table's 'on-error' is 'fail'. */
  add(table: TablePlan, bad: BadRow, atMicros: bigint): void {
    const { place, reason } = bad;
    if (table.onError === "fail") {
      const where = { path: place.partition, line: place.line === undefined ? undefined : Number(place.line) };
      throw new BadDataError(new SqlError("BAD_RECORD", where, { table: table.name, reason }));
    }
    const name = `${table.name}${SUFFIX}`;
    const found = this.tables.get(name) ?? this.make(name);
    if (found.seen.isNew(place.partition, place.position)) found.side.add(badRecordRow(atMicros, table.name, bad));
  }

  /** Evicts what is too old by now, microseconds of the epoch clock. */
  dropAged({ name, errorsMaxAge }: TablePlan, nowMicros: bigint): void {
    this.get(`${name}${SUFFIX}`)?.expire(nowMicros - sideAgeMicros(errorsMaxAge));
  }

  private make(name: string): ErrorTable {
    const made = { side: new SideTable(name, ERRORS_SCHEMA), seen: new SeenPositions() };
    this.tables.set(name, made);
    this.onNew(made.side);
    return made;
  }

  /** All of them, with the positions that were told. */
  save(): { readonly tables: readonly StagedTable[]; readonly meta: ErrorTablesMeta } {
    const all = [...this.tables];
    const parts = all.flatMap(([name, { side }]) => namedParts(name, side.state()));
    const seen = Object.fromEntries(all.map(([name, table]) => [name, table.seen.save()]));
    return { tables: saveParts(parts), meta: { versions: versionsOf(parts), seen } };
  }

  /** Where there are none yet. */
  restore(tables: readonly StagedTable[], { versions, seen }: ErrorTablesMeta): void {
    for (const [name, positions] of Object.entries(seen)) {
      const made = this.make(name);
      restoreParts(namedParts(name, made.side.state()), tables, versions);
      made.seen.restore(positions);
    }
  }
}
