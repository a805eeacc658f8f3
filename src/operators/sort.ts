/**
 * Sort: ORDER BY, LIMIT and OFFSET over bounded input. State: its rows, in a table in linear memory (rows/sort-rows.ts);
 * with LIMIT, over rows that only arrive, at most twice as many as can be put out. Takes any changelog, gives inserts,
 * once, when the watermark is at its end. Rows with equal keys stay in the order of their positions; over updating
 * input, where a row is what is left after all changes, they are ordered by all columns (R9).
 */
import { WATERMARK_END, WATERMARK_MIN } from "../base/batch.ts";
import { leafCount, leavesOf } from "../base/types.ts";
import { StageControl } from "../expr/emit/arena.ts";
import { CTL_OWN, StageStatus } from "../expr/emit/control.ts";
import { fieldOf } from "../state/layout.ts";
import { type TableCode, tableFns } from "../state/table.ts";
import { type Table, TablePool } from "../state/tables.ts";
import { sortSlotsFn } from "./aggregation/sort-slots.ts";
import { CTL_WANTED, Stop } from "./aggregation/stops.ts";
import { call, type Functions } from "./aggregation/tables.ts";
import type { Operator, OperatorContext, OperatorDef, SortSpec } from "./operator.ts";
import { causes, Output, outputLayout } from "./rows/output.ts";
import {
  COUNT_FIELD,
  CTL_HELD,
  CTL_LEFT,
  CTL_POSITION,
  CTL_ROWS,
  CTL_SKIP,
  listRowsFn,
  putRowsFn,
  rowBeforeFn,
  SORT_CONTROL_BYTES,
  sortRowsCode,
  takeRowsFn,
} from "./rows/sort-rows.ts";
import { type SortProgress, type SortSaving, sortParts } from "./saving/sort.ts";

/** Where a limit is given, rows beyond it are let go once there are this many too many, or as many as it. */
const SURPLUS = 4096;
const NO_LIMIT = 2n ** 62n;
const TABLE_CONTROL_BYTES = 64;

class Sort implements Operator {
  private readonly spec: SortSpec;
  private readonly context: OperatorContext;
  private readonly output: Output;
  private readonly isUpdating: boolean;
  private readonly control: StageControl;
  private readonly code: TableCode;
  private readonly functions: Functions;
  private readonly rows: Table;
  private forwarded = WATERMARK_MIN;
  private isDone = false;

  constructor(spec: SortSpec, context: OperatorContext) {
    this.spec = spec;
    this.context = context;
    this.isUpdating = context.inputModes[0] === "retract";
    const { memory, owner, region } = context;
    const input = context.inputs[0] ?? [];
    const output = outputLayout(context.output, false);
    this.output = new Output(output, context);
    const code = sortRowsCode(input, this.isUpdating);
    this.code = code;
    this.control = new StageControl(memory, owner, region, SORT_CONTROL_BYTES - CTL_OWN);
    const held = { code, input, isUpdating: this.isUpdating, seed: context.hashSeed, region };
    const leafCounts = input.map((c) => leafCount(c.type));
    this.functions = context.compile([
      takeRowsFn(held, leafCounts),
      listRowsFn(code),
      sortSlotsFn("sort_rows", rowBeforeFn(spec, code, this.isUpdating)),
      putRowsFn(held, output),
      ...tableFns(code),
    ]);
    const pool = new TablePool(code, memory, owner, this.functions, (address) => context.releaseAfterRun(address));
    this.rows = pool.open(region.alloc(TABLE_CONTROL_BYTES), this.isUpdating || spec.limit !== undefined);
    this.control.setWord(CTL_HELD, this.rows.control);
    this.setLong(CTL_POSITION, 0n);
    context.state(sortParts(this.saving(), context));
  }

  private long(offset: number): bigint {
    return this.context.memory.dataView.getBigInt64(this.control.at + offset, true);
  }
  private setLong(offset: number, value: bigint): void {
    this.context.memory.dataView.setBigInt64(this.control.at + offset, value, true);
  }

  onBatch(_: number, batch: number, rows: number): void {
    const { control, context } = this;
    control.begin();
    for (let row = 0; row < rows; ) {
      row = call(this.functions, "take_rows", batch, row, rows, control.at);
      const status = control.status();
      if (status === StageStatus.DONE) break;
      if (status === Stop.TABLE_FULL) this.rows.grow();
      else if (status === Stop.ARENA_FULL) this.rows.addArena(control.word(CTL_WANTED));
      else throw new TypeError(`taking rows to sort stopped with status ${status}`);
    }
    if (context.first) context.count("accounted", rows);
    if (!this.isUpdating) this.letGo();
  }

