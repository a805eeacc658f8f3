// Completes package-lock.json after `npm install` (npm run lock).
//
// Some packages ship one optional package per platform. Where the registry in use lacks one of them, npm leaves it out of
// the lockfile, and `npm ci` then refuses that lockfile as incomplete. This adds an entry for every platform package that
// another package names with an exact version; platform, processor and C library are read off its name.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../package-lock.json", import.meta.url);
const systems = new Set([
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
]);
const processors = new Set([
  "arm",
  "arm64",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
]);

/** `@oxc-parser/binding-linux-x64-musl` -> linux, x64, musl. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const libc = words.find((word) => word === "musl" || word === "glibc");
  return { os: words.find((word) => systems.has(word)), cpu: words.find((word) => processors.has(word)), libc };
}

function entryFor(name, version, parent) {
  const { os, cpu, libc } = platformOf(name);
  return {
    version,
    ...(cpu !== undefined && { cpu: [cpu] }),
    ...(parent.dev === true && { dev: true }),
    ...(libc !== undefined && { libc: [libc] }),
    optional: true,
    ...(os !== undefined && { os: [os] }),
  };
}

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const missing = Object.entries(lock.packages).flatMap(([path, parent]) =>
  Object.entries(parent.optionalDependencies ?? {})
    .filter(([, version]) => /^\d/.test(version))
    .filter(
      ([name]) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
    )
    .map(([name, version]) => [`node_modules/${name}`, entryFor(name, version, parent)]),
);
for (const [path, entry] of missing) lock.packages[path] = entry;
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} platform packages added to package-lock.json`);
