/** Real processes, killed at random and started again: what they leave is what one life leaves, byte for byte. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scaled } from "../scale.ts";
import { Random } from "../sim/random.ts";
import { killed, undisturbed } from "./kills.ts";

const T = `CREATE TABLE t (id BIGINT, k STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
  WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'json');`;
const into = (name: string, columns: string, format = "ndjson"): string =>
  `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = 'out/${name}.${format}');`;

const programs: Readonly<Record<string, string>> = {
  "windows into a file": `${T} ${into("o", "k STRING, n BIGINT, total BIGINT, kinds BIGINT, window_end TIMESTAMP(3)")}
    INSERT INTO o SELECT k, COUNT(*), SUM(v), COUNT(DISTINCT v), window_end
    FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end;`,
  "sliding windows as CSV, and rows as they are": `${T} ${into("o", "k STRING, n BIGINT, window_end TIMESTAMP(3)", "csv")}
    ${into("rows_out", "id BIGINT, name STRING")}
    INSERT INTO o SELECT k, COUNT(*), window_end
    FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end;
    INSERT INTO rows_out SELECT id, UPPER(k) FROM t WHERE v % 7 = 0;`,
  "sessions, a changelog and a result that is printed": `${T} ${into("o", "k STRING, n BIGINT, window_start TIMESTAMP(3), window_end TIMESTAMP(3)")}
    ${into("totals", "k STRING, total BIGINT, most BIGINT, PRIMARY KEY (k) NOT ENFORCED")}
    INSERT INTO o SELECT k, COUNT(*), window_start, window_end
    FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '100' MILLISECOND) GROUP BY k, window_start, window_end;
    INSERT INTO totals SELECT k, SUM(v), MAX(v) FROM t GROUP BY k;
    SELECT k, COUNT(*) AS n, AVG(v) AS mean FROM t GROUP BY k;`,
  "rows that come from INSERT, by way of a table": `CREATE TABLE given (a INT, b STRING); CREATE TABLE doubled (a INT);
    INSERT INTO given VALUES ${Array.from({ length: 300 }, (_, i) => `(${i}, 'row ${i}')`).join(", ")};
    ${T} ${into("o", "a INT")} INSERT INTO doubled SELECT a * 2 FROM given; INSERT INTO o SELECT a FROM doubled;
    SELECT COUNT(*) AS n, SUM(v) AS total FROM t;`,
};

const ROWS = 120_000;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-kills-"));
  await mkdir(join(folder, "in"));
  const random = new Random(20_261_128);
  const files: string[][] = [[], [], []];
  for (let i = 0; i < ROWS; i++) {
    const ts = new Date(Date.UTC(2026, 0, 1) + 2 * i + random.below(3000)).toISOString().slice(0, -1);
    files[random.below(files.length)]?.push(
      `{"id":${i},"k":"key ${random.below(50)}","v":${random.below(1000)},"ts":"${ts}"}`,
    );
  }
  for (const [i, lines] of files.entries()) await writeFile(join(folder, "in", `${i}.ndjson`), `${lines.join("\n")}\n`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(Object.entries(programs).map(([name, sql], i) => [name, sql, i] as const))(
  "%s",
  async (_, sql, seed) => {
    const file = join(folder, `${seed}.sql`);
    await writeFile(file, sql);
    const outputs = join(folder, "out");
    const program = { file, epochRows: 10_000 };
    const whole = await undisturbed(program, outputs);
    for (let round = 0; round < scaled(1); round++) {
      const random = new Random(1000 * round + seed);
      const left = await killed(program, { outputs, state: join(folder, "state") }, random, {
        kills: 5,
        lifeMs: whole.ms,
      });
      expect({ stdout: left.stdout, files: left.files }, `seed ${1000 * round + seed}`).toEqual({
        stdout: whole.stdout,
        files: whole.files,
      });
    }
  },
  120_000 * scaled(1),
);
