/**
 * The one reader of a table, shared by all queries that read it (N3): its partitions, what was judged bad, and how a
 * run's rows get into each query. Badness is per query (T14): a record that one query cannot decode is a row for another.
 */
import { BATCH_ROWS, WATERMARK_END, WATERMARK_MIN } from "../../base/batch.ts";
import { leavesOf, storageBytes } from "../../base/types.ts";
import type { BrokenRecord, PartitionReader } from "../../connectors/connector.ts";
import type { TablePlan } from "../../operators/physical.ts";
import { type EngineMemory, type MemoryOwner, Region } from "../../wasm/memory.ts";
import { physicalLeavesRead } from "../computed.ts";
import type { InputState } from "../durability/records.ts";
import type { Pipeline } from "../pipeline.ts";
import type { RowPlace } from "../pipeline-events.ts";
import { type BadMark, type BadRow, marksOf, type OnError, timeError } from "./bad-marks.ts";
import { Ingest } from "./ingest.ts";
import { type Port, portOf } from "./port.ts";
import { RowView } from "./row-view.ts";
import { isIdle, least, reached, type Standing } from "./table-watermark.ts";

export interface Partition extends Standing {
  readonly input: TableInput;
  reader: PartitionReader;
  readonly ordinal: number;
  watermark: bigint;
  ended: boolean;
  isAway: boolean;
  /** Next row of the reader's batch, and next of its broken records. */
  cursor: number;
  broken: number;
}

export class TableInput {
  readonly table: TablePlan;
  readonly partitions: Partition[] = [];
  /** Whether partitions may come while it is read. */
  grows = false;
  /** Nobody reads it any more. */
  isAbandoned = false;
  rowsIn = 0;
  bad = 0;
  /** The watermark as it stands, which never falls. */
  private held: bigint = WATERMARK_MIN;
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  private readonly region: Region;
  private readonly ports: Port<Partition>[] = [];
  private readonly ingest: Ingest;
  private readonly always: readonly number[];
  private readonly leafBytes: readonly number[];
  private readonly watermarks: number;
  private readonly ownWatermarks: number;
  private readonly view: RowView;
  readonly onError: OnError;
  readonly onBad: (bad: BadRow) => void;
  /** The clock of the epoch. */
  readonly nowMicros: () => bigint;
  private isClosed = false;

  constructor(table: TablePlan, options: Pick<TableInput, "memory" | "onError" | "onBad" | "nowMicros">) {
    this.table = table;
    this.memory = options.memory;
    this.onError = options.onError;
    this.onBad = options.onBad;
    this.nowMicros = options.nowMicros;
    this.owner = this.memory.createOwner(`table ${table.name}`);
    this.region = new Region(this.memory, this.owner);
    const leaves = leavesOf(table.physical);
    this.leafBytes = leaves.map((l) => storageBytes[l.storage]);
    this.always = physicalLeavesRead(table, table.always);
    this.watermarks = this.region.alloc(8 * BATCH_ROWS);
    this.ownWatermarks = this.region.alloc(8 * BATCH_ROWS);
    this.view = new RowView(this.memory, this.region, this.leafBytes);
    this.ingest = new Ingest(table, this.memory, this.owner, this.region);
  }

  /** One that comes later is judged by the watermark as it stands. */
  addPartition(reader: PartitionReader, ordinal: number): Partition {
    const begun = { ended: false, isAway: false, cursor: 0, broken: 0 };
    const partition = { input: this, reader, ordinal, watermark: this.held, ...begun };
    this.partitions.push(partition);
    return partition;
  }

  addQuery(pipeline: Pipeline): void {
    const port = portOf<Partition>(this.table, pipeline, { always: this.always, leaves: this.leafBytes.length });
    if (port !== undefined) this.ports.push(port);
  }

