/** This package on the machine: where it lies, and which version it is. */
import { existsSync, readFileSync } from "node:fs";

/** The folder of its manifest, wherever this code lies below it (source, or bundled in dist). */
export function packageRoot(): URL {
  let folder = new URL(".", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const above = new URL("..", folder);
    if (above.href === folder.href) throw new Error("the package has lost its package.json");
    folder = above;
  }
  return folder;
}

export function packageVersion(): string {
  const manifest = readFileSync(new URL("package.json", packageRoot()), "utf8");
  // The shape is our own file's.
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
