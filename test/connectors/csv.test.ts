/** RFC 4180 and rule V8 for CSV: the emitted extractor and the exact decoder give the same. */
import { describe, expect, test } from "vitest";
import { BIGINT, BOOLEAN, DOUBLE, decimal, INT, timestamp, VARCHAR } from "../../src/base/types.ts";
import { filesystemSource } from "../../src/connectors/filesystem/source.ts";
import { column, folder, type RequestParts, readSource, readText, writeFile } from "./read.ts";

async function both(text: string, parts: RequestParts, pieces?: number): ReturnType<typeof readText> {
  const exact = await readText(text, "csv", parts, true, pieces);
  const fast = await readText(text, "csv", parts, false, pieces);
  expect(fast).toEqual(exact);
  return exact;
}
const abc = [column("a", BIGINT), column("b", VARCHAR), column("c", DOUBLE)];
const valuesOf = async (text: string, parts: RequestParts = { schema: abc }): Promise<unknown> =>
  (await both(text, parts)).rows.map((r) => r.values);

describe("V8: CSV", () => {
  test("an unquoted empty field is NULL, a quoted one the empty string", async () => {
    expect(await valuesOf('a,b,c\n1,,\n2,"",2.5\n,x,"3"\n"4","y",\n')).toEqual([
      [1n, null, null],
      [2n, "", 2.5],
      [null, "x", 3],
      [4n, "y", null],
    ]);
  });
  test("quoted fields hold delimiters, doubled quotes and line ends; lines are counted through them", async () => {
    const { rows } = await both('a,b,c\n1,"x,y",1\n2,"say ""hi""",2\n3,"two\nlines",3\n4,z,4\n', { schema: abc });
    expect(rows.map((r) => [r.values[1], r.line])).toEqual([
      ["x,y", 2n],
      ['say "hi"', 3n],
      ["two\nlines", 4n],
      ["z", 6n],
    ]);
    expect(rows[2]?.record).toBe('3,"two\nlines",3');
  });
  test("columns are found by the header, whatever their order; others are ignored", async () => {
    expect(await valuesOf('z,C,B,A\n"q,""q",1.5,x,1\n9,2.5,y,2\n')).toEqual([
      [1n, "x", 1.5],
      [2n, "y", 2.5],
    ]);
  });
  test("too few or too many fields make a broken record, as do stray quotes", async () => {
    const { rows, broken } = await both('a,b,c\n1,x\n1,x,2,3\n1,x"y,2\n1,"x"y,2\n5,ok,5\n', { schema: abc });
    expect(rows.map((r) => r.values[0])).toEqual([5n]);
    expect(broken.map((b) => [b.line, b.before, b.reason])).toEqual([
      [2n, 0, "the record has 2 fields, not 3"],
      [3n, 0, "the record has 4 fields, not 3"],
      [4n, 0, "field 2 has quotes inside, but does not begin with them"],
      [5n, 0, "something stands behind the quotes of field 2"],
    ]);
  });
  test("quotes that are never closed break one line, not the rest of the file", async () => {
    const { rows, broken } = await both('a,b,c\n1,x,1\n2,"y,2\n3,z,3\n4,w,4\n', { schema: abc });
    expect(rows.map((r) => [r.values[0], r.line])).toEqual([
      [1n, 2n],
      [3n, 4n],
      [4n, 5n],
    ]);
    expect(broken.map((b) => [b.line, b.before, b.record])).toEqual([[3n, 1, '2,"y,2']]);
  });
  test("numbers, booleans and timestamps by the rules of JSON; a bad value is its column's", async () => {
    const schema = [column("i", INT), column("d", decimal(6, 2)), column("f", BOOLEAN), column("t", timestamp(3))];
    const text =
      "i,d,f,t\n 7 ,1.005,TRUE,2020-01-02 03:04:05\n1.5,x,1,2020-01-02\n-12,-3,false,2020-01-02T03:04:05.5Z\n";
    const { rows } = await both(text, { schema });
    expect(rows.map((r) => Object.keys(r.bad))).toEqual([[], ["i", "d", "f", "t"], []]);
    expect(rows.map((r) => r.values)).toEqual([
      [7, 101n, true, 1577934245000000n],
      [null, null, null, null],
      [-12, -300n, false, 1577934245500000n],
    ]);
  });
  test("epoch numbers count in the unit of timestamp-format", async () => {
    const schema = [column("t", timestamp(3))];
    for (const [unit, text] of [
      ["s", "1577934245"],
      ["ms", "1577934245000"],
      ["us", "1577934245000000"],
      ["ns", "1577934245000000000"],
    ] as const) {
      expect(await valuesOf(`t\n${text}\n${text}\n`, { schema, options: { "timestamp-format": unit } })).toEqual([
        [1577934245000000n],
        [1577934245000000n],
      ]);
    }
  });
  test("delimiter, quote, null literal and a missing header are options", async () => {
    const options = { "csv.delimiter": "\\t", "csv.quote": "'", "csv.header": "false", "csv.null-literal": "NA" };
    expect(await valuesOf("1\t'a\tb'\tNA\nNA\tNA\t2\n3\t'NA'\t1.5\r\n4\tNAB\t1\r\n", { schema: abc, options })).toEqual(
      [
        [1n, "a\tb", null],
        [null, null, 2],
        [3n, "NA", 1.5],
        [4n, "NAB", 1],
      ],
    );
  });
  test("CR LF, blank lines and a missing last line end", async () => {
    expect(await valuesOf("\ufeffa,b,c\r\n1,x,1\r\n\r\n2,y,\r\n3,,3")).toEqual([
      [1n, "x", 1],
      [2n, "y", null],
      [3n, null, 3],
    ]);
  });
  test("the pieces in which bytes come do not show", async () => {
    const text = `a,b,c\n${Array.from({ length: 200 }, (_, i) => `${i},${i % 5 === 0 ? `"q""${i}\n,"` : `t${i}`},${i}.5`).join("\n")}`;
    const whole = await both(text, { schema: abc });
    for (const pieces of [1, 13, 100])
      expect(await readText(text, "csv", { schema: abc }, false, pieces)).toEqual(whole);
  });
  test("a declared column that the header lacks is refused before anything is read", async () => {
    const directory = folder();
    writeFile(directory, "x.csv", "a,beta\n1,2\n");
    const read = readSource(filesystemSource, {
      schema: [column("a", BIGINT), column("bata", BIGINT)],
      options: { path: "x.csv" },
      baseDirectory: directory,
    });
    await expect(read).rejects.toMatchObject({ code: "MISSING_FILE_COLUMN", didYouMean: "beta" });
  });
});
