/**
 * SESSION as a table (T12): rows are held until the watermark closes their session, then put out with its bounds; rows
 * that come after their session has closed are late (T4).
 */
import { DESCRIPTOR_WATERMARK, WATERMARK_MIN } from "../../base/batch.ts";
import { leavesOf } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { changeOf, dataAddress, originAddress, readRow, readValue, validAddress } from "../../expr/columns.ts";
import type { Operator, OperatorContext, WindowTableSpec } from "../operator.ts";
import { causes, Output, outputLayout } from "../rows/output.ts";
import { compareRows, rowKey } from "../rows/row-order.ts";
import { RowOutput } from "../rows/row-output.ts";
import { fireBound } from "../window/windows.ts";
import { type Session, Sessions } from "./held.ts";

interface HeldRow {
  readonly position: bigint;
  readonly change: number;
  readonly values: readonly Value[];
}

export class SessionTable implements Operator {
  private readonly spec: WindowTableSpec;
  private readonly context: OperatorContext;
  private readonly output: Output;
  private readonly writer: RowOutput;
  private readonly sessions: Sessions<HeldRow>;
  private forwarded = WATERMARK_MIN;

  constructor(spec: WindowTableSpec, gap: bigint, context: OperatorContext) {
    this.spec = spec;
    this.context = context;
    this.sessions = new Sessions(gap);
    this.output = new Output(outputLayout(context.output, context.inputModes[0] === "retract"), context);
    this.writer = new RowOutput(this.output, context, context.output);
  }

  onBatch(_: number, batch: number, rows: number): void {
    const { memory } = this.context;
    const fates = { late: 0, accounted: 0 };
    const watermarks = memory.dataView.getUint32(batch + DESCRIPTOR_WATERMARK, true);
    for (let row = 0; row < rows; row++) {
      const watermark = memory.dataView.getBigInt64(watermarks + 8 * row, true);
      const verdict = this.row(batch, row, watermark);
      if (verdict !== undefined) fates[verdict] += 1;
    }
    if (!this.context.first) return;
    if (fates.late > 0) this.context.count("late", fates.late);
    if (fates.accounted > 0) this.context.count("accounted", fates.accounted);
  }

  private row(batch: number, row: number, watermark: bigint): "late" | "accounted" | undefined {
    const { context, sessions } = this;
    const { memory } = context;
    const origin = memory.dataView.getUint32(originAddress(memory, batch) + 4 * row, true);
    const values = readRow(memory, batch, context.inputs[0] ?? [], row);
    if (memory.u8[validAddress(memory, batch, this.spec.time) + row] !== 1) {
      context.fail(origin, "NULL_NOT_ALLOWED", () => values);
      return undefined;
    }
    const time = memory.dataView.getBigInt64(dataAddress(memory, batch, this.spec.time) + 8 * row, true);
    const key = this.partition(batch, row);
    const change = changeOf(memory, batch, row);
    const position = context.run.first + BigInt(origin);
    const verdict = sessions.take(rowKey(key), key, time, watermark, { position, change, values });
    if (verdict === "outOfRange") context.fail(origin, "TIME_OUT_OF_RANGE", () => values);
    else if (verdict === "late") {
      context.late(() => ({
        origin,
        partly: false,
        change,
        watermark,
        windows: [sessions.windowOf(time)],
        row: values,
      }));
      return "late";
    } else return "accounted";
    return undefined;
  }

  private partition(batch: number, row: number): readonly Value[] {
    const leaves = leavesOf(this.context.inputs[0] ?? []);
    return this.spec.partition.map((leaf) => {
      const type = leaves[leaf]?.type;
      if (type === undefined) throw new TypeError("a partition key that is not a column");
      return readValue(this.context.memory, batch, leaf, type, row);
    });
  }

  onWatermark(watermark: bigint): bigint {
    for (const group of groupsOf(this.sessions.close(watermark))) {
      const rows = group.flatMap((s) =>
        s.rows.map((r) => ({ change: r.change, values: [...r.values, s.start, s.end, fireBound(s.end)] })),
      );
      // E7: - before +, then by all columns.
      rows.sort((a, b) => (b.change & 1) - (a.change & 1) || compareRows(a.values, b.values));
      for (const r of rows) this.writer.add(r.values, r.change, fireBound(group[0]?.end ?? watermark));
    }
    this.output.flush(causes(this.context.run, this.forwarded));
    this.writer.endRun();
    this.forwarded = watermark;
    return watermark;
  }

  stateRows(): number {
    return this.sessions.rows;
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

/** Sessions with the same bounds together. */
function groupsOf<Row>(sessions: readonly Session<Row>[]): Session<Row>[][] {
  const groups: Session<Row>[][] = [];
  for (const s of sessions) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && last[0].start === s.start && last[0].end === s.end) last.push(s);
    else groups.push([s]);
  }
  return groups;
}
