/**
 * The benchmark (npm run bench, tidemark bench): every job in Tidemark and in DuckDB's batch engine on one thread, side
 * by side, one process per measurement, rounds interleaved; medians with spread, and a check that both found the same.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DURABILITY, durability } from "./durability/main.ts";
import type { Job, Measurement } from "./job.ts";
import { jobNamed, jobs } from "./jobs.ts";
import { machine, millions, spreadOf } from "./statistics.ts";

export interface BenchOptions {
  readonly names: readonly string[];
  readonly rounds: number;
  /** Scales the number of rows of jobs that make their own. */
  readonly scale: number;
  readonly json: boolean;
  readonly print: (line: string) => void;
}

type Variant = "tidemark" | "check" | "duckdb";

/** What can be asked for. */
export const jobNames: readonly string[] = [...jobs.map((job) => job.name), DURABILITY];

const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const child = fileURLToPath(new URL(`./child${extension}`, import.meta.url));

function measure(job: Job, variant: Variant, path: string, rows: number): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const args = ["--expose-gc", child, job.name, variant, path, String(rows)];
    const process_ = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let errors = "";
    process_.stdout.on("data", (text: Buffer) => (out += text.toString()));
    process_.stderr.on("data", (text: Buffer) => (errors += text.toString()));
    process_.on("error", reject);
    process_.on("close", (code) => {
      const last = out.trimEnd().split("\n").at(-1) ?? "";
      if (code !== 0 || last === "") reject(new Error(`${job.name} (${variant}) ended with ${code}: ${errors.trim()}`));
      // The child prints a Measurement.
      else resolve(JSON.parse(last) as Measurement);
    });
  });
}

/** The file of a job, made where it is not there; undefined where it cannot be had. */
async function fileOf(job: Job): Promise<string | undefined> {
  if (job.input.from === "columns") return "";
  const folder = join(tmpdir(), "tidemark-bench");
  await mkdir(folder, { recursive: true });
  const path = isAbsolute(job.input.file) ? job.input.file : join(folder, job.input.file);
  if (existsSync(path)) return path;
  if (isAbsolute(job.input.file)) return undefined;
  await job.input.make(path, job.rows);
  return path;
}

async function benchmark(job: Job, options: BenchOptions): Promise<void> {
  const path = await fileOf(job);
  if (path === undefined) {
    options.print(`${job.name}: skipped, its data is a development package`);
    return;
  }
  const rows = job.input.from === "columns" ? Math.round(job.rows * options.scale) : job.rows;
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  for (let round = 0; round < options.rounds; round++) {
    ours.push(await measure(job, "tidemark", path, rows));
    theirs.push(await measure(job, "duckdb", path, rows));
  }
  const check = await measure(job, "check", path, rows);
  const found = check.check.join(" ");
  const wanted = theirs[0]?.check.join(" ") ?? "";
  const mine = spreadOf(ours.map((m) => m.rows / m.seconds));
  const duck = spreadOf(theirs.map((m) => m.rows / m.seconds));
  const ratio = mine.median / duck.median;
  const rssBytes = Math.max(...ours.map((m) => m.rssBytes));
  if (options.json) {
    const { name, goal } = job;
    const same = found === wanted;
    options.print(
      JSON.stringify({ name, rows, tidemark: mine, duckdb: duck, ratio, rssBytes, same, check: found, goal }),
    );
  } else {
    options.print(line(job.title, rows, [mine, duck], ratio, rssBytes));
  }
  if (found !== wanted) throw new Error(`${job.name}: the results differ: Tidemark ${found}, DuckDB ${wanted}`);
}

const percent = (share: number): string => `±${(share * 100).toFixed(0)} %`;

function line(
  title: string,
  rows: number,
  [mine, duck]: readonly [ReturnType<typeof spreadOf>, ReturnType<typeof spreadOf>],
  ratio: number,
  rssBytes: number,
): string {
  return (
    `| ${title} | ${(rows / 1e6).toFixed(0)} M | ${millions(mine.median)} ${percent(mine.spread)} | ` +
    `${millions(duck.median)} ${percent(duck.spread)} | ${ratio.toFixed(2)} x | ${(rssBytes / 2 ** 20).toFixed(0)} MiB |`
  );
}

export async function bench(options: BenchOptions): Promise<void> {
  const names = options.names.length === 0 ? jobNames : options.names;
  const chosen = names.filter((name) => name !== DURABILITY).map(jobNamed);
  if (!options.json && chosen.length > 0) {
    options.print(`${machine()}; Node ${process.version}; ${options.rounds} rounds; DuckDB batch on one thread`);
    options.print("");
    options.print("| job | rows | Tidemark | DuckDB | ratio | memory |");
    options.print("|---|---|---|---|---|---|");
  }
  for (const job of chosen) await benchmark(job, options);
  if (names.includes(DURABILITY)) await durability(options);
}

/** Puts the printed tables between the marks of docs/benchmarks.md, each where it is one that was printed. */
async function rewritePage(lines: readonly string[]): Promise<void> {
  const page = new URL("../docs/benchmarks.md", import.meta.url);
  const text = await readFile(page, "utf8");
  const heads = lines.flatMap((each, i) => (each.startsWith(machine()) ? [i] : []));
  const tables = heads.map((head, i) => lines.slice(head, heads[i + 1]));
  let written = text;
  for (const table of tables) {
    const mark = table.some((each) => each.startsWith(`| ${DURABILITY} |`)) ? ` ${DURABILITY}` : "";
    const marked = new RegExp(`(<!-- begin${mark} -->\\n).*?(<!-- end${mark} -->)`, "s");
    written = written.replace(
      marked,
      (_, begin: string, end: string) => `${begin}${table.join("\n").trimEnd()}\n${end}`,
    );
  }
  await writeFile(page, written);
}

if (import.meta.main) {
  const lines: string[] = [];
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      scale: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  await bench({
    names: positionals,
    rounds: Number(values.rounds),
    scale: Number(values.scale),
    json: values.json,
    print: (text) => {
      lines.push(text);
      process.stdout.write(`${text}\n`);
    },
  });
  if (values.write) await rewritePage(lines);
}
