/** The page of connectors is what the definitions say. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { connectorsPage } from "../../src/connectors/docs.ts";
import { findSink, findSource } from "../../src/connectors/index.ts";
import { parseDuration } from "../../src/connectors/options.ts";
import { span } from "./read.ts";

test("docs/connectors.md is made from the definitions", () => {
  expect(readFileSync("docs/connectors.md", "utf8")).toBe(connectorsPage());
});
test("an unknown connector is refused with a suggestion, and one of the other kind by name", () => {
  expect(() => findSource("filesytem", span)).toThrow(
    expect.objectContaining({ code: "UNKNOWN_CONNECTOR", didYouMean: "filesystem" }),
  );
  expect(() => findSource("blackhole", span)).toThrow(expect.objectContaining({ code: "NOT_A_SOURCE" }));
  expect(() => findSink("nexmark", span)).toThrow(expect.objectContaining({ code: "NOT_A_SINK" }));
});
test("durations", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["10s", 10_000],
    ["1.5 h", 5_400_000],
    ["2 minutes 30 seconds", 150_000],
    ["5ms", 5],
    ["1 day", 86_400_000],
    ["", undefined],
    ["10", undefined],
    ["10 parsecs", undefined],
  ];
  for (const [text, ms] of cases) expect(parseDuration(text)).toBe(ms);
});
