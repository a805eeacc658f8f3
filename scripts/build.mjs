// Builds dist/ from src/, grammar/ and bench/ (npm run build). TypeScript checks and writes declarations and JavaScript;
// then the library and the command are bundled into few files: opening four hundred modules costs more time at the
// start than everything else. Packages stay outside; the benchmark stays as it is, for it starts processes of its own.
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

/** Modules that threads begin with: files of their own. Others name them by `new URL("./<name>.ts", import.meta.url)`. */
const THREADS = ["src/connectors/snapshots/worker"];
const MARK = "thread:";

const threads = {
  name: "threads",
  transform(code, id) {
    return code.replaceAll(/new URL\("(\.\/[\w-]+)\.ts", import\.meta\.url\)/g, (_, name) => {
      const thread = relative(dist, join(dirname(id), name));
      if (!THREADS.includes(thread))
        throw new Error(`${id} begins a thread with ${thread}, which is not one of THREADS`);
      return `new URL("${MARK}${thread}.js", import.meta.url)`;
    });
  },
  // Where a module ends up is known only now.
  renderChunk(code, chunk) {
    return code.replaceAll(new RegExp(`"${MARK}([^"]+)"`, "g"), (_, thread) =>
      JSON.stringify(`./${relative(dirname(chunk.fileName), thread)}`),
    );
  },
};

/** How src/cli/commands/bench.ts names the benchmark. */
const BENCH = "../../../bench/main.js";

const bundle = await rolldown({
  input: Object.fromEntries(["src/cli/main", "src/index", ...THREADS].map((name) => [name, join(dist, `${name}.js`)])),
  platform: "node",
  external: (id) => /^[^./]/.test(id) || id === BENCH,
  // A chunk lies one folder higher than the module that it holds.
  plugins: [threads, { name: "bench", renderChunk: (code) => code.replaceAll(BENCH, BENCH.slice("../".length)) }],
});
const bundled = join(dist, "bundled");
await bundle.write({ dir: bundled, format: "esm", chunkFileNames: "src/cli/[name]-[hash].js" });
for (const folder of ["src", "grammar"]) {
  for (const entry of readdirSync(join(dist, folder), { recursive: true, withFileTypes: true })) {
    if (/\.js(\.map)?$/.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
  }
}
cpSync(bundled, dist, { recursive: true });
rmSync(bundled, { recursive: true });
