/** One aggregate over rows (time, group, value) in emitted code: in a window, whole or merged from panes, and over updating input. */
import { WATERMARK_END } from "../../src/base/batch.ts";
import { INT, type Schema, type SqlType, sameType, timestamp, typeText } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { findAggregate } from "../../src/expr/aggregates/index.ts";
import { evaluate } from "../../src/expr/evaluate.ts";
import { groupAggregate } from "../../src/operators/group-aggregate.ts";
import type { AggregateCall, ChangelogMode, WindowSpec } from "../../src/operators/operator.ts";
import { windowAggregate } from "../../src/operators/window-aggregate.ts";
import { type Event, type Execution, runEvents, type Subject } from "../operators/harness.ts";
import { column, field, keys, outputSchema } from "../operators/specs.ts";

export const SEED: number = Number(process.env["AGGREGATE_SEED"] ?? 987654321);
export const INSERT = 0;
const UPDATE_AFTER = 2;
export const DELETE = 3;

const PANE_MS = 10_000n;
const PANES = 3n;
const END = PANES * PANE_MS;

/** The panes of the input in one window. */
export const WHOLE: WindowSpec = { kind: "tumble", size: END, offset: 0n };
/** The same window merged from its panes. */
export const MERGED: WindowSpec = { kind: "cumulate", step: PANE_MS, size: END, offset: 0n };

export interface Input {
  /** The group. */
  readonly key: number;
  /** 0, 1 or 2. */
  readonly pane: number;
  readonly value: Value;
}

export const schemaOf = (type: SqlType): Schema => [
  field("ts", timestamp(3), false),
  field("k", INT, false),
  field("v", type),
];

/** The aggregate of the column `v`; undefined where it does not take the type. */
export function findCall(name: string, type: SqlType): AggregateCall | undefined {
  const resolved = findAggregate(name)?.resolve([{ type, nullable: true, literal: undefined }]);
  if (resolved === undefined || "reason" in resolved) return undefined;
  const v = column(schemaOf(type), "v");
  const [to] = resolved.params;
  const span = { start: 0, end: 0 };
  const arg =
    to === undefined || sameType(to, type)
      ? v
      : ({ node: "cast", type: to, nullable: true, arg: v, isTry: false, span } as const);
  return { name: "a", function: name, resolved, args: [arg], distinct: false, filter: undefined };
}

export function callOf(name: string, type: SqlType): AggregateCall {
  const call = findCall(name, type);
  if (call === undefined) throw new TypeError(`${name} does not take ${typeText(type)}`);
  return call;
}

/** What a call's aggregate gets of a value. */
export const argumentOf = (call: AggregateCall, value: Value): Value => {
  const [arg] = call.args;
  return arg === undefined ? null : evaluate(arg, { leaf: () => value, watermark: null });
};

export const event = (r: Input, change: number): Event => ({
  kind: "row",
  input: 0,
  change,
  values: [BigInt(r.pane) * PANE_MS, r.key, r.value],
});

export const show = (v: Value): string => (Object.is(v, -0) ? "0" : String(v));

/** The groups of the window that ends last: `key result` or `key failed CODE`, sorted. */
export function windowed(
  call: AggregateCall,
  type: SqlType,
  events: readonly Event[],
  window: WindowSpec,
  execution: Execution,
  mode: ChangelogMode = "append",
): string[] {
  const schema = schemaOf(type);
  const ks = keys(schema, "k");
  const spec = { window, time: 0, where: undefined, keys: ks, aggregates: [call] };
  const output = outputSchema(ks, [call], true);
  // The spec is one of a window aggregate.
  const subject = {
    def: windowAggregate,
    spec,
    inputs: [schema],
    inputModes: [mode],
    output,
  } as unknown as Subject<never>;
  const result = runEvents(subject, [...events, { kind: "watermark", at: WATERMARK_END }], execution);
  const good = result.rows
    .filter((r) => r.values.at(-2) === END)
    .map((r) => `${String(r.values[0])} ${show(r.values[1] ?? null)}`);
  const bad = result.failedGroups
    .filter((g) => g.group.at(-1) === END)
    .map((g) => `${String(g.group[0])} failed ${g.code}`);
  return [...good, ...bad].sort();
}

/** The groups that stand in the end: `key result`, sorted. */
export function standing(call: AggregateCall, type: SqlType, events: readonly Event[], execution: Execution): string[] {
  const schema = schemaOf(type);
  const ks = keys(schema, "k");
  const spec = { where: undefined, keys: ks, aggregates: [call] };
  const output = outputSchema(ks, [call], false);
  // The spec is one of a group aggregate.
  const subject = {
    def: groupAggregate,
    spec,
    inputs: [schema],
    inputModes: ["retract"],
    output,
  } as unknown as Subject<never>;
  const held = new Map<string, string>();
  for (const r of runEvents(subject, [...events, { kind: "epoch" }], execution).rows) {
    const key = String(r.values[0]);
    if (r.change === INSERT || r.change === UPDATE_AFTER) held.set(key, show(r.values[1] ?? null));
    else held.delete(key);
  }
  return [...held].map(([k, v]) => `${k} ${v}`).sort();
}