  removeQuery(pipeline: Pipeline): void {
    const at = this.ports.findIndex((p) => p.pipeline === pipeline);
    if (at >= 0) this.ports.splice(at, 1);
  }

  /** What was counted, and the watermarks of queries that are not the table's. */
  save(): InputState {
    const own = this.ports.flatMap(({ pipeline, own }) =>
      [...own].map(([{ ordinal }, watermark]) => ({
        query: pipeline.plan.name,
        ordinal,
        watermark: String(watermark),
      })),
    );
    return { table: this.table.name, rowsIn: this.rowsIn, bad: this.bad, held: String(this.held), own };
  }

  restore({ rowsIn, bad, held, own }: InputState): void {
    this.rowsIn = rowsIn;
    this.bad = bad;
    this.held = BigInt(held);
    for (const { query, ordinal, watermark } of own) {
      const partition = this.partitions.find((p) => p.ordinal === ordinal);
      if (partition === undefined) continue;
      this.ports.find(({ pipeline }) => pipeline.plan.name === query)?.own.set(partition, BigInt(watermark));
    }
  }

  get hasQueries(): boolean {
    return this.ports.length > 0;
  }

  /** Where the table stands, `of` giving the watermark of each partition. */
  private reached(of: (p: Partition) => bigint, held: bigint): bigint {
    return reached(this.partitions, of, { held, grows: this.grows });
  }

  /**
   * Takes up to `rowsMax` rows of the partition's batch through all queries; ends before that after a row whose
   * watermark is above `stopAbove`. `first` is the sequence of the first row.
   */
  run(partition: Partition, rowsMax: number, stopAbove: bigint, first: bigint): number {
    if (partition.isAway) this.comeBack(partition);
    const low = partition.cursor;
    // A broken record has its place between rows: the error table is in the order of the source.
    const broken = partition.reader.broken[partition.broken]?.row ?? partition.reader.rows;
    const limit = Math.min(partition.reader.rows, low + rowsMax, broken > low ? broken : low + rowsMax);
    const before = partition.watermark;
    const { hasErrors, batch } = partition.reader;
    const marks = hasErrors ? marksOf(this.memory, batch, this.leavesRead, low, limit) : [];
    const own = marks.filter((m) => this.always.includes(m.leaf));
    const cap = least(this.partitions, (p) => p.watermark, partition);
    const shared = this.judge(batch, low, limit, own, before, cap, stopAbove, this.watermarks);
    const badForAll = new Set(shared.bad.map((b) => b.row));
    const badForSome = marks.filter((m) => m.row < shared.end && !badForAll.has(m.row));
    if (this.onError === "fail") {
      // Rows before the one that ends everything still count.
      const firstBad = Math.min(...badForAll, ...badForSome.map((m) => m.row));
      if (firstBad > low && firstBad < shared.end) return this.run(partition, firstBad - low, stopAbove, first);
    }
    partition.watermark = shared.watermark;
    if (shared.after > this.held) this.held = shared.after;
    partition.cursor = shared.end;
    const rows = shared.end - low;
    this.rowsIn += rows;
    this.record(partition, [...shared.bad, ...badForSome]);
    for (const port of this.ports) {
      this.push(port, partition, { low, end: shared.end, first, before, shared, marks: badForSome });
    }
    return rows;
  }

  /** Computes the watermarks of rows [low, end) around the rows that are bad, and finds those whose event time is. */
  private judge(
    batch: number,
    low: number,
    end: number,
    marks: readonly BadMark[],
    before: bigint,
    cap: bigint,
    stopAbove: bigint,
    watermarks: number,
  ): { end: number; watermark: bigint; after: bigint; bad: BadMark[] } {
    const ingest = this.ingest;
    const bad: BadMark[] = [];
    ingest.begin(batch, end, { watermark: before, cap, stopAbove, horizon: this.horizon, watermarks });
    let row = low;
    let mark = 0;
    while (row < end) {
      const next = marks[mark];
      const stop = next === undefined ? end : next.row;
      row = ingest.run(row, stop);
      if (ingest.stopped) {
        end = row;
        break;
      }
      if (row < stop) {
        bad.push({ row, leaf: -1, code: ingest.error });
        ingest.skip(row);
        row++;
        continue;
      }
      if (next !== undefined) {
        bad.push(next);
        ingest.skip(row);
        row++;
        while (marks[mark]?.row === next.row) mark++;
      }
    }
    const watermark = ingest.watermark;
    return { end, watermark, after: watermark < cap ? watermark : cap, bad };
  }

