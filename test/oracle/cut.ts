/** Drives the query of a program run by run, without sources; cut: saved and restored into another one after each epoch. */
import { expect } from "vitest";
import { parseStatements } from "../../grammar/parse.ts";
import { WATERMARK_END, WATERMARK_MIN } from "../../src/base/batch.ts";
import { SqlErrors } from "../../src/base/error.ts";
import type { Value } from "../../src/base/value.ts";
import { BatchWriter, changeOf, originAddress, readRow, watermarkAddress } from "../../src/expr/columns.ts";
import type { QueryPlan } from "../../src/operators/physical.ts";
import { Catalog } from "../../src/plan/catalog/catalog.ts";
import { Planner } from "../../src/plan/planner.ts";
import { namedParts, restoreParts, saveParts, versionsOf } from "../../src/runtime/durability/parts.ts";
import { restorePipeline, savePipeline } from "../../src/runtime/durability/pipeline-state.ts";
import { ResultStore } from "../../src/runtime/outputs/result-store.ts";
import type { Output } from "../../src/runtime/pipeline-events.ts";
import { RegisteredQuery } from "../../src/runtime/registered-query.ts";
import { EngineMemory } from "../../src/wasm/memory.ts";

/** A row of the table `t`, which each query reads. `time`: its event time, microseconds; NULL in a table without. */
export interface CutRow {
  readonly values: readonly Value[];
  readonly time: bigint;
}

export interface CutOptions {
  readonly ordered: boolean;
  readonly runRows: number;
  readonly epochRuns: number;
  readonly delay: bigint;
  readonly cuts: boolean;
  readonly mode: "wasm" | "interpret";
}

/** Everything that shows of a query, in its order. */
interface Shown {
  readonly out: unknown[];
  readonly late: unknown;
  readonly errors: unknown;
  readonly conservation: unknown;
  readonly gauges: unknown[];
  readonly results: unknown[];
  /** Tables that were saved, with the most rows that they had. */
  readonly saved: Map<string, number>;
}

export function planOf(sql: string): QueryPlan {
  const { statements, errors, broken } = parseStatements(sql);
  const catalog = new Catalog();
  const text = { text: sql, path: "", folder: "", statements, broken };
  const planned = new Planner(catalog).plan([text], { parameters: {}, sharedParameters: {}, settings: {} });
  if (errors.length + planned.errors.length > 0) throw new SqlErrors([...errors, ...planned.errors]);
  const queries = planned.steps.flatMap((s) => (s.kind === "registerQuery" ? [s.query] : []));
  const [query] = queries;
  if (query === undefined || queries.length > 1) throw new Error("one query is expected");
  return query;
}

export const openQuery = (
  plan: QueryPlan,
  memory: EngineMemory,
  output: Output = { ordered: true, batch: () => undefined },
  hashSeed = 1n,
): RegisteredQuery =>
  new RegisteredQuery(plan, {
    memory,
    output,
    hashSeed,
    waitingRowsMax: 1_000_000,
    nowMicros: () => 0n,
    onStopped: (error) => {
      throw error;
    },
  });

class Driver {
  readonly shown: Shown = {
    out: [],
    late: undefined,
    errors: undefined,
    conservation: undefined,
    gauges: [],
    results: [],
    saved: new Map(),
  };
  private readonly plan: QueryPlan;
  private readonly o: CutOptions;
  private memory: EngineMemory;
  private query: RegisteredQuery;
  private store: ResultStore;
  private writer: BatchWriter | undefined;
  private seed = 1n;
  private first = 0n;
  private watermark = WATERMARK_MIN;

  constructor(plan: QueryPlan, o: CutOptions) {
    this.plan = plan;
    this.o = o;
    [this.memory, this.query, this.store] = this.open();
    this.pushValues();
  }

  private open(): [EngineMemory, RegisteredQuery, ResultStore] {
    this.seed = this.seed * 0x9e37_79b9n + 11n;
    const memory = new EngineMemory({ pages: 512, mode: this.o.mode, checked: true });
    const { root, name, key } = this.plan;
    const store = new ResultStore(root.schema, {
      name,
      key: root.mode === "append" ? undefined : key,
      appendOnly: root.mode === "append",
      keeps: "all",
      rowsMax: 1_000_000,
      retention: undefined,
    });
    const output = { ordered: this.o.ordered, batch: (batch: number, rows: number): void => this.take(batch, rows) };
    const query = openQuery(this.plan, memory, output, BigInt.asUintN(64, this.seed));
    this.writer = undefined;
    return [memory, query, store];
  }

  private take(batch: number, rows: number): void {
    const { memory, plan } = this;
    for (let i = 0; i < rows; i++) {
      const origin = memory.dataView.getUint32(originAddress(memory, batch) + 4 * i, true);
      const values = readRow(memory, batch, plan.root.schema, i);
      const change = changeOf(memory, batch, i);
      this.shown.out.push([this.query.pipeline.run.first + BigInt(origin), change, ...values]);
      this.store.apply(change, values);
    }
  }

