/**
 * SessionAggregate: GROUP BY over sessions whose partition is the group key (T4). Takes any changelog; gives inserts,
 * each session once, when the watermark passes its end.
 */
import { leavesOf } from "../base/types.ts";
import { exprText } from "../expr/expr-text.ts";
import { callText, keysText, windowText } from "./aggregation/describe.ts";
import { prepareGroups } from "./aggregation/prepare.ts";
import type { AggregateCall, OperatorDef, SessionAggregateSpec } from "./operator.ts";
import { Output, outputLayout } from "./rows/output.ts";
import { AggregateHolder, Aggregates } from "./session/aggregates.ts";
import { sessionFields } from "./session/fields.ts";
import { SessionOperator } from "./session/operator.ts";

export const sessionAggregate: OperatorDef<SessionAggregateSpec> = {
  describe(spec, inputs) {
    const time = leavesOf(inputs[0] ?? [])[spec.time]?.path.join(".") ?? `$${spec.time}`;
    const select = [keysText(spec.keys), ...spec.aggregates.map(callText), "window_start", "window_end", "window_time"];
    const before = spec.before === undefined ? "" : `, where=[${exprText(spec.before)}]`;
    const after = spec.after === undefined ? "" : `, having=[${exprText(spec.after)}]`;
    const window = windowText({ kind: "session", gap: spec.gap }, time);
    return `SessionAggregate(groupBy=[${keysText(spec.keys)}], window=[${window}], select=[${select.filter((t) => t !== "").join(", ")}]${before}${after})`;
  },
  open(spec, context) {
    const retracts = context.inputModes[0] === "retract";
    // A session may have no row but such as WHERE has left out, as have failed, or as were taken back.
    const mayBeEmpty = retracts || spec.after !== undefined || spec.aggregates.some(computes);
    const needs = { retracts, rows: mayBeEmpty, bags: true };
    const conditions = [spec.before, spec.after, ...spec.below];
    const prepared = prepareGroups(spec, conditions, context, needs, sessionFields, "limit");
    const [before, after, ...below] = prepared.conditions;
    const output = new Output(outputLayout(context.output, false), context);
    return new SessionOperator(
      {
        gap: spec.gap,
        time: spec.time,
        prepared,
        before,
        below: below.flatMap((e) => (e === undefined ? [] : [e])),
        calls: spec.aggregates.map((a) => a.name),
        content: new Aggregates(prepared.groups, after, context, output),
        output,
        holder: (tables, control) => new AggregateHolder(tables, control, output, prepared.keySchema),
      },
      context,
    );
  },
};

/** Whether a call computes anything that could fail. */
const computes = (c: AggregateCall): boolean =>
  [...c.args, c.filter].some((e) => e !== undefined && e.node !== "column" && e.node !== "literal");
