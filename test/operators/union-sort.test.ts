import { expect, test } from "vitest";
import { BIGINT, DOUBLE, INT, type Schema, timestamp, VARCHAR } from "../../src/base/types.ts";
import type { ChangelogMode, SortSpec } from "../../src/operators/operator.ts";
import { sort } from "../../src/operators/sort.ts";
import { union } from "../../src/operators/union.ts";
import { lines, run, type Subject } from "./harness.ts";
import { field } from "./specs.ts";

const schema: Schema = [field("ts", timestamp(3), false), field("k", VARCHAR), field("v", BIGINT), field("d", DOUBLE)];

test("UNION ALL puts the rows of its inputs out in the order of their origins", () => {
  const subject = {
    def: union,
    stateless: true,
    spec: { all: true } as const,
    inputs: [schema, schema],
    output: schema,
  };
  const out = run(
    subject,
    `
    0: + 1 a 1 0.5
    1: + 2 b null null
    1: + 3 a-string-of-more-than-eight-bytes 3 NaN
    ~ 2
    0: + 4 null 4 -0
    ~ end
  `,
  );
  expect(out).toBe(
    lines(`
    + 1 a 1 0.5
    + 2 b null null
    + 3 a-string-of-more-than-eight-bytes 3 NaN
    + 4 null 4 -0
  `),
  );
});

test("UNION ALL keeps kinds of change", () => {
  const modes: readonly ChangelogMode[] = ["append", "retract"];
  const subject = {
    def: union,
    stateless: true,
    spec: { all: true } as const,
    inputs: [schema, schema],
    inputModes: modes,
    output: schema,
  };
  expect(run(subject, "0: + 1 a 1 0\n1: -U 2 b 1 0\n1: +U 2 b 2 0\n1: -D 3 c 1 0")).toBe(
    "+ 1 a 1 0\n-U 2 b 1 0\n+U 2 b 2 0\n-D 3 c 1 0",
  );
});

function sorted(spec: Partial<SortSpec>, mode: ChangelogMode = "append"): Subject<SortSpec> {
  const full: SortSpec = { keys: [], offset: 0, limit: undefined, ...spec };
  return { def: sort, spec: full, inputs: [schema], inputModes: [mode], output: schema };
}
const by = (column: number, descending = false, nullsFirst = descending): SortSpec["keys"][number] => ({
  column,
  descending,
  nullsFirst,
});
const rows = `
  + 1 b 2 NaN
  + 2 a null 1
  + 3 b 1 -1
  + 4 null 2 null
  + 5 a 3 2
  ~ 1000
  ~ end
`;

test("ORDER BY puts rows out at the end, equal ones in the order of their positions", () => {
  expect(run(sorted({ keys: [by(1)] }), rows)).toBe(
    lines(`
    + 2 a null 1
    + 5 a 3 2
    + 1 b 2 NaN
    + 3 b 1 -1
    + 4 null 2 null
  `),
  );
  expect(run(sorted({ keys: [by(3, true, false)] }), rows)).toBe(
    lines(`
    + 1 b 2 NaN
    + 5 a 3 2
    + 2 a null 1
    + 3 b 1 -1
    + 4 null 2 null
  `),
  );
});

test("LIMIT and OFFSET, with NULLs first", () => {
  expect(run(sorted({ keys: [by(2, false, true), by(1)], offset: 1, limit: 2 }), rows)).toBe("+ 3 b 1 -1\n+ 1 b 2 NaN");
  expect(run(sorted({ limit: 0 }), rows)).toBe("");
});

test("ORDER BY over updating input sorts what is left, ties by all columns (R9)", () => {
  const out = run(
    sorted({ keys: [by(1)] }, "retract"),
    `
    + 2 a 2 0
    + 1 a 1 0
    + 1 b 1 0
    + 2 a 2 0
    -U 2 a 2 0
    +U 9 c 2 0
    -D 1 b 1 0
    ~ end
    !
  `,
  );
  expect(out).toBe("+ 1 a 1 0\n+ 2 a 2 0\n+ 9 c 2 0");
});

test("a column that is NOT NULL needs no validity", () => {
  const narrow: Schema = [field("n", INT, false)];
  const subject = { def: union, stateless: true, spec: { all: true } as const, inputs: [narrow], output: narrow };
  expect(run(subject, "+ 3\n+ 1\n+ 2")).toBe("+ 3\n+ 1\n+ 2");
});
