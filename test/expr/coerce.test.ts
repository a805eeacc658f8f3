/** Which types turn into which, without being asked and when asked. */
import { expect, test } from "vitest";
import { type SqlType, typeText } from "../../src/base/types.ts";
import { canAssign, canCastExplicitly, canCastImplicitly, commonType, commonTypeOf } from "../../src/expr/coerce.ts";
import { someTypes } from "./values.ts";

const types = new Map<string, SqlType>([...someTypes, { kind: "NULL" } as const].map((t) => [typeText(t), t]));
function type(text: string): SqlType {
  const found = types.get(text);
  if (found === undefined) throw new Error(`no type ${text}`);
  return found;
}
const common = (...names: string[]): string => {
  const found = commonType(names.map(type));
  return found === undefined ? "none" : typeText(found);
};

test("the common type is the narrowest that holds all", () => {
  expect(common("INT", "BIGINT")).toBe("BIGINT");
  expect(common("INT", "DECIMAL(5, 2)")).toBe("DECIMAL(12, 2)");
  expect(common("BIGINT", "DECIMAL(38, 10)")).toBe("DECIMAL(38, 10)");
  expect(common("INT", "DOUBLE")).toBe("DOUBLE");
  expect(common("FLOAT", "FLOAT")).toBe("FLOAT");
  expect(common("FLOAT", "INT")).toBe("DOUBLE");
  expect(common("NULL", "DATE")).toBe("DATE");
  expect(common("NULL", "NULL")).toBe("NULL");
  expect(common("DATE", "TIMESTAMP(3)")).toBe("TIMESTAMP(3)");
  expect(common("TIMESTAMP(6)", "TIMESTAMP_LTZ(3)")).toBe("TIMESTAMP_LTZ(6)");
  expect(common("CHAR(3)", "VARCHAR(5)")).toBe("VARCHAR(5)");
  expect(common("VARCHAR(5)", "STRING")).toBe("STRING");
  expect(common("INT", "STRING")).toBe("none");
  expect(common("BOOLEAN", "INT")).toBe("none");
  expect(common("INTERVAL DAY TO SECOND", "INTERVAL YEAR TO MONTH")).toBe("none");
});

test("a string literal takes the type of the others, a string column does not", () => {
  const text = (literal: string | undefined) => ({ type: type("STRING"), nullable: false, literal });
  const time = { type: type("TIMESTAMP(3)"), nullable: true, literal: undefined };
  expect(commonTypeOf([time, text("2026-01-01 00:00:00")])).toEqual(time.type);
  expect(commonTypeOf([time, text(undefined)])).toBeUndefined();
  expect(commonTypeOf([text("a"), text("b")])).toEqual(type("STRING"));
});

test("what is cast implicitly can be assigned, what can be assigned can be cast", () => {
  for (const from of types.values()) {
    for (const to of types.values()) {
      if (canCastImplicitly(from, to)) expect(canAssign(from, to), `${typeText(from)} to ${typeText(to)}`).toBe(true);
      if (canAssign(from, to) && to.kind !== "NULL") {
        expect(canCastExplicitly(from, to), `${typeText(from)} to ${typeText(to)}`).toBe(true);
      }
    }
  }
});

test("narrowing is never implicit", () => {
  const narrowing = [
    ["BIGINT", "INT"],
    ["DOUBLE", "DECIMAL(38, 10)"],
    ["DECIMAL(23, 3)", "DECIMAL(5, 2)"],
    ["STRING", "VARCHAR(5)"],
    ["TIMESTAMP(6)", "TIMESTAMP(3)"],
    ["TIMESTAMP(3)", "DATE"],
  ] as const;
  for (const [from, to] of narrowing) {
    expect(canCastImplicitly(type(from), type(to)), `${from} to ${to}`).toBe(false);
    expect(canAssign(type(from), type(to)), `${from} to ${to}`).toBe(true);
  }
  expect(canAssign(type("STRING"), type("INT"))).toBe(false);
});
