/** Time, waiting and chance are handed in: the linter refuses every other way to them, and lets through what only looks alike. */
import { ESLint, Linter } from "eslint";
import { expect, test } from "vitest";

const REFUSED = [
  "Date.now()",
  "new Date()",
  "Date()",
  "const { now } = Date",
  "Temporal.Now.instant()",
  "performance.now()",
  "process.hrtime.bigint()",
  "process.nextTick(f)",
  "AbortSignal.timeout(5)",
  "setTimeout(f, 5)",
  "setInterval(f, 5)",
  "setImmediate(f)",
  'import { setTimeout } from "node:timers/promises"',
  'import { setImmediate } from "timers"',
  'import { performance } from "node:perf_hooks"',
  'import { hrtime } from "node:process"',
  "Math.random()",
  "const { random } = Math",
  "crypto.randomUUID()",
];
const ALLOWED = ["new Date(0)", "Date.UTC(2026, 0)", "Math.max(1, 2)", "clock.now()", "o.performance", "o.crypto"];

const eslint = new ESLint();
const linter = new Linter();

/** What the rules that are for `file` say of a line of it. */
async function said(file: string, code: string): Promise<number> {
  // The type is of what a configuration may be; ours is known.
  const config = (await eslint.calculateConfigForFile(file)) as { readonly rules: Linter.RulesRecord };
  const rules = Object.entries(config.rules).filter(([name]) => name.startsWith("no-restricted-"));
  return linter.verify(code, { rules: Object.fromEntries(rules) }).length;
}

const FILES = [
  "src/base/batch.ts",
  "src/state/directory.ts",
  "src/operators/calc.ts",
  "src/runtime/run.ts",
  "src/connectors/stdin.ts",
  "src/engine/state.ts",
  "src/engine.ts",
  "grammar/parse.ts",
];

test.each(FILES)("%s has no time and chance of its own", async (file) => {
  for (const code of REFUSED) expect(await said(file, code), code).toBeGreaterThan(0);
  for (const code of ALLOWED) expect(await said(file, code), code).toBe(0);
});

test("below the connectors nothing reaches outside the process", async () => {
  for (const name of ["fs", "net", "crypto", "worker_threads"]) {
    expect(await said("src/runtime/run.ts", `import x from "node:${name}"`), name).toBeGreaterThan(0);
  }
  for (const name of ["env", "cwd", "argv", "exit"]) {
    expect(await said("src/runtime/run.ts", `process.${name}`), name).toBeGreaterThan(0);
  }
});

test("the machine's clock is one file", async () => {
  expect(await said("src/connectors/clock.ts", "Date.now()")).toBe(0);
});
