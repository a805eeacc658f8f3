/**
 * What durability costs: `npm run bench -- durability [--scale 0.01]`. Each measure in a process of its own, in a folder
 * of the temporary folder's disk (TMPDIR says which). As a program of its own: `main.ts MEASURE FOLDER SCALE`.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { machine } from "../statistics.ts";
import { commits, throughput } from "./epochs.ts";
import type { Figure, Measure } from "./figure.ts";
import { recovery, stall } from "./keyed.ts";
import { size } from "./size.ts";

export const DURABILITY = "durability";

const measures: Readonly<Record<string, Measure>> = { commits, throughput, stall, recovery, size };

async function measured(name: string, scale: number): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  try {
    const args = [fileURLToPath(import.meta.url), name, folder, String(scale)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    // The child prints figures.
    return JSON.parse(stdout) as readonly Figure[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function durability(options: {
  readonly scale: number;
  readonly json: boolean;
  readonly print: (line: string) => void;
}): Promise<void> {
  const { scale, json, print } = options;
  if (!json) {
    print(`${machine()}; Node ${process.version}; scale ${scale}`);
    print("");
    print("| durability | | beside | | ratio |");
    print("|---|---|---|---|---|");
  }
  for (const name of Object.keys(measures)) {
    for (const figure of await measured(name, scale)) {
      const { what, value, beside } = figure;
      if (json) print(JSON.stringify({ name: `${DURABILITY}.${name}`, scale, ...figure }));
      else
        print(
          `| ${what} | ${value} | ${beside?.what ?? ""} | ${beside?.value ?? ""} | ${beside === undefined ? "" : `${beside.ratio.toFixed(2)} x`} |`,
        );
    }
  }
}

if (import.meta.main) {
  const [name = "", folder = "", scale = "1"] = process.argv.slice(2);
  const measure = measures[name];
  if (measure === undefined) throw new Error(`no measure is called ${name}`);
  process.stdout.write(JSON.stringify(await measure(folder, Number(scale))));
}
