/**
 * SessionAggregate: GROUP BY over sessions whose partition is the group key (T4). Takes any changelog; gives inserts,
 * each session once, when the watermark passes its end.
 */
import { leavesOf } from "../base/types.ts";
import { exprText } from "../expr/expr-text.ts";
import { callText, keysText, windowText } from "./aggregation/describe.ts";
import { prepareGroups } from "./aggregation/prepare.ts";
import type { AggregateCall, OperatorDef, SessionAggregateSpec } from "./operator.ts";
import { sessionFields } from "./session/fields.ts";
import { SessionStates } from "./session/states.ts";

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
    return new SessionStates(spec, context, prepared);
  },
};

/** Whether a call computes anything that could fail. */
const computes = (c: AggregateCall): boolean =>
  [...c.args, c.filter].some((e) => e !== undefined && e.node !== "column" && e.node !== "literal");
