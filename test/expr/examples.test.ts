/** Every example of the reference is executed, by both faces. */
import { describe, expect, test } from "vitest";
import { rowErrors } from "../../src/base/row-error.ts";
import { functions } from "../../src/expr/functions/index.ts";
import { valueToCsv } from "../../src/expr/text.ts";
import { emitted, type Outcome, reference } from "./run.ts";
import { bind } from "./sql.ts";

const shown = (type: Parameters<typeof valueToCsv>[0], o: Outcome): string => {
  if ("error" in o) return `error ${rowErrors[o.error].sqlstate}`;
  return o.value === null ? "NULL" : valueToCsv(type, o.value);
};

describe.each(Object.values(functions).map((f) => [f.name, f] as const))("%s", (_, f) => {
  test("the examples are right", () => {
    expect(f.examples.length).toBeGreaterThan(0);
    for (const { sql, result } of f.examples) {
      const e = bind(sql);
      expect(shown(e.type, reference(e, { leaf: () => null, watermark: null })), sql).toBe(result);
      const [outcome] = emitted("wasm", [{ name: "c", type: { kind: "INT" }, nullable: true }], e, [[1]]);
      expect(outcome === undefined ? "nothing" : shown(e.type, outcome), sql).toBe(result);
    }
  });
});
