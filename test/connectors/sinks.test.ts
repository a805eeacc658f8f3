/** Sinks: files and print write what expr/text.ts says, blackhole's digest is that of a multiset. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INT,
  type Schema,
  timestamp,
  timestampLtz,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { SinkRequest } from "../../src/connectors/connector.ts";
import { disk } from "../../src/connectors/disk.ts";
import { filesystemSource } from "../../src/connectors/filesystem/source.ts";
import { checkOptions, engineSourceOptions } from "../../src/connectors/options.ts";
import { type BlackholeSink, blackholeSink } from "../../src/connectors/sinks/blackhole.ts";
import { filesystemSink } from "../../src/connectors/sinks/filesystem.ts";
import { printSink } from "../../src/connectors/sinks/print.ts";
import { BatchWriter } from "../../src/expr/columns.ts";
import { valueToCsv, valueToJson } from "../../src/expr/text.ts";
import { column, folder, memory, optionsOf, readSource, span } from "./read.ts";

const schema: Schema = [
  column("i", INT),
  column("b", BIGINT),
  column("s", VARCHAR),
  column("t", timestamp(3)),
  column("z", timestampLtz(6)),
  column("d", decimal(20, 4)),
  column("f", DOUBLE),
  column("o", BOOLEAN),
  column("day", DATE),
  column("r", { kind: "ROW", fields: [column("x", INT), column("y y", VARCHAR)] }),
];
const rows: readonly (readonly Value[])[] = [
  [1, 2n, "plain", 0n, 1n, 12345n, 1.5, true, 0, [1, "a"]],
  [-5, -(2n ** 63n), 'q"uote,\n\u0001\\', -1000n, 1577934245123456n, -1n, -0, false, -1, [null, '"']],
  [
    2147483647,
    2n ** 53n + 1n,
    "",
    -62_135_596_800_000_000n,
    253_402_300_799_999_999n,
    10n ** 19n,
    Number.NaN,
    null,
    18262,
    null,
  ],
  [null, null, null, null, null, null, null, null, null, [7, null]],
  [1000000000, 999999999999n, "é😀", 1577934245999000n, null, 0n, 1e300, true, 2932896, [0, ""]],
];

function sinkRequest(parts: Partial<SinkRequest>, options: Record<string, string>): SinkRequest {
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  return {
    name: "s",
    schema,
    appendOnly: true,
    partitionedBy: [],
    options: optionsOf(options),
    span,
    baseDirectory: "/",
    memory,
    storage: disk,
    stdout,
    ...parts,
  };
}
function batchOf(
  list: readonly (readonly Value[])[],
  changes: readonly number[] = [],
  of: Schema = schema,
): { batch: number; rows: number } {
  const writer = new BatchWriter(memory, memory.createOwner("rows"), of);
  list.forEach((row, i) => writer.add(row, changes[i] ?? 0));
  return { batch: writer.batch, rows: writer.rows };
}
const json = (row: readonly Value[]): string =>
  `{${schema.map((f, i) => `${JSON.stringify(f.name)}:${valueToJson(f.type, row[i] ?? null)}`).join(",")}}`;
const csv = (row: readonly Value[]): string => schema.map((f, i) => valueToCsv(f.type, row[i] ?? null)).join(",");

describe("files and print", () => {
  test("a file holds the rows as JSON, and reads back as they were", async () => {
    const base = folder();
    const options = { path: "out/rows.ndjson" };
    for (const part of [rows.slice(0, 3), rows.slice(3)]) {
      const sink = filesystemSink.open(sinkRequest({ baseDirectory: base }, options));
      sink.write(batchOf(part));
      await sink.flush();
      await sink.close();
    }
    expect(readFileSync(join(base, "out/rows.ndjson"), "utf8")).toBe(rows.map((row) => `${json(row)}\n`).join(""));
    const [back] = await readSource(filesystemSource, { schema, options, baseDirectory: base });
    expect(back?.broken).toEqual([]);
    expect(back?.rows.map((r) => r.values)).toEqual(rows);
  });
  test("CSV has its header once, and reads back", async () => {
    const base = folder();
    const options = { path: "rows.csv" };
    for (const row of rows) {
      const sink = filesystemSink.open(sinkRequest({ baseDirectory: base }, options));
      sink.write(batchOf([row]));
      await sink.close();
    }
    const header = schema.map((f) => f.name).join(",");
    expect(readFileSync(join(base, "rows.csv"), "utf8")).toBe(`${[header, ...rows.map(csv)].join("\n")}\n`);
    const sink = filesystemSink.open(sinkRequest({ baseDirectory: base }, { ...options, mode: "overwrite" }));
    await sink.close();
    expect(readFileSync(join(base, "rows.csv"), "utf8")).toBe(`${header}\n`);
  });
  test("rows that are added to a file begin a line of their own", async () => {
    const base = folder();
    const narrow = [column("a", INT)];
    for (const [name, before, after] of [
      ["rows.ndjson", '{"a":1}', '{"a":1}\n{"a":2}\n'],
      ["rows.csv", "a\n1", "a\n1\n2\n"],
      ["windows.csv", "a\r\n1\r\n", "a\r\n1\r\n2\n"],
      ["names.csv", "a", "a\n2\n"],
    ] as const) {
      writeFileSync(join(base, name), before);
      const sink = filesystemSink.open(sinkRequest({ baseDirectory: base, schema: narrow }, { path: name }));
      sink.write(batchOf([[2]], [], narrow));
      await sink.close();
      expect(readFileSync(join(base, name), "utf8")).toBe(after);
    }
  });
  test("rows are not added below the names of other columns", () => {
    const base = folder();
    for (const text of ["b\n1\n", "ab\n1\n", "a,b\n1,2\n"]) {
      writeFileSync(join(base, "rows.csv"), text);
      const open = () =>
        filesystemSink.open(sinkRequest({ baseDirectory: base, schema: [column("a", INT)] }, { path: "rows.csv" }));
      expect(open).toThrow(expect.objectContaining({ code: "FILE_HEADER_DIFFERS" }));
      expect(readFileSync(join(base, "rows.csv"), "utf8")).toBe(text);
    }
  });
  test("two queries that overwrite one file write behind each other, with one header", async () => {
    const base = folder();
    const narrow = [column("a", INT)];
    const parts = { baseDirectory: base, schema: narrow };
    const [first, second] = [0, 1].map(() =>
      filesystemSink.open(sinkRequest(parts, { path: "both.csv", mode: "overwrite" })),
    );
    first?.write(batchOf([[10_000], [20_000]], [], narrow));
    await first?.close();
    second?.write(batchOf([[3]], [], narrow));
    await second?.close();
    expect(readFileSync(join(base, "both.csv"), "utf8")).toBe("a\n10000\n20000\n3\n");
  });
  test("changes carry their kind", async () => {
    let text = "";
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString("utf8");
        done();
      },
    });
    const narrow = [column("a", INT)];
    for (const format of ["json", "csv"]) {
      const sink = printSink.open(sinkRequest({ stdout, schema: narrow, appendOnly: false }, { format }));
      sink.write(batchOf([[1], [1], [2], [null]], [0, 1, 2, 3], narrow));
      await sink.close();
    }
    expect(text).toBe(
      '{"$op":"+I","a":1}\n{"$op":"-U","a":1}\n{"$op":"+U","a":2}\n{"$op":"-D","a":null}\n$op,a\n+I,1\n-U,1\n+U,2\n-D,\n',
    );
  });
  test.runIf(existsSync("/dev/full"))(
    "a full disk is an error of the file, not of the statement; the sink still closes",
    async () => {
      const sink = filesystemSink.open(sinkRequest({}, { path: "/dev/full", format: "json" }));
      sink.write(batchOf(rows));
      expect(() => sink.flush()).toThrow(
        expect.objectContaining({ code: "PATH_UNWRITABLE", span: undefined, place: { path: "/dev/full" } }),
      );
      await sink.close();
    },
  );

  test("a path that cannot be written, a wrong format and a wrong option are refused", () => {
    const open = (options: Record<string, string>) => () =>
      filesystemSink.open(sinkRequest({ baseDirectory: folder() }, options));
    if (existsSync("/proc")) {
      expect(open({ path: "/proc/x/y.json" })).toThrow(expect.objectContaining({ code: "PATH_UNWRITABLE" }));
    }
    expect(open({ path: "/dev/null/x.json" })).toThrow(expect.objectContaining({ code: "PATH_UNWRITABLE" }));
    expect(open({ path: "x.data" })).toThrow(expect.objectContaining({ code: "MISSING_OPTION" }));
    expect(open({ path: "x.json", modes: "append" })).toThrow(expect.objectContaining({ didYouMean: "mode" }));
  });
  test("options are suggested by what Flink calls them, and by their ends", () => {
    for (const [given, meant] of [
      ["header", "csv.header"],
      ["delimiter", "csv.delimiter"],
      ["json.ignore-parse-errors", "on-error"],
      ["csv.field-delimiter", "csv.delimiter"],
    ] as const) {
      const options = optionsOf({ [given]: "x" });
      const check = () => checkOptions("it", [...engineSourceOptions, ...filesystemSource.options], options, span);
      expect(check).toThrow(expect.objectContaining({ didYouMean: meant }));
    }
  });
});

describe("blackhole", () => {
  // The sink of blackhole has more than a Sink.
  const digestOf = (...batches: { batch: number; rows: number }[]): BlackholeSink => {
    const sink = blackholeSink.open(sinkRequest({}, {})) as BlackholeSink;
    for (const batch of batches) sink.write(batch);
    return sink;
  };
  test("the digest is the same for every order and division into batches, and another for other rows", () => {
    const whole = digestOf(batchOf(rows));
    expect(whole.rows).toBe(rows.length);
    expect(whole.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(digestOf(batchOf([...rows].reverse())).digest).toBe(whole.digest);
    expect(digestOf(...rows.map((row) => batchOf([row]))).digest).toBe(whole.digest);
    const others = [
      batchOf(rows.slice(1)),
      batchOf([...rows, ...rows.slice(0, 1)]),
      batchOf(rows, [1]),
      ...schema.map((_, i) => batchOf(rows.map((row, r) => (r === 0 ? row.map((v, c) => (c === i ? null : v)) : row)))),
    ];
    const digests = others.map((batch) => digestOf(batch).digest);
    expect(new Set([whole.digest, ...digests]).size).toBe(others.length + 1);
  });
});
