/** What an epoch costs that is made durable, and what of it is the disk. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { open } from "../../src/index.ts";
import { jobNamed } from "../jobs.ts";
import { millions } from "../statistics.ts";
import { type Figure, type Measure, ms, quantile } from "./figure.ts";

const EPOCHS = 2000;
/** About what the frame of an epoch of one row is. */
const FRAME_BYTES = 512;

/** INSERT of one row until it is durable, in turns with a write and fdatasync of a file beside the log. */
export const commits: Measure = async (folder, scale) => {
  const own: number[] = [];
  const bare: number[] = [];
  const file = openSync(join(folder, "bare"), "w");
  const frame = Buffer.alloc(FRAME_BYTES, 1);
  await using db = await open({ state: join(folder, "state") });
  await db.execute(
    `CREATE TABLE t (k INT) WITH ('retention' = '0');
     CREATE MATERIALIZED VIEW v AS SELECT COUNT(*) AS n FROM t`,
  );
  for (let epoch = 0; epoch < Math.max(50, EPOCHS * scale); epoch++) {
    let start = performance.now();
    await db.insert("t", [{ k: epoch }]);
    own.push(performance.now() - start);
    start = performance.now();
    writeSync(file, frame);
    fdatasyncSync(file);
    bare.push(performance.now() - start);
  }
  closeSync(file);
  return [0.5, 0.99].map((share): Figure => {
    const [value, beside] = [quantile(own, share), quantile(bare, share)];
    return {
      what: `an epoch of one row, durable, p${share * 100}`,
      value: ms(value),
      beside: { what: "write and fdatasync", value: ms(beside), ratio: value / beside },
    };
  });
};

/** Rows a second of the NDJSON job through windows, with a state directory and without, in turns. */
export const throughput: Measure = async (folder, scale) => {
  const job = jobNamed("ndjson");
  if (job.input.from !== "file") throw new TypeError("the job reads no file");
  const rows = Math.max(50_000, Math.round(job.rows * scale));
  const path = join(folder, "bids.ndjson");
  await job.input.make(path, rows);
  const sql = `${job.input.ddl(path)}; CREATE SINK result AS ${job.sql} WITH ('connector' = 'blackhole')`;
  const run = async (state: string | undefined): Promise<number> => {
    const start = performance.now();
    await using db = await open(state === undefined ? {} : { state });
    await db.execute(sql);
    const { failures } = await db.finished();
    if (failures[0] !== undefined) throw failures[0].error;
    return (1000 * rows) / (performance.now() - start);
  };
  const own: number[] = [];
  const bare: number[] = [];
  // The first round warms up.
  for (let round = 0; round < 4; round++) {
    bare.push(await run(undefined));
    own.push(await run(join(folder, `state-${round}`)));
  }
  const [value, beside] = [quantile(own.slice(1), 0.5), quantile(bare.slice(1), 0.5)];
  return [
    {
      what: `${rows} rows of NDJSON, tumble, with --state`,
      value: millions(value),
      beside: { what: "without", value: millions(beside), ratio: value / beside },
    },
  ];
};
