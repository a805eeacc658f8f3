/**
 * Runs an operator as the engine does, over rows and watermarks written as text:
 *
 *     + 1 a 5      a row (`-` takes one back; or the kind of change: +I -U +U -D); timestamps in milliseconds
 *     1: + 1 a     a row of input 1
 *     ~ 9          the watermark becomes 9 ms; ~ end: the input ends
 *     !            an epoch ends
 *
 * The transcript has the rows put out in the order of their positions, then late, failed and counted rows. Every case
 * runs at several batch sizes, as checked WebAssembly and through the interpreter; all transcripts must be equal.
 */
import { expect } from "vitest";
import { changeText, WATERMARK_END, WATERMARK_MIN } from "../../src/base/batch.ts";
import { type Schema, type SqlType, storageOf } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { BatchWriter, changeOf, originAddress, readRow, watermarkAddress } from "../../src/expr/columns.ts";
import type {
  ChangelogMode,
  LateRow,
  Operator,
  OperatorContext,
  OperatorDef,
  Run,
} from "../../src/operators/operator.ts";
import type { StagedChunk } from "../../src/state/snapshot/staged.ts";
import { DeclaredState } from "../../src/state/staging/declared.ts";
import type { StatePart } from "../../src/state/staging/part.ts";
import { EngineMemory, Region } from "../../src/wasm/memory.ts";
import { compileModule } from "../../src/wasm/module.ts";

export interface Subject<Spec> {
  readonly def: OperatorDef<Spec>;
  readonly spec: Spec;
  readonly inputs: readonly Schema[];
  readonly inputModes?: readonly ChangelogMode[];
  readonly output: Schema;
  readonly ordered?: boolean;
  /** It counts no fates: rows are accounted for at the end of its path. */
  readonly stateless?: boolean;
}

export type Event =
  | { readonly kind: "row"; readonly input: number; readonly change: number; readonly values: readonly Value[] }
  | { readonly kind: "watermark"; readonly at: bigint }
  | { readonly kind: "epoch" };

export interface Execution {
  readonly mode: "wasm" | "interpret";
  readonly batch: number;
  readonly seed?: bigint;
  /** At the end of each epoch the operator's state is saved and it goes on as another one, with another hash seed, at other addresses. */
  readonly cuts?: boolean;
}

export interface OutputRow {
  readonly position: number;
  readonly change: number;
  readonly values: readonly Value[];
}

export interface Result {
  readonly rows: OutputRow[];
  readonly late: { readonly position: number; readonly late: LateRow }[];
  readonly failed: { readonly position: number; readonly code: string; readonly row: readonly Value[] }[];
  readonly failedGroups: { readonly code: string; readonly group: readonly Value[] }[];
  readonly mendedGroups: { readonly code: string; readonly group: readonly Value[] }[];
  readonly counts: Record<string, number>;
  /** Rows held, and those of them that are open, at the end of each epoch. */
  readonly gauges: (readonly [state: number | undefined, open: number | undefined])[];
}

const MODES: readonly Execution["mode"][] = ["wasm", "interpret"];
const BATCHES = [1, 2, 7, 2048];
/** Rows of one run that a `~` line before any row belongs to: none. */
const BEFORE = 0.5;

const memories = new Map<string, EngineMemory>();
function memoryFor(mode: Execution["mode"]): EngineMemory {
  let memory = memories.get(mode);
  if (memory === undefined) {
    memory = new EngineMemory({ pages: 4096, mode, checked: true });
    memories.set(mode, memory);
  }
  return memory;
}

class Engine<Spec> {
  readonly result: Result = {
    rows: [],
    late: [],
    failed: [],
    failedGroups: [],
    mendedGroups: [],
    counts: {},
    gauges: [],
  };
  private readonly subject: Subject<Spec>;
  private readonly memory: EngineMemory;
  private operator: Operator;
  /** By input: the batch being written, and those that are free. Batches stay as they are until the end of their run. */
  private readonly writers: BatchWriter[];
  private readonly free: BatchWriter[][];
  private readonly passed: { readonly input: number; readonly writer: BatchWriter }[] = [];
  private readonly owner;
  private readonly region: Region;
  private readonly toRelease: number[] = [];
  private context: OperatorContext;
  private state: readonly StatePart[];
  private readonly cuts: boolean;
  private watermark = WATERMARK_MIN;
  private forwarded = WATERMARK_MIN;
  private first = 0;
  private rows = 0;
  /** Origins after which the watermark rose, and to what. */
  private steps: { readonly origin: number; readonly to: bigint }[] = [];
  private lastInput = 0;
  private position: ((origin: number) => number) | undefined;

