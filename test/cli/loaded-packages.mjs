// Preloaded into a process under test: says on stderr which packages it loaded (start-up.test.ts).
import { registerHooks } from "node:module";

const packages = new Set();
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(resolved.url);
    if (match !== null) packages.add(match[1]);
    return resolved;
  },
});
process.on("exit", () => process.stderr.write(`loaded: ${[...packages].sort().join(" ")}\n`));
