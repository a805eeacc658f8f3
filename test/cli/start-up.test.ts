// Nothing large is loaded before it is used. How long a start takes is for the benchmark to say (bench/start-up.ts).
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "./process.ts";

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