  constructor(subject: Subject<Spec>, execution: Execution) {
    this.subject = subject;
    this.memory = memoryFor(execution.mode);
    this.cuts = execution.cuts === true;
    this.owner = this.memory.createOwner("test");
    const owner = this.memory.createOwner("operator");
    this.region = new Region(this.memory, this.owner);
    const [rows, first] = [() => this.rows, () => BigInt(this.first)];
    const run: Run = {
      get rows() {
        return rows();
      },
      get first() {
        return first();
      },
      causeOf: (bound) => {
        const step = this.steps.find((s) => s.to >= bound);
        if (step === undefined) throw new Error("causeOf is asked for a bound that is not reached");
        return step.origin;
      },
    };
    const declared = new DeclaredState();
    this.context = {
      memory: this.memory,
      owner,
      region: this.region,
      inputs: subject.inputs,
      inputModes: subject.inputModes ?? subject.inputs.map(() => "append"),
      output: subject.output,
      hashSeed: execution.seed ?? 0x1234_5678_9abc_def0n,
      ordered: subject.ordered ?? true,
      retained: false,
      first: true,
      run,
      // Emitted functions of operators have at most one result, an i32.
      compile: (fns) =>
        compileModule(this.memory, fns) as Readonly<Record<string, (...a: (number | bigint)[]) => number>>,
      state: (parts) => declared.add(parts),
      emit: (batch, rows) => this.take(batch, rows),
      count: (fate, rows) => {
        this.result.counts[fate] = (this.result.counts[fate] ?? 0) + rows;
      },
      fail: (batch, row, code) => {
        this.result.counts["failed"] = (this.result.counts["failed"] ?? 0) + 1;
        const origin = this.memory.dataView.getUint32(originAddress(this.memory, batch) + 4 * row, true);
        const values = readRow(this.memory, batch, subject.inputs[0] ?? [], row);
        this.result.failed.push({ position: this.first + origin, code, row: values });
      },
      failGroup: (code, group) => this.result.failedGroups.push({ code, group }),
      mendGroup: (code, group) => this.result.mendedGroups.push({ code, group }),
      late: (row) => {
        const late = row();
        this.result.late.push({ position: this.first + late.origin, late });
      },
      releaseAfterRun: (address) => this.toRelease.push(address),
    };
    this.operator = subject.def.open(subject.spec, this.context);
    this.state = declared.opened();
    this.writers = subject.inputs.map((schema) => new BatchWriter(this.memory, this.owner, schema));
    this.free = subject.inputs.map(() => []);
  }

  private take(batch: number, rows: number): void {
    let before = -1;
    let watermark = WATERMARK_MIN;
    const view = this.memory.dataView;
    for (let i = 0; i < rows; i++) {
      const origin = view.getUint32(originAddress(this.memory, batch) + 4 * i, true);
      const at = view.getBigInt64(watermarkAddress(this.memory, batch) + 8 * i, true);
      expect(origin).toBeGreaterThanOrEqual(before);
      expect(at).toBeGreaterThanOrEqual(watermark);
      expect(origin).toBeLessThan(Math.max(1, this.rows));
      before = origin;
      watermark = at;
      const position = this.position?.(origin) ?? (this.rows === 0 ? this.first - BEFORE : this.first + origin);
      const values = readRow(this.memory, batch, this.subject.output, i);
      this.result.rows.push({ position, change: changeOf(this.memory, batch, i), values });
    }
  }

  row(input: number, change: number, values: readonly Value[], batchSize: number): void {
    if (this.rows >= batchSize) this.endRun();
    const writer = this.writers[input];
    if (writer === undefined) throw new Error(`no input ${input}`);
    if (this.lastInput !== input) this.pass();
    this.lastInput = input;
    const row = writer.rows;
    writer.add(values, change);
    const view = this.memory.dataView;
    view.setBigInt64(watermarkAddress(this.memory, writer.batch) + 8 * row, this.watermark, true);
    view.setUint32(originAddress(this.memory, writer.batch) + 4 * row, this.rows, true);
    this.rows += 1;
  }

