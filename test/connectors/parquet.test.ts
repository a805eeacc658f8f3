/** Parquet through DuckDB's vectors: types, NULLs, long strings, nesting; the flights against DuckDB's own sums. */

import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, FLOAT, INT, timestamp, VARCHAR } from "../../src/base/types.ts";
import { filesystemSource } from "../../src/connectors/filesystem/source.ts";
import { column, folder, memory, readSource, requestOf } from "./read.ts";

async function write(path: string, select: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'; COPY (${select}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}

describe("Parquet", () => {
  test("nanoseconds are cut, before 1970 too (T9)", async () => {
    const base = folder();
    const select = `SELECT * FROM (VALUES (TIMESTAMP_NS '1969-12-31 23:59:59.999999999'), (TIMESTAMP_NS '1950-01-01 00:00:00'),
      (TIMESTAMP_NS '2020-01-01 00:00:00.123456789'), (NULL)) AS v(t)`;
    await write(join(base, "stamps.parquet"), select);
    const [result] = await readSource(filesystemSource, {
      schema: [column("t", timestamp(6))],
      options: { path: "stamps.parquet" },
      baseDirectory: base,
    });
    const times = [-1n, -631_152_000_000_000n, 1_577_836_800_123_456n, null];
    expect(result?.rows.map((row) => row.values)).toEqual(times.map((t) => [t]));
  });

  test("each type, with NULLs, over several chunks", async () => {
    const base = folder();
    const select = `SELECT i::INTEGER AS n, CASE WHEN i % 3 = 0 THEN NULL ELSE i::BIGINT * 10000000000 END AS big,
      (i % 2 = 0) AS flag, i / 4 AS real8, (i / 8)::FLOAT AS real4, (i / 100)::DECIMAL(9, 2) AS dec, i::DECIMAL(30, 4) AS wide,
      CASE WHEN i % 5 = 0 THEN NULL WHEN i % 2 = 0 THEN 's' || i ELSE 'a string too long for its cell ' || i END AS s,
      'one of a few long words ' || (i % 4) AS dictionary, DATE '2020-01-01' + i::INTEGER AS d,
      TIMESTAMP '2020-01-01 00:00:00.123456' + INTERVAL (i) SECOND AS t, make_timestamptz(1600000000000000 + i) AS z,
      1600000000000 + i AS epoch, {'x': i, 'y': {'z': 'deep ' || i}} AS r FROM range(5000) AS v(i)`;
    await write(join(base, "types.parquet"), select);
    const deep = { kind: "ROW", fields: [column("z", VARCHAR)] } as const;
    const schema = [
      column("N", INT),
      column("big", BIGINT),
      column("flag", BOOLEAN),
      column("real8", DOUBLE),
      column("real4", FLOAT),
      column("dec", decimal(12, 3)),
      column("wide", decimal(38, 6)),
      column("s", VARCHAR),
      column("dictionary", VARCHAR),
      column("d", DATE),
      column("t", timestamp(3)),
      column("z", timestamp(6)),
      column("epoch", timestamp(3)),
      column("r", { kind: "ROW", fields: [column("x", BIGINT), column("y", deep)] }),
      column("row", BIGINT, false),
    ];
    const metadata = schema.map((f) => (f.name === "row" ? "offset" : undefined));
    const [result] = await readSource(filesystemSource, {
      schema,
      metadata,
      options: { path: "types.parquet" },
      baseDirectory: base,
    });
    expect(result?.rows).toHaveLength(5000);
    const t0 = BigInt(Date.parse("2020-01-01T00:00:00.123Z")) * 1000n;
    result?.rows.forEach((row, index) => {
      const i = BigInt(index);
      const text = index % 5 === 0 ? null : index % 2 === 0 ? `s${i}` : `a string too long for its cell ${i}`;
      expect(row.values).toEqual([
        index,
        index % 3 === 0 ? null : i * 10000000000n,
        index % 2 === 0,
        index / 4,
        index / 8,
        i * 10n,
        i * 1000000n,
        text,
        `one of a few long words ${i % 4n}`,
        18262 + index,
        t0 + i * 1000000n,
        1600000000000000n + i,
        1600000000000000n + i * 1000n,
        [i, [`deep ${i}`]],
        i,
      ]);
      expect(row.position).toBe(i);
    });
  });
  test("what would lose values, or is missing, is refused with the column's name", async () => {
    const base = folder();
    await write(join(base, "x.parquet"), "SELECT 1::BIGINT AS a, 1.5::DECIMAL(10, 2) AS b, 'x' AS c");
    const read = (name: string, type: Parameters<typeof column>[1]) =>
      readSource(filesystemSource, {
        schema: [column(name, type)],
        options: { path: "x.parquet" },
        baseDirectory: base,
      });
    await expect(read("a", INT)).rejects.toMatchObject({ code: "FILE_COLUMN_TYPE" });
    await expect(read("b", decimal(10, 1))).rejects.toMatchObject({ code: "FILE_COLUMN_TYPE" });
    await expect(read("c", BIGINT)).rejects.toMatchObject({ code: "FILE_COLUMN_TYPE" });
    await expect(read("aa", BIGINT)).rejects.toMatchObject({ code: "MISSING_FILE_COLUMN" });
    await expect(read("C", VARCHAR)).resolves.toHaveLength(1);
  });
  test("NULL in a NOT NULL column is an error of the row", async () => {
    const base = folder();
    await write(join(base, "n.parquet"), "SELECT CASE WHEN i = 1 THEN NULL ELSE i END AS a FROM range(3) AS v(i)");
    const [result] = await readSource(filesystemSource, {
      schema: [column("a", BIGINT, false)],
      options: { path: "n.parquet" },
      baseDirectory: base,
    });
    expect(result?.rows.map((r) => Object.keys(r.bad))).toEqual([[], ["a"], []]);
  });
  test("the flights: counts and sums as DuckDB has them", async () => {
    const path = join(process.cwd(), "node_modules/vega-datasets/data/flights-3m.parquet");
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const answer = await connection.runAndReadAll(
      `SELECT count(*), sum(delay)::BIGINT, sum(distance)::BIGINT, sum(ascii(origin))::BIGINT, count(DISTINCT origin) FROM read_parquet('${path}')`,
    );
    const schema = [
      column("delay", BIGINT),
      column("distance", BIGINT),
      column("origin", VARCHAR),
      column("date", timestamp(3)),
    ];
    const request = requestOf({ schema, options: { path } });
    const [reader] = await filesystemSource.open(request).partitions();
    const totals = [0n, 0n, 0n, 0n];
    const origins = new Set<number>();
    while (reader?.ended === false) {
      const rows = await reader.read();
      const at = (leaf: number): number => memory.dataView.getUint32(reader.batch + 16 + 8 * leaf, true);
      let letters = 0;
      for (let row = 0; row < rows; row++) {
        totals[1] = (totals[1] ?? 0n) + (memory.i64[at(0) / 8 + row] ?? 0n);
        totals[2] = (totals[2] ?? 0n) + (memory.i64[at(1) / 8 + row] ?? 0n);
        const address = memory.u32[at(2) / 4 + row * 2] ?? 0;
        letters += memory.u8[address] ?? 0;
        origins.add(memory.dataView.getUint32(address, true) & 0xffffff);
      }
      totals[0] = (totals[0] ?? 0n) + BigInt(rows);
      totals[3] = (totals[3] ?? 0n) + BigInt(letters);
    }
    await reader?.close();
    expect([...totals, BigInt(origins.size)]).toEqual(answer.getRows()[0]);
    expect(request.owner.bytes).toBe(0);
    connection.closeSync();
    instance.closeSync();
  });
});
