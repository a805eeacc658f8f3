// What the command line answers to wrong and to simple use: exit codes, and which stream says it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "./process.ts";

test("--version prints the version of the package on stdout", async () => {
  const ended = await runCli(["--version"]);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("--help prints every command on stdout", async () => {
  const { stdout, code } = await runCli(["--help"]);
  expect(code).toBe(0);
  for (const command of ["run", "check", "explain", "demo", "generate", "bench", "state"])
    expect(stdout).toContain(`  ${command} `);
});

test.each(["run", "check", "explain", "demo", "generate", "bench", "state"])(
  "%s --help shows its flags",
  async (command) => {
    const { stdout, code } = await runCli([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: tidemark ${command}`);
  },
);

test.each([
  [[], "Usage: tidemark"],
  [["rnu"], "Did you mean run?"],
  [["run"], "missing required argument 'file'"],
  [["run", "no-such-file.sql"], "no-such-file.sql: no such file"],
  [["run", "--format", "xml", "a.sql"], "Allowed choices are table, json, csv"],
  [["run", "--param", "novalue", "a.sql"], "Write it as name=value"],
  [["run", "--param", "a=1", "--param", "a=2", "a.sql"], "a is given twice"],
  [["run", "-", "-"], "standard input (-) is given twice"],
  [["run", "--parallelism", "4", "a.sql"], "--parallelism is not in this version"],
  [["demo", "--for", "soon"], "Write it like 10s"],
  [["generate", "nexmark", "--format", "parquet"], "--format parquet is not in this version"],
  [["bench", "nosuchjob"], "there is no job nosuchjob"],
])("tidemark %j is refused with exit 2", async (args, message) => {
  const { stdout, stderr, code } = await runCli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});

test.each(["serve", "sql", "why", "fmt", "doctor", "functions"])("%s is refused by name", async (command) => {
  const { stdout, stderr, code } = await runCli([command]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`tidemark ${command} is not in version`);
});

test("a file that is missing does not keep the others from being checked; the answer is 2 all the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-check-"));
  try {
    const [good, bad] = [join(folder, "good.sql"), join(folder, "bad.sql")];
    writeFileSync(good, "SELECT 1 AS a;");
    writeFileSync(bad, "SELECT a;");
    const { stdout, stderr, code } = await runCli(["check", good, join(folder, "none.sql"), bad]);
    expect({ stdout, code }).toEqual({ stdout: `${good}: ok\n`, code: 2 });
    expect(stderr).toContain("bad.sql:1:8");
    expect(stderr).toMatch(/error: .*none\.sql: no such file\n/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
