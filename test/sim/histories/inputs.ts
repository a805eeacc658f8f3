/** What lies on the disk before a history: files of rows in and out of order, in and out of the bound, and of what is no row. */
import { gzipSync } from "node:zlib";
import type { SimDisk } from "../disk.ts";
import type { Random } from "../random.ts";

export type InputFormat = "json" | "csv";

const START = Date.UTC(2026, 0, 1);
const KEYS = ["a", "b", "__proto__", "constructor", "é😀", "with, comma"];

/** Records that are no rows of `t`, or lack what it needs. */
const broken: Readonly<Record<InputFormat, readonly string[]>> = {
  json: ['{"id":', "nonsense", '{"id":"x","k":"a","v":1,"ts":"2026-01-01 00:00:00"}', '{"k":"a"}', "[1]", "{}"],
  csv: ["1", "x,a,1,2026-01-01 00:00:00", "1,a,1,never", "1,a,1,2026-01-01 00:00:00,more"],
};

const csvText = (text: string): string => (/[",]/.test(text) ? `"${text}"` : text);

function record(format: InputFormat, id: number, random: Random, ms: number): string {
  if (random.chance(0.03)) return broken[format][random.below(broken[format].length)] ?? "";
  const ts = new Date(ms).toISOString().slice(0, -1).replace("T", " ");
  const k = KEYS[random.below(KEYS.length)] ?? "";
  const v = random.chance(0.05) ? null : random.below(30);
  return format === "json" ? JSON.stringify({ id, k, v, ts }) : `${id},${csvText(k)},${v ?? ""},${ts}`;
}

function file(format: InputFormat, records: readonly string[], random: Random): Uint8Array {
  const end = random.chance(0.2) ? "\r\n" : "\n";
  const lines = format === "csv" ? ["id,k,v,ts", ...records] : records;
  const text = `${random.chance(0.1) ? "\ufeff" : ""}${lines.join(end)}${random.chance(0.3) ? "" : end}`;
  return new TextEncoder().encode(text);
}

/** Writes the partitions of `/in`, and gives how many records they have. */
export function writeInputs(disk: SimDisk, format: InputFormat, random: Random): number {
  disk.makeFolder("/in");
  let records = 0;
  for (let partition = 1 + random.below(3); partition > 0; partition--) {
    let now = START + random.below(20_000);
    const lines = Array.from({ length: random.below(random.chance(0.1) ? 600 : 150) }, () => {
      now += random.below(600);
      const behind = random.chance(0.05) ? random.below(30_000) : random.below(2500);
      return record(format, records++, random, now - behind);
    });
    const isPacked = random.chance(0.15);
    const handle = disk.open(`/in/${partition}.${format === "json" ? "ndjson" : "csv"}${isPacked ? ".gz" : ""}`, "new");
    const bytes = file(format, lines, random);
    handle.write(0, isPacked ? gzipSync(bytes) : bytes);
    handle.sync();
  }
  disk.syncFolder("/in");
  return records;
}
