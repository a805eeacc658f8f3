/**
 * What a start costs, of the built command as a person has it: `npm run build && node bench/start-up.ts [rounds]` (15).
 * Bare Node, `--version`, and a window query over a file of 1,000 rows, in turn; wall-clock milliseconds of the whole
 * process. Promised: `--version` within 30 ms of bare Node, the file within 400 ms.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machine, spreadOf } from "./statistics.ts";

const ROWS = 1000;
const command = fileURLToPath(new URL("../bin/tidemark.js", import.meta.url));
if (!existsSync(new URL("../dist/src/cli/main.js", import.meta.url))) throw new Error("not built yet: npm run build");

const rounds = Number(process.argv[2] ?? "15");
const folder = mkdtempSync(join(tmpdir(), "tidemark-start-up-"));
const rows = Array.from({ length: ROWS }, (_, i) => {
  const at = new Date(Date.UTC(2026, 0, 1) + 1000 * i).toISOString();
  return `{"shop":"shop ${i % 7}","price":${i}.5,"at":"${at}"}\n`;
});
writeFileSync(join(folder, "rows.ndjson"), rows.join(""));
writeFileSync(
  join(folder, "query.sql"),
  `CREATE TABLE orders (shop STRING, price DECIMAL(10, 2), at TIMESTAMP(3), WATERMARK FOR at)
     WITH ('connector' = 'filesystem', 'path' = 'rows.ndjson', 'format' = 'json');
   SELECT shop, window_end, SUM(price) AS revenue FROM TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' MINUTE)
   GROUP BY shop, window_start, window_end;`,
);

const commands: readonly (readonly [string, readonly string[]])[] = [
  ["bare Node", ["--eval", "0"]],
  ["tidemark --version", [command, "--version"]],
  [`tidemark run, ${ROWS} rows of NDJSON`, [command, "run", join(folder, "query.sql")]],
];
const times = commands.map((): number[] => []);
// One round more than is counted: the first fills the cache of compiled code, as any first start does.
for (let round = 0; round <= rounds; round++) {
  commands.forEach(([name, args], i) => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const spent = performance.now() - start;
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
    if (round > 0) times[i]?.push(spent);
  });
}
rmSync(folder, { recursive: true });

process.stdout.write(`${machine()}; Node ${process.version}; ${rounds} rounds\n\n| start | ms |\n|---|---|\n`);
commands.forEach(([name], i) => {
  const { median, spread } = spreadOf(times[i] ?? []);
  process.stdout.write(`| ${name} | ${median.toFixed(0)} ±${(100 * spread).toFixed(0)} % |\n`);
});
