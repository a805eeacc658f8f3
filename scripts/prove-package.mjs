// Proves the published package: packs it (which builds it), installs the tarball into an empty folder, and runs it there
// with this Node: the command over a query of its own, and a TypeScript-free program that embeds the library.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tidemark-package-"));
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function expect(what, got, wanted) {
  if (got.trim() !== wanted.trim()) {
    throw new Error(`${what}: expected\n${wanted}\ngot\n${got}`);
  }
  console.log(`ok: ${what}`);
}

const SQL = `CREATE TABLE orders (shop STRING, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts);
INSERT INTO orders VALUES ('a', 3, TIMESTAMP '2026-01-01 00:00:01'), ('a', 4, TIMESTAMP '2026-01-01 00:00:02'),
  ('b', 5, TIMESTAMP '2026-01-01 00:00:03');
SELECT shop, window_end, SUM(price) AS revenue
FROM TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY shop, window_start, window_end;
`;

const PROGRAM = `import { open } from "tidemark";
await using db = await open();
await db.execute("CREATE TABLE t (k INT, ts TIMESTAMP(3), WATERMARK FOR ts)");
await db.execute("CREATE MATERIALIZED VIEW v AS SELECT k, COUNT(*) AS n FROM t GROUP BY k");
await db.insert("t", [{ k: 1, ts: "2026-01-01T00:00:00.000" }, { k: 1, ts: "2026-01-01T00:00:01.000" }]);
console.log((await db.query("SELECT k, n FROM v")).map((row) => row.k + ":" + row.n).join(" "));
`;

const SNAPSHOT = `import { Worker } from "node:worker_threads";
const worker = new Worker("./node_modules/tidemark/dist/src/connectors/snapshots/worker.js");
worker.once("message", (answer) => {
  console.log(answer.kind);
  worker.postMessage({ kind: "close" });
});
worker.postMessage({ kind: "write", write: 1, path: "s.duckdb", tables: [] });
`;

try {
  run("npm", ["pack", "--loglevel=error", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  writeFileSync(join(folder, "package.json"), '{ "name": "stranger", "private": true, "type": "module" }\n');
  run("npm", ["install", "--loglevel=error", "--no-audit", "--no-fund", "--no-save", `./${tarball}`], folder);
  const { version } = JSON.parse(readFileSync(join(folder, "node_modules", "tidemark", "package.json"), "utf8"));
  const command = join(folder, "node_modules", ".bin", "tidemark");
  expect("the version", run(command, ["--version"], folder), version);
  writeFileSync(join(folder, "revenue.sql"), SQL);
  expect(
    "a query in a file",
    run(command, ["run", "--format", "json", "revenue.sql"], folder),
    '{"shop":"a","window_end":"2026-01-01T00:00:10.000","revenue":7}\n' +
      '{"shop":"b","window_end":"2026-01-01T00:00:10.000","revenue":5}',
  );
  writeFileSync(join(folder, "embed.js"), PROGRAM);
  expect("the library", run(process.execPath, ["embed.js"], folder), "1:2");
  writeFileSync(join(folder, "snapshot.js"), SNAPSHOT);
  expect("the thread that writes snapshots", run(process.execPath, ["snapshot.js"], folder), "written");
  // Without the development data the demo shows what the package carries.
  const demo = run(command, ["demo", "--for", "5s"], folder);
  expect("the demo", String(/a week of earthquakes/.test(demo) && /window /.test(demo)), "true");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
