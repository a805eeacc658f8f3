// The package as others meet it: an older Node, npm's own scripts, what is published. (That the tarball installs and runs is
// proved by scripts/prove-package.mjs, which .ci/run calls.)
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

interface Manifest {
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

// The shape is our own file's.
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** A Node below 24 outside this project, where the machine has one. */
function olderNode(): string | undefined {
  const places = ["/usr/bin/node", "/usr/local/bin/node", process.env["TIDEMARK_OLD_NODE"] ?? ""];
  return places.find((path) => {
    if (!existsSync(path)) return false;
    const version = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout;
    return Number(/^v(\d+)/.exec(version)?.[1] ?? 99) < 24;
  });
}

test("an older Node gets one clear line and exit 2", (ctx) => {
  const node = olderNode();
  if (node === undefined) {
    console.warn("skipped: this machine has no Node below 24");
    ctx.skip("this machine has no Node below 24");
    return;
  }
  const { status, stdout, stderr } = spawnSync(node, [join(root, "bin/tidemark.js"), "run", "x.sql"], {
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^tidemark needs Node\.js 24 or later; this is \d+\.\d+\.\d+ \(.*\)\n$/);
});

test("npm's scripts run on the pinned Node, whatever the system has", () => {
  const version = execFileSync("npm", ["exec", "--offline", "-c", "node --version"], { cwd: root, encoding: "utf8" });
  expect(version.trim()).toBe(`v${manifest.devDependencies["node"]}`);
  expect(process.version).toBe(version.trim());
});

test("every dependency is pinned to an exact version", () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("what the manifest publishes is there, the built part excepted", () => {
  const named = [...manifest.files, ...Object.values(manifest.bin)].filter((name) => !name.startsWith("dist/"));
  expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

test("the lockfile names every platform's packages, and no registry", () => {
  const text = readFileSync(join(root, "package-lock.json"), "utf8");
  expect(text).not.toContain('"resolved"');
  interface Locked {
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  // The shape is npm's, lockfile version 3.
  const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, Locked>> };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([, version]) => /^\d/.test(version))
      .map(([name]) => name)
      .filter((name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages)),
  );
  expect(missing).toEqual([]);
});
