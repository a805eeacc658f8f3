/** The version of this package, from its own manifest. */
import { readFileSync } from "node:fs";
import { packageRoot } from "./package-root.ts";

export function version(): string {
  const manifest = readFileSync(new URL("package.json", packageRoot()), "utf8");
  // The shape is our own file's.
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