  /** Gives the rows written so far to the operator. */
  private pass(): void {
    const writer = this.writers[this.lastInput];
    if (writer === undefined || writer.rows === 0) return;
    this.operator.onBatch(this.lastInput, writer.batch, writer.rows);
    this.passed.push({ input: this.lastInput, writer });
    const schema = this.subject.inputs[this.lastInput] ?? [];
    this.writers[this.lastInput] = this.free[this.lastInput]?.pop() ?? new BatchWriter(this.memory, this.owner, schema);
  }

  step(to: bigint): void {
    if (to <= this.watermark) return;
    this.watermark = to;
    this.steps.push({ origin: Math.max(0, this.rows - 1), to });
  }

  endRun(): void {
    this.pass();
    const out = this.operator.onWatermark(this.watermark);
    expect(out).toBeGreaterThanOrEqual(this.forwarded);
    this.forwarded = out;
    this.release();
    this.first += this.rows;
    this.rows = 0;
    this.steps = [];
  }

  epoch(): void {
    this.pass();
    this.forwarded = this.operator.onWatermark(this.watermark);
    const at = this.first + this.rows - BEFORE / 2;
    this.position = () => at;
    this.operator.onEpoch?.();
    this.position = undefined;
    this.release();
    if (this.cuts) this.cut();
    this.result.gauges.push([this.operator.stateRows?.(), this.operator.openRows?.()]);
    this.first += this.rows;
    this.rows = 0;
    this.steps = [];
  }

  private release(): void {
    for (const address of this.toRelease.splice(0)) this.memory.release(address);
    for (const { input, writer } of this.passed.splice(0)) {
      // What the operator keeps beyond the run must be its own.
      writer.clear();
      this.free[input]?.push(writer);
    }
  }

  /** What is saved, restored and saved again is the same to the byte. */
  private cut(): void {
    const { operator: old, context: before, state: oldState } = this;
    const declared = new DeclaredState();
    const owner = this.memory.createOwner("operator");
    const region = new Region(this.memory, owner);
    this.memory.allocate(1, owner);
    const hashSeed = before.hashSeed * 31n + 7n;
    this.context = { ...before, owner, region, hashSeed, state: (parts) => declared.add(parts) };
    this.operator = this.subject.def.open(this.subject.spec, this.context);
    this.state = declared.opened();
    const saved = savedState(oldState);
    const bytes = before.owner.bytes;
    expect(savedState(oldState)).toEqual(saved);
    expect(before.owner.bytes).toBe(bytes);
    old.close();
    restoreState(this.state, structuredClone(saved));
    expect(savedState(this.state)).toEqual(saved);
  }

  close(): void {
    this.operator.close();
    this.memory.releaseOwner(this.owner);
    expect(this.context.owner.bytes).toBe(0);
    this.result.rows.sort((a, b) => a.position - b.position);
    this.result.late.sort((a, b) => a.position - b.position);
    this.result.failed.sort((a, b) => a.position - b.position);
  }
}

/** The chunks of every part of an operator's state, under its name. */
export function savedState(state: readonly StatePart[]): Record<string, StagedChunk[]> {
  const saved: Record<string, StagedChunk[]> = {};
  for (const part of state) {
    const chunks: StagedChunk[] = [];
    part.save((chunk) => chunks.push(chunk));
    for (const chunk of chunks) expect(chunk.vectors.length).toBe(part.columns.length);
    saved[part.name] = chunks;
  }
  return saved;
}

export function restoreState(
  state: readonly StatePart[],
  saved: Readonly<Record<string, readonly StagedChunk[]>>,
): void {
  for (const part of state) part.restore(saved[part.name] ?? []);
}

/** Runs events; every row must have exactly one fate (E6). */
export function runEvents<Spec>(subject: Subject<Spec>, events: readonly Event[], execution: Execution): Result {
  const engine = new Engine(subject, execution);
  let rows = 0;
  let sinceStep = true;
  for (const e of events) {
    if (e.kind === "row") {
      engine.row(e.input, e.change, e.values, execution.batch);
      rows += 1;
      sinceStep = false;
    } else if (e.kind === "watermark") {
      // A step without a row of its own is a run of its own.
      if (sinceStep) engine.endRun();
      engine.step(e.at);
      if (sinceStep) engine.endRun();
      sinceStep = true;
    } else {
      engine.epoch();
      sinceStep = true;
    }
  }
  engine.endRun();
  engine.close();
  if (subject.stateless === true) return engine.result;
  const counted = Object.values(engine.result.counts).reduce((a, b) => a + b, 0);
  expect(counted).toBe(rows);
  return engine.result;
}

