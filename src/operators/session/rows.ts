/**
 * Session aggregation for what sessions cannot merge as states (DISTINCT, rows taken back): the rows of a session are
 * held until it closes, and then aggregated by the reference face. Exact for every aggregate; not fast.
 */
import { DESCRIPTOR_WATERMARK, WATERMARK_MIN } from "../../base/batch.ts";
import { RowError } from "../../base/row-error.ts";
import { leavesOf } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { ReferenceState, ResolvedAggregate } from "../../expr/aggregate.ts";
import { changeOf, dataAddress, originAddress, readRow, readValue, validAddress } from "../../expr/columns.ts";
import { evaluate } from "../../expr/evaluate.ts";
import type { Expr } from "../../expr/expr.ts";
import type { AggregateCall, Operator, OperatorContext, SessionAggregateSpec } from "../operator.ts";
import { causes, Output, outputLayout } from "../rows/output.ts";
import { compareRows, rowKey } from "../rows/row-order.ts";
import { RowOutput } from "../rows/row-output.ts";
import { fireBound } from "../window/windows.ts";
import { type Session, Sessions } from "./held.ts";

interface HeldRow {
  readonly position: bigint;
  readonly isMinus: boolean;
  /** By call its arguments; undefined where its FILTER leaves the row out. */
  readonly args: readonly (readonly Value[] | undefined)[];
}

type Input = Parameters<typeof evaluate>[1];
type Fate = "filtered" | "late" | "failed" | "accounted";

export class SessionRows implements Operator {
  private readonly spec: SessionAggregateSpec;
  private readonly context: OperatorContext;
  private readonly output: Output;
  private readonly writer: RowOutput;
  private readonly sessions: Sessions<HeldRow>;
  private forwarded = WATERMARK_MIN;

  constructor(spec: SessionAggregateSpec, context: OperatorContext) {
    this.spec = spec;
    this.context = context;
    this.sessions = new Sessions(spec.gap);
    this.output = new Output(outputLayout(context.output, false), context);
    this.writer = new RowOutput(this.output, context, context.output);
  }

  onBatch(_: number, batch: number, rows: number): void {
    const fates: Record<Fate, number> = { filtered: 0, late: 0, failed: 0, accounted: 0 };
    for (let row = 0; row < rows; row++) fates[this.row(batch, row)] += 1;
    if (!this.context.first) return;
    for (const fate of ["filtered", "late", "accounted"] as const) {
      if (fates[fate] > 0) this.context.count(fate, fates[fate]);
    }
  }

  private row(batch: number, row: number): Fate {
    const { context } = this;
    const { memory } = context;
    const origin = memory.dataView.getUint32(originAddress(memory, batch) + 4 * row, true);
    try {
      return this.take(batch, row, origin);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      context.fail(origin, error.code, () => readRow(memory, batch, context.inputs[0] ?? [], row));
      return "failed";
    }
  }

  private take(batch: number, row: number, origin: number): Fate {
    const { context, spec } = this;
    const { memory } = context;
    const watermark = memory.dataView.getBigInt64(
      memory.dataView.getUint32(batch + DESCRIPTOR_WATERMARK, true) + 8 * row,
      true,
    );
    const input = this.input(batch, row, watermark);
    if (!isTrue(spec.before, input)) return "filtered";
    if (memory.u8[validAddress(memory, batch, spec.time) + row] !== 1) throw new RowError("NULL_NOT_ALLOWED");
    const time = memory.dataView.getBigInt64(dataAddress(memory, batch, spec.time) + 8 * row, true);
    const key = spec.keys.map((k) => evaluate(k.expr, input));
    const change = changeOf(memory, batch, row);
    const isKept = isTrue(spec.after, input);
    const held: HeldRow | undefined = isKept
      ? {
          position: context.run.first + BigInt(origin),
          isMinus: (change & 1) === 1,
          args: spec.aggregates.map((c) =>
            isTrue(c.filter, input) ? c.args.map((a) => evaluate(a, input)) : undefined,
          ),
        }
      : undefined;
    const verdict = this.sessions.take(rowKey(key), key, time, watermark, held);
    if (verdict === "outOfRange") throw new RowError("TIME_OUT_OF_RANGE");
    if (verdict === "taken") return "accounted";
    const windows = [this.sessions.windowOf(time)];
    const values = (): readonly Value[] => readRow(memory, batch, context.inputs[0] ?? [], row);
    context.late(() => ({ origin, partly: false, change, watermark, windows, row: values() }));
    return "late";
  }

  private input(batch: number, row: number, watermark: bigint): Input {
    const { memory } = this.context;
    const leaves = leavesOf(this.context.inputs[0] ?? []);
    return {
      leaf: (leaf: number): Value => {
        const type = leaves[leaf]?.type;
        if (type === undefined) throw new TypeError(`no leaf ${leaf}`);
        return readValue(memory, batch, leaf, type, row);
      },
      watermark: watermark === WATERMARK_MIN ? null : watermark,
    };
  }

  onWatermark(watermark: bigint): bigint {
    const closed = this.sessions.close(watermark);
    closed.sort((a, b) => compareRows([a.end, a.start], [b.end, b.start]) || compareRows(a.key, b.key));
    for (const s of closed) this.putOut(s);
    this.output.flush(causes(this.context.run, this.forwarded));
    this.writer.endRun();
    this.forwarded = watermark;
    return watermark;
  }

  private putOut(s: Session<HeldRow>): void {
    const rows = s.rows.reduce((n, r) => n + (r.isMinus ? -1 : 1), 0);
    if (rows <= 0) return;
    try {
      const results = this.spec.aggregates.map((c, i) => aggregated(c, i, s.rows));
      this.writer.add([...s.key, ...results, s.start, s.end, fireBound(s.end)], 0, fireBound(s.end));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      this.context.failGroup(error.code, [...s.key, s.start, s.end]);
    }
  }

  stateRows(): number {
    return this.sessions.rows;
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

const isTrue = (cond: Expr | undefined, input: Input): boolean => cond === undefined || evaluate(cond, input) === true;

/** A call over the rows of a session: what is taken back goes first, so that only what is left is accumulated. */
function aggregated(call: AggregateCall, index: number, rows: readonly HeldRow[]): Value {
  const taken = new Map<string, number>();
  const keyOf = (args: readonly Value[]): string => rowKey(args);
  for (const r of rows) {
    const args = r.args[index];
    if (r.isMinus && args !== undefined) taken.set(keyOf(args), (taken.get(keyOf(args)) ?? 0) + 1);
  }
  const { resolved } = call;
  const state = resolved.reference.init();
  const seen = new Set<string>();
  for (const r of rows) {
    const args = r.args[index];
    if (r.isMinus || args === undefined || (resolved.skipNulls && args[0] === null)) continue;
    const key = keyOf(args);
    const minus = taken.get(key) ?? 0;
    if (minus > 0) {
      taken.set(key, minus - 1);
      continue;
    }
    if (call.distinct && seen.has(key)) continue;
    seen.add(key);
    accumulate(resolved, state, args, r.position);
  }
  return resolved.reference.result(state);
}

function accumulate(
  resolved: ResolvedAggregate,
  state: ReferenceState,
  args: readonly Value[],
  sequence: bigint,
): void {
  resolved.reference.accumulate(state, args, { sequence });
}
