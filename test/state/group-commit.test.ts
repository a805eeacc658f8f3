/** Inserts of one turn of the event loop share a sync of the log. */
import { expect, test } from "vitest";
import { begin } from "../faults/support.ts";
import { SimDisk } from "../sim/disk.ts";
import { Random } from "../sim/random.ts";

const TABLE = "CREATE TABLE t (k STRING, v INT);";
const VIEW = "CREATE MATERIALIZED VIEW m AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;";

function newDisk(): SimDisk {
  const disk = new SimDisk();
  disk.makeFolder("/state");
  disk.syncFolder("/state");
  return disk;
}

/** How often the log is synced from here on; a segment that begins is synced once more, before it has its name. */
function syncsOf(disk: SimDisk): () => number {
  let syncs = 0;
  disk.onCall = ({ kind, path }) => {
    if (!path.startsWith("/state/log/")) return;
    if (kind === "sync") syncs++;
    if (kind === "rename") syncs--;
  };
  return () => syncs;
}

test.each([
  ["nobody reads", TABLE],
  ["a view reads", TABLE + VIEW],
])("ten inserts into a table that %s need one sync, and one that stands alone needs one", async (_, sql) => {
  const disk = newDisk();
  const db = await begin(disk, {
    sql,
    epochRows: 1000,
    segmentBytesMax: 1e6,
    snapshotIntervalMs: Number.POSITIVE_INFINITY,
  });
  const insert = (v: number): Promise<void> => db.insert("t", [{ k: "a", v }]);
  await insert(0);
  const syncs = syncsOf(disk);
  await Promise.all(Array.from({ length: 10 }, (__, i) => insert(i)));
  expect(syncs()).toBe(1);
  await insert(101);
  expect(syncs()).toBe(2);
  await db.close();
});

test("the INSERTs of a program share one", async () => {
  const disk = newDisk();
  const db = await begin(disk, { sql: TABLE });
  await db.insert("t", [{ k: "a", v: 0 }]);
  const syncs = syncsOf(disk);
  await db.execute("INSERT INTO t VALUES ('a', 1); INSERT INTO t VALUES ('b', 2); INSERT INTO t VALUES ('c', 3);");
  expect(syncs()).toBe(1);
  await db.close();
});

const count = async (disk: SimDisk): Promise<unknown> => {
  const db = await begin(disk, { sql: TABLE });
  const [row] = await db.query("SELECT COUNT(*) AS n FROM t");
  await db.close();
  return row?.["n"];
};

test("rows are durable when an insert resolves, and before anyone is shown them", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const disk = newDisk();
    const db = await begin(disk, { sql: TABLE });
    await Promise.all([1, 2, 3].map((v) => db.insert("t", [{ k: "a", v }])));
    const acknowledged = await count(disk.copy().crash(random));
    expect(acknowledged, `seed ${seed}`).toBe(3n);
    const insert = db.insert("t", [{ k: "a", v: 4 }]);
    const shown = (await db.query("SELECT COUNT(*) AS n FROM t"))[0]?.["n"];
    expect(shown).toBe(4n);
    expect(await count(disk.copy().crash(random)), `seed ${seed}`).toBe(4n);
    await insert;
    await db.close();
  }
});

test("where the sync that inserts share fails, each of them rejects, and so does what would show them", async () => {
  const disk = newDisk();
  const db = await begin(disk, { sql: TABLE });
  await db.insert("t", [{ k: "a", v: 0 }]);
  disk.onCall = ({ kind }) => {
    if (kind === "sync") throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  };
  const inserts = await Promise.allSettled([1, 2, 3].map((v) => db.insert("t", [{ k: "a", v }])));
  for (const { status } of inserts) expect(status).toBe("rejected");
  await expect(db.query("SELECT COUNT(*) AS n FROM t")).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  disk.onCall = () => undefined;
  await db.close();
});
