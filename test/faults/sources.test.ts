/** Faults of what files hold: each record is a row, or an error that is kept with its reason; nothing stops and nothing is lost. */
import { expect, test } from "vitest";
import { Engine } from "../../src/engine.ts";
import { scaled } from "../scale.ts";
import { diskWith } from "./support.ts";

interface Read {
  /** What the query gave. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly errors: readonly unknown[];
  readonly bad: number;
  readonly memoryPeakBytes: number;
}

const MEMORY_BYTES = 64 << 20;

/** Reads `/in/<name>` as table t and gives the rows of `query`, and the reasons in `t$errors`. */
async function read(
  name: string,
  content: string | Uint8Array,
  columns: string,
  query = "SELECT * FROM t",
  options = "",
): Promise<Read> {
  const disk = diskWith({ [`/in/${name}`]: content });
  await using db = new Engine({ storage: disk, baseDirectory: "/", memoryLimitBytes: MEMORY_BYTES, hashSeed: 5n });
  await db.execute(`CREATE TABLE t (${columns}) WITH ('connector' = 'filesystem', 'path' = '/in/*'${options});
    CREATE MATERIALIZED VIEW v AS ${query};`);
  db.endInput();
  const { stats } = await db.finished();
  const errors = (await db.query("SELECT * FROM t$errors")).map((row) => row["reason"]);
  return { rows: await db.query("SELECT * FROM v"), errors, bad: stats.bad, memoryPeakBytes: stats.memoryPeakBytes };
}

const COUNT = "SELECT COUNT(*) AS n, SUM(id) AS total FROM t";

test.each(["json", "csv"] as const)(
  "%s: a record of 100 MB is one error, in bounded memory; those around it are rows",
  async (format) => {
    const size = 100 * 1024 * 1024;
    const [before, after] =
      format === "json" ? ['{"id":1}\n{"id":2,"k":"', '"}\n{"id":3}\n'] : ["id,k\n1,a\n2,", "\n3,b\n"];
    const content = Buffer.alloc(before.length + size + after.length, "x");
    content.write(before, 0);
    content.write(after, before.length + size);
    const { rows, errors, bad, memoryPeakBytes } = await read(`a.${format}`, content, "id BIGINT, k STRING", COUNT);
    expect(rows).toEqual([{ n: 2n, total: 4n }]);
    expect(bad).toBe(1);
    expect(errors).toEqual(["the record is longer than 1048576 bytes"]);
    expect(memoryPeakBytes).toBeLessThan(32 << 20);
  },
  120_000,
);

test.each(["json", "csv"] as const)("%s: a record that is not valid UTF-8 is an error, and kept", async (format) => {
  const text =
    format === "json"
      ? ['{"id":1,"k":"a"}', '{"id":2,"k":"\xff"}', '{"id":3,"k":"c"}']
      : ["id,k", "1,a", "2,\xff", "3,c"];
  const content = Buffer.from(`${text.join("\n")}\n`, "latin1");
  const { rows, errors } = await read(`a.${format}`, content, "id BIGINT, k STRING", COUNT);
  expect(rows).toEqual([{ n: 2n, total: 4n }]);
  expect(errors).toEqual(["the record is not valid UTF-8"]);
});

test.each(["json", "csv"] as const)("%s: a byte order mark is no part of the first record", async (format) => {
  const content = `\ufeff${format === "json" ? '{"id":1}\n{"id":2}\n' : "id\n1\n2\n"}`;
  const { rows, errors } = await read(`a.${format}`, content, "id BIGINT", COUNT);
  expect({ rows, errors }).toEqual({ rows: [{ n: 2n, total: 3n }], errors: [] });
});

test("NUL: escaped it is a character of a JSON string, bare it is not JSON; in CSV it is a character", async () => {
  const json = '{"id":1,"k":"a\\u0000b"}\n{"id":2,"k":"a\u0000b"}\n{"id":3,"k":"c"}\n';
  const lengths = "SELECT id, CHAR_LENGTH(k) AS n FROM t";
  const fromJson = await read("a.ndjson", json, "id BIGINT, k STRING", lengths);
  expect(fromJson.rows).toEqual([
    { id: 1n, n: 3 },
    { id: 3n, n: 1 },
  ]);
  expect(fromJson.bad).toBe(1);
  const fromCsv = await read("a.csv", "id,k\n1,a\u0000b\n2,c\n", "id BIGINT, k STRING", lengths);
  expect(fromCsv.rows).toEqual([
    { id: 1n, n: 3 },
    { id: 2n, n: 1 },
  ]);
  expect(fromCsv.bad).toBe(0);
});

test.each(["json", "csv"] as const)(
  "%s: CR LF that is split between two reads ends one line",
  async (format) => {
    // Small files have buffers of 64 KiB: lines of every length put their ends at every place of its border.
    for (let pad = 0; pad < 24; pad++) {
      const line = (id: number): string =>
        format === "json" ? `{"id":${id},"k":"${"x".repeat(pad)}"}` : `${id},${"x".repeat(pad)}`;
      const lines = Array.from({ length: 12_000 }, (_, i) => line(i));
      const content = `${[...(format === "csv" ? ["id,k"] : []), ...lines].join("\r\n")}\r\n`;
      const { rows, bad } = await read(`a.${format}`, content, "id BIGINT, k STRING", COUNT);
      expect({ rows, bad }, `${pad}`).toEqual({ rows: [{ n: 12_000n, total: 71_994_000n }], bad: 0 });
    }
  },
  120_000,
);

test("records that are there twice count twice", async () => {
  const { rows } = await read(
    "a.ndjson",
    '{"id":1}\n{"id":1}\n{"id":2}\n{"id":1}\n',
    "id BIGINT",
    "SELECT id, COUNT(*) AS n FROM t GROUP BY id",
  );
  expect(new Map(rows.map((row) => [row["id"], row["n"]]))).toEqual(
    new Map([
      [1n, 3n],
      [2n, 1n],
    ]),
  );
});

test("malformed records, missing and more columns, wrong types: rows where they can be, else errors", async () => {
  const json = [
    '{"id":1}',
    '{"id":2,"more":[1,{"x":2}]}',
    '{"k":"no id"}',
    '{"id":"x"}',
    '{"id":',
    "[]",
    "7",
    '{"id":3}',
  ];
  const fromJson = await read("a.ndjson", json.join("\n"), "id BIGINT, k STRING", COUNT);
  expect(fromJson.rows).toEqual([{ n: 4n, total: 6n }]);
  expect(fromJson.bad).toBe(4);
  const csv = ["k,more,id", "a,x,1", "b,x,y", "c", "d,x,2,z", "e,,3"];
  const fromCsv = await read("a.csv", csv.join("\n"), "id BIGINT, k STRING", COUNT);
  expect(fromCsv.rows).toEqual([{ n: 2n, total: 4n }]);
  expect(fromCsv.bad).toBe(3);
});

const WINDOWS =
  "SELECT COUNT(*) AS n, CAST(window_start AS STRING) AS s FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR) GROUP BY window_start, window_end";

test.each([
  ["ISO text", "", '"2026-01-01T10:30:00"', "2026-01-01 10:00:00"],
  ["SQL text", "", '"2026-01-01 10:30:00"', "2026-01-01 10:00:00"],
  ["milliseconds", "", "1767263400000", "2026-01-01 10:00:00"],
  ["seconds", ", 'timestamp-format' = 's'", "1767263400", "2026-01-01 10:00:00"],
  ["a time before 1970", "", '"1969-12-31T23:30:00"', "1969-12-31 23:00:00"],
  ["negative milliseconds", "", "-1800000", "1969-12-31 23:00:00"],
  ["the year 9999", "", '"9999-12-31T22:59:59.999"', "9999-12-31 22:00:00"],
])("%s is an event time, and has its window", async (_, options, ts, start) => {
  const columns = "id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND";
  const { rows, errors } = await read("a.ndjson", `{"id":1,"ts":${ts}}\n`, columns, WINDOWS, options);
  expect({ rows, errors }).toEqual({ rows: [{ n: 1n, s: start }], errors: [] });
});

test("text with a zone is an instant: a TIMESTAMP_LTZ column takes it", async () => {
  const columns = "id BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND";
  const { rows, errors } = await read(
    "a.ndjson",
    '{"id":1,"ts":"2026-01-01T12:30:00+02:00"}\n',
    columns,
    "SELECT id, CAST(ts AS STRING) AS s FROM t",
  );
  expect({ rows, errors }).toEqual({ rows: [{ id: 1n, s: "2026-01-01 10:30:00+00" }], errors: [] });
});

test("the year 9999 in one record makes the others late, and every row is accounted for", async () => {
  const columns = "id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND";
  const times = ["2026-01-01T10:30:00", "9999-12-31T22:59:59", "2026-01-01T10:31:00", "2026-01-01T10:32:00"];
  const lines = times.map((ts, id) => JSON.stringify({ id, ts }));
  const disk = diskWith({ "/in/a.ndjson": lines.join("\n") });
  await using db = new Engine({ storage: disk, baseDirectory: "/", memoryLimitBytes: MEMORY_BYTES });
  await db.execute(`CREATE TABLE t (${columns}) WITH ('connector' = 'filesystem', 'path' = '/in/*');
    CREATE MATERIALIZED VIEW v AS ${WINDOWS};`);
  db.endInput();
  const { stats } = await db.finished();
  expect(stats.late).toBe(2);
  expect((await db.query("SELECT n FROM v")).map((row) => row["n"])).toEqual([1n, 1n]);
  const [counts] = stats.queries.flatMap(({ conservation }) => conservation);
  expect(counts).toMatchObject({ rowsIn: 4, late: 2, accounted: 2 });
});

test("out of order within the bound is in its window; beyond it is late, and kept", async () => {
  const columns = "id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' MINUTE";
  const minutes = [55, 50, 65, 58, 75, 59];
  const lines = minutes.map((m, id) =>
    JSON.stringify({ id, ts: new Date(Date.UTC(2026, 0, 1, 0, m)).toISOString().slice(0, -1) }),
  );
  const { rows } = await read("a.ndjson", lines.join("\n"), columns, WINDOWS);
  expect(rows.map((row) => row["n"])).toEqual([3n, 2n]);
});

test("many keys and one hot key: each has its count", async () => {
  const keys = Math.min(10_000_000, scaled(100_000));
  const parts = Array.from({ length: keys }, (_, i) => `${i}\n-1\n`);
  const counts =
    "SELECT COUNT(*) AS keys, SUM(n) AS total, MAX(n) AS most FROM (SELECT id, COUNT(*) AS n FROM t GROUP BY id) AS c";
  const disk = diskWith({ "/in/a.csv": `id\n${parts.join("")}` });
  await using db = new Engine({ storage: disk, baseDirectory: "/" });
  await db.execute(`CREATE TABLE t (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '/in/*');
    CREATE MATERIALIZED VIEW v AS ${counts};`);
  db.endInput();
  await db.finished();
  expect(db.resultRows("v")).toEqual([[BigInt(keys + 1), BigInt(2 * keys), BigInt(keys)]]);
}, 600_000);

test("keys and columns that are names of JavaScript are keys and columns", async () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"];
  const lines = names.map((k, i) => `{"__proto__":${i},"constructor":"${k}","k":"${k}"}`);
  const columns = "`__proto__` BIGINT, `constructor` STRING, k STRING";
  const query = "SELECT k, `constructor`, SUM(`__proto__`) AS total, COUNT(*) AS n FROM t GROUP BY k, `constructor`";
  const { rows, bad } = await read("a.ndjson", `${[...lines, ...lines].join("\n")}\n`, columns, query);
  expect(bad).toBe(0);
  expect(rows.map((row) => [row["k"], row["constructor"], row["total"], row["n"]])).toEqual(
    names.map((k, i) => [k, k, BigInt(2 * i), 2n]),
  );
  const plain = await read("a.ndjson", `${lines.join("\n")}\n`, "k STRING", "SELECT COUNT(*) AS n FROM t");
  expect(plain.rows).toEqual([{ n: 5n }]);
  expect(({} as Record<string, unknown>)["k"]).toBeUndefined();
});
