/** Tables of groups as parts of state: their slots, those of their second tables, and how full they are. */
import type { StagedColumn } from "../../state/snapshot/staged.ts";
import type { StagedValue } from "../../state/staging/cells.ts";
import type { StatePart } from "../../state/staging/part.ts";
import { type OwnColumn } from "../../state/staging/slot-columns.ts";
import { TableCopy, type TableCopyOptions } from "../../state/staging/table-copy.ts";
import type { TableCode } from "../../state/table.ts";
import type { Table, TableFill } from "../../state/tables.ts";
import type { Fn, Term } from "../../wasm/ir.ts";
import type { GroupTable, GroupTableFill, GroupTables } from "../aggregation/tables.ts";
import { fieldNames } from "./names.ts";
import { blobColumn, type CellReader, flagColumn, longColumn } from "./small.ts";

const GROUPS_VERSION = 1;

/** A table, and the columns of 64 bits that tell it from the others. */
export interface SavedTable {
  readonly table: GroupTable;
  readonly constants: readonly bigint[];
}

/** A table that is open and empty, and what it is to become. */
export interface RestoredTable {
  readonly table: GroupTable;
  readonly fill: GroupTableFill;
}

export interface GroupsSavingOptions {
  /** Names of the aggregates, in order. */
  readonly calls: readonly string[];
  readonly constants: readonly StagedColumn[];
  /** Names of fields that are the operator's own; undefined: they are not saved. */
  ownName?(field: string): string | undefined;
  readonly own?: readonly OwnColumn[];
  /** Fields that are not saved. */
  readonly without?: readonly string[];
  /** How second tables know their groups, where that is not by a number of theirs, and which entries are left out. */
  readonly values?: {
    readonly group: NonNullable<TableCopyOptions["group"]>;
    nameOf(field: string): string | undefined;
    without(f: Fn, slot: Term, code: TableCode): Term;
  };
}

export class GroupsSaving {
  private readonly tables: GroupTables;
  private readonly groups: TableCopy;
  private readonly values: readonly TableCopy[];

  constructor(tables: GroupTables, o: GroupsSavingOptions) {
    this.tables = tables;
    const { context, groups } = tables;
    const names = fieldNames(groups.plan, o.calls);
    const { code, seed } = groups;
    this.groups = new TableCopy(
      {
        name: code.name,
        key: code.key,
        layout: code.layout,
        constants: o.constants,
        nameOf: (field) => (o.without?.includes(field) === true ? undefined : (names.get(field) ?? o.ownName?.(field))),
        form: { seed },
        ...(o.own === undefined ? {} : { own: o.own }),
      },
      context,
    );
    this.values = groups.values.map((values) => new TableCopy(valuesOptions(values, seed, o), context));
  }

  /** The slots of all tables. `restored`: those that are open when the parts are restored. */
  parts(saved: () => readonly SavedTable[], restored: () => readonly RestoredTable[]): readonly StatePart[] {
    const part = (
      name: string,
      copy: TableCopy,
      of: (t: GroupTable) => Table,
      fillOf: (f: GroupTableFill) => TableFill,
    ): StatePart => ({
      name,
      version: GROUPS_VERSION,
      columns: copy.columns,
      save: (put) =>
        copy.save(
          saved().map(({ table, constants }) => ({ table: of(table), constants })),
          put,
        ),
      restore: (chunks) => {
        const targets = restored().map(({ table, fill }) => ({ table: of(table), fill: fillOf(fill) }));
        copy.restore(targets, chunks);
      },
    });
    return [
      part(
        "",
        this.groups,
        (t) => t.groups,
        (f) => f.groups,
      ),
      ...this.values.map((copy, i) =>
        part(
          `values_${i}`,
          copy,
          (t) => valuesOf(t.values, i),
          (f) => valuesOf(f.values, i),
        ),
      ),
    ];
  }

  /** Columns that say how full a table is. */
  get fillColumns(): readonly StagedColumn[] {
    const of = (prefix: string): StagedColumn[] =>
      ["rows", "room", "string_bytes"].map((n) => longColumn(`${prefix}${n}`));
    return [
      ...of(""),
      flagColumn("stale"),
      longColumn("group_numbers"),
      blobColumn("free_group_numbers"),
      ...this.values.flatMap((_, i) => of(`values_${i}_`)),
    ];
  }

  /** `valuesRows`: how many entries of a second table are saved, where not all are. */
  fillCells(table: GroupTable, valuesRows?: (index: number) => number): readonly StagedValue[] {
    const { groups, values, isStale, ordinals, freeOrdinals } = this.tables.fillOf(table);
    const of = ({ rows, limit, arenaBytes }: TableFill): StagedValue[] => [rows, limit, arenaBytes].map(BigInt);
    return [
      ...of(groups),
      isStale,
      BigInt(ordinals),
      freeOrdinals,
      ...values.flatMap((v, i) => of({ ...v, rows: valuesRows?.(i) ?? v.rows })),
    ];
  }

  /** Reads what `fillCells` wrote, and makes it so. */
  refill(table: GroupTable, cells: CellReader): RestoredTable {
    const of = (): TableFill => ({ rows: cells.count(), limit: cells.count(), arenaBytes: cells.count() });
    const groups = of();
    const rest = { isStale: cells.flag(), ordinals: cells.count(), freeOrdinals: cells.blob() };
    const fill = { groups, ...rest, values: this.values.map(of) };
    this.tables.refill(table, fill);
    return { table, fill };
  }

  /** Columns that say how large tables became: with it new ones are made as they would have been. */
  get sizeColumns(): readonly StagedColumn[] {
    return ["last_", ...this.values.map((_, i) => `last_values_${i}_`)].flatMap((prefix) => [
      longColumn(`${prefix}rows`),
      longColumn(`${prefix}string_bytes`),
    ]);
  }
  get sizeCells(): readonly StagedValue[] {
    return this.tables.lastSizes.flat().map(BigInt);
  }
  resize(cells: CellReader): void {
    this.tables.lastSizes = this.tables.lastSizes.map(() => [cells.count(), cells.count()] as const);
  }
}

function valuesOptions(code: TableCode, seed: bigint, { constants, values }: GroupsSavingOptions): TableCopyOptions {
  const { name, key, layout } = code;
  const keyNames = ["group_number", ...key.columns.slice(1).map(({ leaf }) => leaf.path.join("."))];
  const options = { name, key, layout, keyNames, constants, nameOf: (field: string) => field, form: { seed } };
  if (values === undefined) return options;
  const without = (f: Fn, slot: Term): Term => values.without(f, slot, code);
  return { ...options, group: values.group, nameOf: (field) => values.nameOf(field), without };
}

function valuesOf<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new TypeError("a group table without a second table");
  return found;
}
