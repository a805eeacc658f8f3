/** The sources and some tests as plain JavaScript in a folder: what a runtime without WebAssembly can load. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Writes `folders` of the repository as JavaScript into `target`, with the repository's node_modules beside them. */
export function writePlainTree(target: string, folders: readonly string[]): void {
  writeFileSync(join(target, "package.json"), `{ "type": "module" }`);
  symlinkSync(join(root, "node_modules"), join(target, "node_modules"));
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const from = join(entry.parentPath, entry.name);
      const to = join(target, from.slice(root.length + 1));
      mkdirSync(dirname(to), { recursive: true });
      if (!from.endsWith(".ts")) {
        cpSync(from, to);
        continue;
      }
      const plain = stripTypeScriptTypes(readFileSync(from, "utf8"));
      writeFileSync(
        to.replace(/\.ts$/, ".js"),
        plain.replace(/((?:from|import)\s*\(?\s*["'][^"']+)\.ts(["'])/g, "$1.js$2"),
      );
    }
  }
}
