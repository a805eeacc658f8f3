import { expect, test } from "vitest";
import { BIGINT, DOUBLE, type Schema, VARCHAR } from "../../src/base/types.ts";
import { groupAggregate } from "../../src/operators/group-aggregate.ts";
import type { ChangelogMode, GroupAggregateSpec } from "../../src/operators/operator.ts";
import { lines, run, type Subject } from "./harness.ts";
import { aggregate, field, keys, outputSchema } from "./specs.ts";

const schema: Schema = [field("k", VARCHAR), field("v", BIGINT), field("d", DOUBLE), field("s", VARCHAR)];

function subject(
  calls: readonly ReturnType<typeof aggregate>[],
  keyNames: readonly string[] = ["k"],
  mode: ChangelogMode = "append",
): Subject<GroupAggregateSpec> {
  const ks = keys(schema, ...keyNames);
  const spec = { where: undefined, keys: ks, aggregates: calls };
  return { def: groupAggregate, spec, inputs: [schema], inputModes: [mode], output: outputSchema(ks, calls, false) };
}
const call = (name: string, ...args: string[]): ReturnType<typeof aggregate> => aggregate(schema, name, args);
const count = call("COUNT");

test("changes of an epoch are consolidated, in the order of the keys' last changes (E3, E7)", () => {
  const out = run(
    subject([count, call("SUM", "v")]),
    `
    + a 1 0 x
    + b 2 0 x
    + a 3 0 x
    !
    + b null 0 x
    + a 1 0 x
    + c 1 0 x
    !
  `,
  );
  expect(out).toBe(
    lines(`
    + b 1 2
    + a 2 4
    -U b 1 2
    +U b 2 2
    -U a 2 4
    +U a 3 5
    + c 1 1
  `),
  );
});

test("inserting and deleting leaves nothing (R3)", () => {
  const all = ["SUM", "AVG", "MIN", "MAX"].flatMap((a) => [call(a, "v"), call(a, "d")]);
  const out = run(
    subject([count, ...all], ["k"], "retract"),
    `
    + a 1 0.1 x
    + a 5 NaN x
    !
    + b 2 1e300 x
    + a 9 0.3 x
    - a 9 0.3 x
    - a 5 NaN x
    - b 2 1e300 x
    !
    - a 1 0.1 x
    !
  `,
  );
  expect(out).toBe(
    lines(`
    + a 2 6 NaN 3 NaN 1 0.1 5 NaN
    -U a 2 6 NaN 3 NaN 1 0.1 5 NaN
    +U a 1 1 0.1 1 0.1 1 0.1 1 0.1
    -D a 1 1 0.1 1 0.1 1 0.1 1 0.1
  `),
  );
});

test("MIN and MAX of strings find the next value when theirs is taken back", () => {
  const out = run(
    subject([call("MIN", "s"), call("MAX", "s")], ["k"], "retract"),
    `
    + a 1 0 pear
    + a 1 0 a-long-apple-of-many-bytes
    + a 1 0 zebra-that-is-even-longer-than-the-apple
    + a 1 0 pear
    !
    - a 1 0 a-long-apple-of-many-bytes
    - a 1 0 pear
    !
    - a 1 0 zebra-that-is-even-longer-than-the-apple
    + a 1 0 null
    !
    - a 1 0 pear
    !
  `,
  );
  expect(out).toBe(
    lines(`
    + a a-long-apple-of-many-bytes zebra-that-is-even-longer-than-the-apple
    -U a a-long-apple-of-many-bytes zebra-that-is-even-longer-than-the-apple
    +U a pear zebra-that-is-even-longer-than-the-apple
    -U a pear zebra-that-is-even-longer-than-the-apple
    +U a pear pear
    -U a pear pear
    +U a null null
  `),
  );
});

test("a global aggregate has one row from the start (E3, E8)", () => {
  const out = run(subject([count, call("SUM", "v")], []), "!\n+ a 1 0 x\n!\n!");
  expect(out).toBe("+ 0 null\n-U 0 null\n+U 1 1");
});

test("DISTINCT is a GROUP BY without aggregates; COUNT(DISTINCT x) takes values back one by one", () => {
  expect(run(subject([], ["k", "v"]), "+ a 1 0 x\n+ a 1 0 x\n+ null null 0 x\n+ null null 0 y\n!")).toBe(
    "+ a 1\n+ null null",
  );
  const distinct = aggregate(schema, "COUNT", ["v"], { distinct: true });
  const out = run(
    subject([distinct], ["k"], "retract"),
    "+ a 1 0 x\n+ a 1 0 x\n+ a 2 0 x\n!\n- a 1 0 x\n!\n- a 1 0 x\n!",
  );
  expect(out).toBe("+ a 2\n-U a 2\n+U a 1");
});

test("a group whose sum does not fit is absent until it fits (V1)", () => {
  const out = run(
    subject([call("SUM", "v")], ["k"], "retract"),
    `
    + a 9223372036854775807 0 x
    !
    + a 5 0 x
    !
    + a 1 0 x
    !
    - a 5 0 x
    - a 1 0 x
    !
  `,
  );
  expect(out).toBe(
    lines(`
    + a 9223372036854775807
    -D a 9223372036854775807
    + a 9223372036854775807
    group failed OUT_OF_RANGE a
    group mended OUT_OF_RANGE a
  `),
  );
});
