/** Runs expressions for the tests: by the reference, and as a Calc over a batch in linear memory. */
import { RowError, type RowErrorName } from "../../src/base/row-error.ts";
import type { Schema, SqlType } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { BatchWriter, readRow } from "../../src/expr/columns.ts";
import { type EvaluateInput, evaluate } from "../../src/expr/evaluate.ts";
import type { Expr } from "../../src/expr/expr.ts";
import type { ScalarFunction } from "../../src/expr/function.ts";
import { calc } from "../../src/operators/calc.ts";
import type { Callable, OperatorContext } from "../../src/operators/operator.ts";
import { EngineMemory, Region } from "../../src/wasm/memory.ts";
import { compileModule } from "../../src/wasm/module.ts";

export type Mode = "wasm" | "interpret";

const memories = new Map<Mode, EngineMemory>();
export function memoryOf(mode: Mode): EngineMemory {
  let memory = memories.get(mode);
  if (memory === undefined) memories.set(mode, (memory = new EngineMemory({ pages: 4096, mode, checked: true })));
  return memory;
}

export const span = { start: 0, end: 0 };
export const column = (leaf: number, type: SqlType, nullable = true): Expr => ({
  node: "column",
  type,
  nullable,
  leaf,
  name: `c${leaf}`,
});
export const cast = (arg: Expr, type: SqlType, isTry = false): Expr => ({
  node: "cast",
  type,
  nullable: arg.nullable || isTry,
  arg,
  isTry,
  span,
});

/** A call with its arguments cast to the types that it resolved to. */
export function call(fn: ScalarFunction, args: readonly Expr[]): Expr {
  const types = args.map((a) => ({
    type: a.type,
    nullable: a.nullable,
    literal: a.node === "literal" ? a.value : undefined,
  }));
  const signature = fn.resolve(types);
  if (signature === undefined || !("params" in signature)) {
    throw new Error(`${fn.name}: ${signature === undefined ? "no signature" : signature.reason}`);
  }
  const same = (a: SqlType, b: SqlType): boolean => JSON.stringify(a) === JSON.stringify(b);
  const cast = args.map((a, i): Expr => {
    const type = signature.params[i];
    return type === undefined || same(type, a.type)
      ? a
      : { node: "cast", type, nullable: a.nullable, arg: a, isTry: false, span };
  });
  return { node: "call", type: signature.result, nullable: true, fn, args: cast, span };
}

/** What became of a row: its value, or the name of its error. */
export type Outcome = { readonly value: Value } | { readonly error: RowErrorName };

export function reference(e: Expr, input: EvaluateInput): Outcome {
  try {
    return { value: evaluate(e, input) };
  } catch (error) {
    if (error instanceof RowError) return { error: error.code };
    throw error;
  }
}

export interface CalcRun {
  readonly rows: readonly { readonly origin: number; readonly values: readonly Value[] }[];
  readonly failed: ReadonlyMap<number, RowErrorName>;
  readonly filtered: number;
}

/** Runs a Calc over rows, in batches of at most `batchRows`; origins count over all rows. */
export function runCalc(
  mode: Mode,
  schema: Schema,
  where: Expr | undefined,
  exprs: readonly Expr[],
  rows: readonly (readonly Value[])[],
  batchRows = 2048,
): CalcRun {
  const memory = memoryOf(mode);
  const owner = memory.createOwner("calc");
  const region = new Region(memory, owner);
  const output: Schema = exprs.map((e, i) => ({ name: `o${i}`, type: e.type, nullable: e.nullable }));
  const out: { origin: number; values: readonly Value[] }[] = [];
  const failed = new Map<number, RowErrorName>();
  let filtered = 0;
  let base = 0;
  const refuse = (): never => {
    throw new Error("not used by Calc");
  };
  const context: OperatorContext = {
    memory,
    owner,
    region,
    inputs: [schema],
    inputModes: ["retract"],
    output,
    hashSeed: 1n,
    ordered: true,
    first: true,
    run: { rows: 0, first: 0n, causeOf: refuse },
    // The results of a stage are numbers.
    compile: (fns) => compileModule(memory, fns) as Readonly<Record<string, Callable>>,
    state: refuse,
    emit(batch, count) {
      const origins = memory.dataView.getUint32(batch + 4, true);
      for (let i = 0; i < count; i++) {
        out.push({
          origin: base + memory.dataView.getUint32(origins + 4 * i, true),
          values: readRow(memory, batch, output, i),
        });
      }
    },
    count(fate, n) {
      if (fate === "filtered") filtered += n;
    },
    fail: (batch, row, code) => {
      const origins = memory.dataView.getUint32(batch + 4, true);
      failed.set(base + memory.dataView.getUint32(origins + 4 * row, true), code);
    },
    failGroup: refuse,
    mendGroup: refuse,
    late: refuse,
    retained: false,
    releaseAfterRun: refuse,
  };
  const operator = calc.open({ where, exprs: exprs.map((expr, i) => ({ name: `o${i}`, expr })) }, context);
  const writer = new BatchWriter(memory, owner, schema);
  for (; base < rows.length; base += batchRows) {
    writer.clear();
    for (const row of rows.slice(base, base + batchRows)) writer.add(row);
    operator.onBatch(0, writer.batch, writer.rows);
    operator.onWatermark(0n);
  }
  operator.close();
  memory.releaseOwner(owner);
  return { rows: out, failed, filtered };
}

/** The outcome of each row of one expression, by emitted code. */
export function emitted(mode: Mode, schema: Schema, e: Expr, rows: readonly (readonly Value[])[]): Outcome[] {
  const run = runCalc(mode, schema, undefined, [e], rows);
  const outcomes = new Map<number, Outcome>();
  for (const r of run.rows) outcomes.set(r.origin, { value: r.values[0] ?? null });
  for (const [origin, error] of run.failed) outcomes.set(origin, { error });
  return rows.map((_, i) => outcomes.get(i) ?? { value: "missing" });
}