  /** Lets go of the rows that others have put beyond the limit. */
  private letGo(): void {
    if (this.spec.limit === undefined) return;
    const most = this.spec.offset + this.spec.limit;
    if (this.rows.count < most + Math.max(most, SURPLUS)) return;
    const { memory } = this.context;
    const { offset } = fieldOf(this.code.layout, COUNT_FIELD);
    this.sorted((list, count) => {
      for (let i = most; i < count; i++) memory.i64[((memory.u32[list / 4 + i] ?? 0) + offset) / 8] = 0n;
    });
    this.rows.compact(most);
  }

  /** The addresses of the rows that stand, in their order. */
  private sorted(use: (list: number, count: number) => void): void {
    const { memory, owner } = this.context;
    const bytes = 4 * Math.max(1, this.rows.count);
    const [first, second] = [memory.allocate(bytes, owner), memory.allocate(bytes, owner)];
    const count = call(this.functions, "list_rows", this.rows.control, first);
    use(call(this.functions, "sort_rows", first, second, count) >>> 0, count);
    memory.release(first);
    memory.release(second);
  }

  onWatermark(watermark: bigint): bigint {
    this.output.flush(causes(this.context.run, this.forwarded), () => {
      if (watermark === WATERMARK_END && !this.isUpdating) this.finish();
    });
    this.control.endRun();
    this.forwarded = watermark;
    return watermark;
  }

  /** Changes come at the end of an epoch, the last ones after the watermark. */
  onEpoch(): void {
    if (this.forwarded !== WATERMARK_END || !this.isUpdating) return;
    this.output.flush(
      () => ({ origin: 0, watermark: WATERMARK_END }),
      () => this.finish(),
    );
  }

  private finish(): void {
    if (this.isDone) return;
    this.isDone = true;
    const { offset, limit } = this.spec;
    this.setLong(CTL_SKIP, BigInt(offset));
    this.setLong(CTL_LEFT, limit === undefined ? NO_LIMIT : BigInt(limit));
    this.sorted((list, count) => this.put(list, count));
    this.rows.release();
  }

  private put(list: number, count: number): void {
    const { control } = this;
    for (let at = 0; ; ) {
      const block = this.output.room();
      control.setWord(CTL_ROWS, block.rows);
      at = call(this.functions, "put_rows", list, at, count, block.address, control.at);
      this.output.written(control.word(CTL_ROWS), WATERMARK_END);
      const status = control.status();
      if (status === StageStatus.DONE) return;
      if (status !== Stop.BLOCK_FULL) throw new TypeError(`putting sorted rows out stopped with status ${status}`);
    }
  }

  stateRows(): number {
    if (this.isDone) return 0;
    return this.isUpdating ? this.rows.alive() : this.rows.count;
  }

  private saving(): SortSaving {
    return {
      code: this.code,
      rows: this.rows,
      byPosition: !this.isUpdating,
      seed: this.context.hashSeed,
      save: (): SortProgress => ({
        watermark: this.forwarded,
        position: this.long(CTL_POSITION),
        isDone: this.isDone,
      }),
      restore: ({ watermark, position, isDone }: SortProgress): void => {
        this.forwarded = watermark;
        this.setLong(CTL_POSITION, position);
        this.isDone = isDone;
        if (isDone) this.rows.release();
      },
    };
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

export const sort: OperatorDef<SortSpec> = {
  describe(spec, inputs) {
    const leaf = (i: number): string => leavesOf(inputs[0] ?? [])[i]?.path.join(".") ?? `$${i}`;
    const keys = spec.keys.map((k) => {
      const nulls = k.nullsFirst === k.descending ? "" : k.nullsFirst ? " NULLS FIRST" : " NULLS LAST";
      return `${leaf(k.column)} ${k.descending ? "DESC" : "ASC"}${nulls}`;
    });
    const parts = [
      keys.length === 0 ? "" : `orderBy=[${keys.join(", ")}]`,
      spec.offset === 0 ? "" : `offset=[${spec.offset}]`,
      spec.limit === undefined ? "" : `limit=[${spec.limit}]`,
    ];
    return `Sort(${parts.filter((p) => p !== "").join(", ")})`;
  },
  open: (spec, context) => new Sort(spec, context),
};
