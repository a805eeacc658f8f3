/** What operators keep is declared when they are opened: all of it is in EXPLAIN (CODE), and nothing else can be saved. */
import { expect, test } from "vitest";
import { open } from "../../src/engine.ts";
import type { operators } from "../../src/operators/index.ts";
import { DeclaredState } from "../../src/state/staging/declared.ts";
import type { StatePart } from "../../src/state/staging/part.ts";

const DDL = `
  CREATE TABLE t (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
`;
const SESSION = "SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' SECOND)";

/** By operator: a query in which it is, and the tables that it declares there. */
const cases: Readonly<Record<keyof typeof operators, readonly [sql: string, declared: readonly string[]]>> = {
  calc: ["SELECT k, v + 1 AS w FROM t WHERE v > 0", []],
  windowTable: [
    `SELECT k, v, window_start FROM ${SESSION}`,
    [
      '_progress" version 1 (watermark BIGINT not null,',
      '" version 1 (k STRING key, window_start TIMESTAMP(6), window_end TIMESTAMP(6),',
      '_older" version 1 (newer INT not null,',
      '_rows" version 1 (session INT not null, ts TIMESTAMP(3) key,',
    ],
  ],
  windowAggregate: [
    "SELECT k, SUM(v) AS s FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end",
    [
      '_panes" version 1 (role STRING not null, window_start TIMESTAMP(6) key,',
      '" version 1 (window_start TIMESTAMP(6) key, window_end TIMESTAMP(6) key, k STRING key, s',
      '_progress" version 1 (watermark BIGINT not null',
    ],
  ],
  sessionAggregate: [
    `SELECT k, COUNT(DISTINCT v) AS n FROM ${SESSION} GROUP BY k, window_start, window_end`,
    [
      '_progress" version 1 (watermark BIGINT not null,',
      '" version 1 (k STRING key, window_start TIMESTAMP(6), window_end TIMESTAMP(6),',
      '_older" version 1 (newer INT not null,',
      '_values_0" version 1 (session',
    ],
  ],
  groupAggregate: [
    "SELECT k, COUNT(DISTINCT v) AS n FROM t GROUP BY k",
    [
      '_progress" version 1 (watermark BIGINT not null,',
      '" version 1 (k STRING key,',
      '_values_0" version 1 (group_number',
    ],
  ],
  union: ["SELECT k FROM t UNION ALL SELECT k FROM t", ['" version 1 (watermark BIGINT not null)']],
  sort: ["SELECT k, v FROM t ORDER BY v", ['_progress" version 1 (watermark BIGINT not null,', '" version 1 (']],
};

test.each(Object.entries(cases))("%s declares what it keeps", async (kind, [sql, declared]) => {
  await using db = await open();
  const [plan] = db.explain(`${DDL} ${sql};`, { format: "json" });
  expect(plan?.text).toContain(`"operator": "${kind}"`);
  const [code] = db.explain(`${DDL} ${sql};`, { format: "code" });
  const name = kind.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const lines = code?.text.split("\n").filter((line) => line.startsWith(`"query_1$${name}_`)) ?? [];
  expect(lines.map((line) => line.replace(/^"query_1\$[a-z_]+_\d+/, "").slice(0, 200))).toEqual(
    declared.map((text): unknown => expect.stringContaining(text)),
  );
});

test("nothing is declared later, and nothing under a name that is taken", () => {
  const part = (name: string): StatePart => ({
    name,
    version: 1,
    columns: [],
    save: () => undefined,
    restore: () => undefined,
  });
  const state = new DeclaredState();
  state.add([part(""), part("rows")]);
  expect(() => state.add([part("rows")])).toThrow('two states named "rows"');
  expect(state.opened().map(({ name }) => name)).toEqual(["", "rows"]);
  expect(() => state.add([part("more")])).toThrow("while it is opened");
});