  private record(partition: Partition, marks: readonly BadMark[]): void {
    let last = -1;
    for (const mark of [...marks].sort((a, b) => a.row - b.row)) {
      if (mark.row === last) continue;
      last = mark.row;
      this.bad++;
      const value = mark.leaf >= 0 ? partition.reader.badValue(mark.row, mark.leaf) : timeError(this.table, mark.code);
      if (this.onError !== "skip") this.onBad({ place: partition.reader.place(mark.row), ...value });
    }
  }

  /** By any query. */
  private get leavesRead(): ReadonlySet<number> {
    return new Set([...this.always, ...this.ports.flatMap((port) => port.reads)]);
  }

  /** Puts the rows of a run that are good for a query into it. */
  private push(
    port: Port<Partition>,
    partition: Partition,
    run: {
      readonly low: number;
      readonly end: number;
      readonly first: bigint;
      readonly before: bigint;
      readonly shared: { readonly bad: readonly BadMark[]; readonly after: bigint; readonly watermark: bigint };
      readonly marks: readonly BadMark[];
    },
  ): void {
    const { low, end, shared } = run;
    const { reader } = partition;
    const { pipeline } = port;
    if (!pipeline.isActive) return;
    const rows = end - low;
    const badRows = new Set(shared.bad.map((m) => m.row));
    for (const m of run.marks) if (port.reads.includes(m.leaf)) badRows.add(m.row);
    let watermarks = this.watermarks;
    let after = shared.after;
    const diverges = badRows.size > shared.bad.length || port.own.size > 0;
    if (diverges) {
      const judged = this.judgeFor(port, partition, run, badRows);
      watermarks = this.ownWatermarks;
      after = judged;
    }
    const counts = port.counts;
    const times = port.scans.length;
    const place = (origin: number): RowPlace => ({
      table: this.table.name,
      record: partition.reader.place(low + origin),
    });
    pipeline.attemptCounted(
      counts,
      () => place(0),
      () => {
        counts.rowsIn += rows * times;
        if (this.onError === "skip") counts.skipped += badRows.size * times;
        else counts.bad += badRows.size * times;
        pipeline.beginRun(this.table.name);
        this.view.beginRun();
        pipeline.run.begin(rows, run.first, watermarks + 8 * low, after);
        pipeline.place = place;
        for (const scan of port.scans) {
          let from = low;
          for (const bad of [...badRows].sort((a, b) => a - b)) {
            if (bad > from)
              scan.push(this.view.of(reader.batch, port.isRead, { low, from, end: bad, watermarks }), bad - from);
            from = bad + 1;
          }
          if (end > from)
            scan.push(this.view.of(reader.batch, port.isRead, { low, from, end, watermarks }), end - from);
        }
        for (const scan of port.scans) scan.watermark = after;
        pipeline.endRun();
      },
    );
  }