  pushValues(): void {
    this.query.pipeline.pushValues((node, push) => {
      const writer = new BatchWriter(this.memory, this.query.pipeline.owner, node.schema);
      for (const row of node.rows) writer.add(row);
      push(writer.batch, writer.rows);
    });
  }

  run(rows: readonly CutRow[]): void {
    const { pipeline } = this.query;
    const [scan] = pipeline.scans;
    if (scan === undefined) throw new Error("the query reads no table");
    const writer = (this.writer ??= new BatchWriter(this.memory, pipeline.owner, scan.node.table.physical));
    writer.clear();
    const marks = watermarkAddress(this.memory, writer.batch);
    rows.forEach(({ values, time }, i) => {
      writer.add(values);
      this.memory.dataView.setBigInt64(marks + 8 * i, this.watermark, true);
      if (time - this.o.delay > this.watermark) this.watermark = time - this.o.delay;
    });
    this.endRun(rows.length, marks, () => {
      for (const s of pipeline.scans) s.push(writer.batch, rows.length);
    });
  }

  private endRun(rows: number, marks: number, push: () => void): void {
    const { pipeline } = this.query;
    const counts = pipeline.conservation.get("t");
    if (counts !== undefined) counts.rowsIn += rows * pipeline.scans.length;
    pipeline.beginRun("t");
    pipeline.run.begin(rows, this.first, marks, this.watermark);
    push();
    for (const s of pipeline.scans) s.watermark = this.watermark;
    pipeline.endRun();
    this.first += BigInt(rows);
  }

  end(): void {
    this.watermark = WATERMARK_END;
    this.endRun(0, 0, () => undefined);
    this.epoch();
  }

  epoch(): void {
    this.query.pipeline.endEpoch();
    if (this.o.cuts) this.cut();
    const { pipeline, failedRows, late } = this.query;
    this.shown.gauges.push([pipeline.held, pipeline.watermark, pipeline.rowsOut, failedRows, late.standing]);
    this.shown.results.push(this.store.current());
  }

  private beside(query: RegisteredQuery, store: ResultStore): ReturnType<typeof namedParts> {
    return [
      ...namedParts("errors", query.errors.state()),
      ...namedParts("late", query.late.state()),
      ...namedParts("result", store.state()),
    ];
  }

  private cut(): void {
    const before = this.query;
    const bytes = before.pipeline.bytes;
    const saved = savePipeline(before.pipeline);
    const beside = this.beside(before, this.store);
    const others = { tables: saveParts(beside), versions: versionsOf(beside) };
    expect(before.pipeline.bytes - bytes).toBeLessThanOrEqual(65_536);
    expect(savePipeline(before.pipeline)).toEqual(saved);
    for (const { name, chunks } of saved.tables) {
      const rows = chunks.reduce((n, c) => n + c.rows, 0);
      this.shown.saved.set(name, Math.max(rows, this.shown.saved.get(name) ?? 0));
    }
    [this.memory, this.query, this.store] = this.open();
    before.pipeline.close();
    const meta = JSON.parse(JSON.stringify(saved.meta)) as typeof saved.meta; // the same, as it comes back from a file
    restorePipeline(this.query.pipeline, { tables: structuredClone(saved.tables), meta });
    restoreParts(this.beside(this.query, this.store), structuredClone(others.tables), others.versions);
    expect(savePipeline(this.query.pipeline)).toEqual(saved);
    // VALUES lists were put in before: not again.
    this.pushValues();
  }

  close(): Shown {
    const { pipeline, late, errors } = this.query;
    const conservation = [...pipeline.conservation];
    pipeline.close();
    return { ...this.shown, conservation, late: late.kept(), errors: errors.kept() };
  }
}

export function drive(plan: QueryPlan, rows: readonly CutRow[], o: CutOptions): Shown {
  const driver = new Driver(plan, o);
  let runs = 0;
  for (let at = 0; at < rows.length; at += o.runRows) {
    driver.run(rows.slice(at, at + o.runRows));
    if (++runs % o.epochRuns === 0) driver.epoch();
  }
  driver.epoch();
  driver.end();
  return driver.close();
}

/** Runs it whole and cut, and compares all that shows; what was saved, by table. */
export function checkCuts(
  label: string,
  plan: QueryPlan,
  rows: readonly CutRow[],
  o: Omit<CutOptions, "cuts">,
): Map<string, number> {
  const whole = drive(plan, rows, { ...o, cuts: false });
  const { saved, ...cut } = drive(plan, rows, { ...o, cuts: true });
  expect({ ...cut, saved: new Map() }, label).toEqual(whole);
  return saved;
}
