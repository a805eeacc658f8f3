// The README's examples, executed: files (` ```sql file=x.sql `) are written into an empty folder, programs (` ```js file=x.js `)
// and commands (` ```console `, lines with `$`) are run there, in order, and print what the README shows.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../cli/process.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

interface Block {
  readonly language: string;
  readonly file: string | undefined;
  readonly text: string;
}

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)(?: file=(\S+))?\n(.*?)^```$/gms)].map(
  ([, language = "", file, text = ""]) => ({ language, file, text }),
);

/** The commands of a console block, each with what it prints. */
function commandsOf(text: string): readonly { readonly command: string; readonly output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...output] = part.split("\n");
      return { command, output: output.join("\n").trimEnd() };
    });
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-readme-"));
  for (const { file, text } of blocks) {
    // The package by its name, as a reader has it installed.
    const library = pathToFileURL(join(root, "src/index.ts")).href;
    if (file !== undefined) writeFileSync(join(folder, file), text.replace('from "tidemark"', `from "${library}"`));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shell(command: string): Promise<string> {
  const ours = command.replaceAll(/\btidemark (?=run|check|explain|generate)/g, `"${process.execPath}" "${main}" `);
  const script = ours.replace(/^node /, `"${process.execPath}" `);
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], { cwd: folder }, (error, stdout, stderr) => {
      if (error instanceof Error && error.code === undefined) reject(error);
      else resolve(`${stdout}${stderr}`.trimEnd());
    });
  });
}

const commands = blocks.filter((block) => block.language === "console").flatMap((block) => commandsOf(block.text));

describe("the README", () => {
  test("has commands to try", () => {
    expect(commands.length).toBeGreaterThanOrEqual(3);
  });

  test.each(commands)("$command prints what is shown", async ({ command, output }) => {
    expect(await shell(command)).toBe(output);
  });
});
