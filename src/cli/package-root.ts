/** The folder of this package: that of its manifest, wherever this code lies below it (source, or bundled in dist). */
import { existsSync } from "node:fs";

export function packageRoot(): URL {
  let folder = new URL(".", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const above = new URL("..", folder);
    if (above.href === folder.href) throw new Error("the package has lost its package.json");
    folder = above;
  }
  return folder;
}