const MICROS_PER_MS = 1000n;

function parseValue(type: SqlType, text: string): Value {
  if (text === "null") return null;
  switch (type.kind) {
    case "BOOLEAN":
      return text === "true";
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return /^-?\d+$/.test(text) ? BigInt(text) * MICROS_PER_MS : BigInt(Math.round(Number(text) * 1000));
    case "CHAR":
    case "VARCHAR":
      return text;
    default:
      return storageOf(type) === "i64" || storageOf(type) === "i128" ? BigInt(text) : Number(text);
  }
}

function showValue(type: SqlType, value: Value): string {
  if (value === null) return "null";
  const isTime = type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ";
  if (isTime && typeof value === "bigint" && value % MICROS_PER_MS === 0n) return String(value / MICROS_PER_MS);
  if (Object.is(value, -0)) return "-0";
  return String(value);
}

const changes: Readonly<Record<string, number>> = { "+": 0, "-": 3, "+I": 0, "-U": 1, "+U": 2, "-D": 3 };

export function parseEvents(inputs: readonly Schema[], text: string): Event[] {
  const lines = text
    .split("\n")
    .map((l) => l.replace(/--.*/, "").trim())
    .filter((l) => l !== "");
  return lines.map((line): Event => {
    const words = line.split(/\s+/);
    if (line === "!") return { kind: "epoch" };
    if (words[0] === "~") {
      return { kind: "watermark", at: words[1] === "end" ? WATERMARK_END : BigInt(words[1] ?? "0") * MICROS_PER_MS };
    }
    const prefix = /^(\d+):$/.exec(words[0] ?? "");
    if (prefix !== null) words.shift();
    const input = Number(prefix?.[1] ?? 0);
    const change = changes[words.shift() ?? ""];
    const schema = inputs[input];
    if (change === undefined || schema === undefined || words.length !== schema.length) {
      throw new Error(`not a row of the input: ${line}`);
    }
    return { kind: "row", input, change, values: schema.map((f, i) => parseValue(f.type, words[i] ?? "null")) };
  });
}

const showRow = (schema: Schema, values: readonly Value[]): string =>
  schema.map((f, i) => showValue(f.type, values[i] ?? null)).join(" ");

export function transcript<Spec>(subject: Subject<Spec>, r: Result): string {
  const input = subject.inputs[0] ?? [];
  const lines = r.rows.map((row) => {
    const kind = row.change === 0 ? "+" : changeText[row.change as 0 | 1 | 2 | 3]; // a change byte
    return `${kind} ${showRow(subject.output, row.values)}`;
  });
  const late = r.late.map(({ late: l }) => {
    const windows = l.windows.map(([s, e]) => `[${s / MICROS_PER_MS}, ${e / MICROS_PER_MS})`).join(" ");
    return `${l.partly ? "partly late" : "late"} ${showRow(input, l.row)} ${windows} at ${l.watermark / MICROS_PER_MS}`;
  });
  const failed = r.failed.map((f) => `failed ${f.code} ${showRow(input, f.row)}`);
  const groupText = (word: string, list: Result["failedGroups"]): string[] =>
    list.map((g) => `group ${word} ${g.code} ${g.group.map(String).join(" ")}`);
  const groups = [...groupText("failed", r.failedGroups), ...groupText("mended", r.mendedGroups)];
  return [...lines, ...late, ...failed, ...groups].join("\n");
}

/** Runs a case in every way; the transcript they agree on. */
export function run<Spec>(subject: Subject<Spec>, text: string): string {
  const events = parseEvents(subject.inputs, text);
  let expected: string | undefined;
  for (const mode of MODES) {
    for (const batch of BATCHES) {
      const seed = BigInt(batch) * 0x9e37_79b9_7f4a_7c15n;
      const got = transcript(subject, runEvents(subject, events, { mode, batch, seed }));
      expected ??= got;
      expect(got, `${mode}, batches of ${batch}`).toBe(expected);
    }
  }
  return expected ?? "";
}

/** Lines without their indentation and empty lines at the ends. */
export const lines = (text: string): string =>
  text
    .split("\n")
    .map((l) => l.replace(/--.*/, "").trim())
    .filter((l) => l !== "")
    .join("\n");