  /** The watermarks of a query that has not seen some of the rows; they meet the shared ones again when a maximum passes. */
  private judgeFor(
    port: Port<Partition>,
    partition: Partition,
    run: {
      readonly low: number;
      readonly end: number;
      readonly before: bigint;
      readonly shared: { watermark: bigint };
    },
    badRows: ReadonlySet<number>,
  ): bigint {
    const of = (p: Partition): bigint => port.own.get(p) ?? (p === partition ? run.before : p.watermark);
    const marks = [...badRows].sort((a, b) => a - b).map((row): BadMark => ({ row, leaf: 0, code: "UNDECODABLE" }));
    const cap = least(this.partitions, of, partition);
    const judged = this.judge(
      partition.reader.batch,
      run.low,
      run.end,
      marks,
      of(partition),
      cap,
      WATERMARK_END,
      this.ownWatermarks,
    );
    if (judged.watermark === run.shared.watermark) port.own.delete(partition);
    else port.own.set(partition, judged.watermark);
    return judged.after;
  }

  /** Broken records up to `row` of the batch, at most so many: they are rows in, and bad, for every query. */
  takeBroken(partition: Partition, row: number, most: number): BrokenRecord[] {
    const taken: BrokenRecord[] = [];
    while (taken.length < most) {
      const next = partition.reader.broken[partition.broken];
      if (next === undefined || next.row > row) return taken;
      partition.broken++;
      taken.push(next);
      this.rowsIn++;
      this.bad++;
      for (const port of this.ports) {
        if (!port.pipeline.isActive) continue;
        port.counts.rowsIn += port.scans.length;
        if (this.onError === "skip") port.counts.skipped += port.scans.length;
        else port.counts.bad += port.scans.length;
      }
      if (this.onError !== "skip") this.onBad({ place: next, code: next.code, field: next.field, reason: next.reason });
    }
    return taken;
  }

  /** A partition has ended: its watermark goes to the end (T5), or leaves the minimum where others may come. */
  end(partition: Partition, first: bigint): void {
    partition.ended = true;
    if (this.grows) partition.isAway = true;
    else partition.watermark = WATERMARK_END;
    for (const port of this.ports) port.own.delete(partition);
    this.step(first);
  }

  /** Its next row is judged by the watermark as it stands, of every query. */
  private comeBack(partition: Partition): void {
    partition.isAway = false;
    if (partition.watermark < this.held) partition.watermark = this.held;
    for (const { own, scans } of this.ports) {
      for (const scan of scans) scan.isAway = false;
      const [watermark, held] = [own.get(partition), scans[0]?.watermark ?? WATERMARK_MIN];
      if (watermark !== undefined && watermark < held) own.set(partition, held);
    }
  }

  /** The partition had nothing for long (T6): it does not hold the watermark until its next row. */
  leave(partition: Partition, first: bigint): void {
    partition.isAway = true;
    this.step(first);
  }

  /** What no event may be later than (T7). */
  private get horizon(): bigint {
    const driftMs = this.table.live?.maxFutureDriftMs;
    return driftMs === undefined ? WATERMARK_END : this.nowMicros() + BigInt(driftMs) * 1000n;
  }

  /** Every query learns the table's watermark, with no row. */
  private step(first: bigint): void {
    this.held = this.reached((p) => p.watermark, this.held);
    const isAway = isIdle(this.partitions);
    for (const port of this.ports) {
      for (const scan of port.scans) scan.isAway = isAway;
      const after = this.reached((p) => port.own.get(p) ?? p.watermark, port.scans[0]?.watermark ?? WATERMARK_MIN);
      port.pipeline.attempt(() => {
        port.pipeline.beginRun(this.table.name);
        port.pipeline.run.begin(0, first, 0, after);
        port.pipeline.place = () => undefined;
        for (const scan of port.scans) scan.watermark = after;
        port.pipeline.endRun();
      });
    }
  }

  /** It cannot be read on: so the queries that read it end. Of one that was closed nobody waits for rows. */
  fail(error: unknown): void {
    if (this.isClosed) return;
    for (const { pipeline } of this.ports) if (pipeline.isActive) pipeline.fail(error);
  }

  /** May be called again. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const p of this.partitions) await p.reader.close();
    this.ingest.close();
    this.region.releaseAll();
    this.memory.releaseOwner(this.owner);
  }
}
