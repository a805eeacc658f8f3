/** The engine under special flags of the runtime: no code from strings; no WebAssembly at all (the IR interpreter). */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { writePlainTree } from "./plain-tree.ts";

const run = promisify(execFile);
const minutes = 60_000;

test("conformance and oracle programs run where no code can be made from strings", {
  timeout: 5 * minutes,
}, async () => {
  const { stdout } = await run(process.execPath, [
    "--disallow-code-generation-from-strings",
    join(import.meta.dirname, "play-all.ts"),
    "300",
  ]);
  expect(stdout).toContain("0 differ");
});

test("a sample runs without WebAssembly", { timeout: 5 * minutes }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-jitless-"));
  try {
    writePlainTree(folder, ["src", "grammar", "test/conformance", "test/oracle", "test/modes"]);
    const { stdout } = await run(process.execPath, ["--jitless", join(folder, "test/modes/play-all.js"), "3"]);
    expect(stdout).toContain("0 differ");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
