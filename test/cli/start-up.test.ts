// Nothing large is loaded before it is used: what each command loads, and how long --version takes over bare Node.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main, runCli } from "./process.ts";

const preload = ["--import", join(import.meta.dirname, "loaded-packages.mjs")];

async function loadedBy(args: readonly string[], stdin = ""): Promise<readonly string[]> {
  const { stderr, code } = await runCli(args, { node: preload, stdin });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return (/^loaded: (.*)$/m.exec(stderr)?.[1] ?? "nothing was reported").split(" ").filter((name) => name !== "");
}

test("--version loads no package", async () => {
  expect(await loadedBy(["--version"])).toEqual([]);
});

test("--help loads the flags' parser alone", async () => {
  expect(await loadedBy(["--help"])).toEqual(["commander"]);
});

test("a run over text loads the SQL parser, and DuckDB not", async () => {
  const sql = "CREATE TABLE t (a INT); INSERT INTO t VALUES (1); SELECT a FROM t;";
  const loaded = await loadedBy(["run", "-"], sql);
  expect(loaded).toContain("chevrotain");
  expect(loaded.filter((name) => name.startsWith("@duckdb"))).toEqual([]);
});

test("--version costs little over Node itself", () => {
  const ROUNDS = 7;
  // The promise is 30 ms for the built package on a quiet machine; the sources are stripped of types on the way.
  const OVER_MS_MAX = 100;
  // Processor time, as the process itself counts it: a busy machine shows in it less than in what a clock says.
  const meter = `data:text/javascript,process.on("exit",()=>{const c=process.cpuUsage();process.stderr.write(String((c.user+c.system)/1000))})`;
  const median = (args: readonly string[]): number => {
    const times = Array.from({ length: ROUNDS }, () => {
      const { stderr } = spawnSync(process.execPath, ["--import", meter, ...args], { encoding: "utf8" });
      return Number(stderr);
    });
    return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  };
  expect(median([main, "--version"]) - median(["--eval", "0"])).toBeLessThan(OVER_MS_MAX);
});
