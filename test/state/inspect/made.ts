/** A state directory of several generations on the machine's disk, and what is done to it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { open } from "../../../src/index.ts";

export const SQL = `CREATE TABLE clicks (page STRING, n INT);
  CREATE MATERIALIZED VIEW totals AS SELECT page, SUM(n) AS total FROM clicks GROUP BY page;`;

const folders: string[] = [];
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tidemark-inspect-"));
  folders.push(made);
  return made;
}

export type Click = Readonly<Record<"page" | "n", string | number>>;

/** A life for each list of clicks; each leaves a generation at its end. */
export async function lives(state: string, ...clicks: readonly (readonly Click[])[]): Promise<readonly string[]> {
  const said: string[] = [];
  for (const rows of clicks) {
    await using db = await open({ state, onNotice: (text) => said.push(text) });
    await db.execute(SQL);
    for (const row of rows) await db.insert("clicks", [row]);
  }
  return said;
}

/** As it is now; of a process that works in it: what it leaves where it is killed. */
export function copyOf(state: string): string {
  const copy = folder();
  cpSync(state, copy, { recursive: true });
  return copy;
}

/** The files of a part of the directory, by their paths within it, oldest first. */
export const filesIn = (state: string, part: string): readonly string[] =>
  readdirSync(join(state, part))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    .map((name) => `${part}/${name}`);

export function change(path: string, how: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, how(readFileSync(path)));
}

export const flip =
  (at: number) =>
  (bytes: Buffer): Buffer => {
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    return bytes;
  };
