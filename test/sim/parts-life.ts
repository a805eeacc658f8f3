/**
 * The life of a process that writes a folder of parts, on a disk that forgets: what its log would hold stands in `Log`, and
 * a reader takes parts away as they get their names.
 */
import { type Field, type Schema, VARCHAR } from "../../src/base/types.ts";
import type { SinkPlace } from "../../src/connectors/connector.ts";
import { PartsFolder, type PartsOptions } from "../../src/connectors/sinks/parts/folder.ts";
import { partitionPaths } from "../../src/connectors/sinks/parts/partition-path.ts";
import { RowText } from "../../src/connectors/sinks/row-text.ts";
import { BatchWriter } from "../../src/expr/columns.ts";
import { EngineMemory } from "../../src/wasm/memory.ts";
import type { SimDisk } from "./disk.ts";
import { Random } from "./random.ts";

export const ROOT = "/out";
export const EPOCHS = 30;
const memory = new EngineMemory({ pages: 64 });
const owner = memory.createOwner("rows");
const column = (name: string): Field => ({ name, type: VARCHAR, nullable: true });
const schema: Schema = [column("text"), column("key")];
const writer = new BatchWriter(memory, owner, schema);

/** What outlives the process. */
export class Log {
  committed = 0;
  begun: SinkPlace | undefined;
  saved: { readonly epochs: number; readonly at: number; readonly place: SinkPlace } | undefined;
  /** Each with how many epochs were committed before it. */
  readonly parts: { readonly epochs: number; readonly parts: readonly number[] }[] = [];
  /** By path: what a reader has taken away. */
  readonly taken = new Map<string, string>();
}

export interface Life {
  readonly disk: SimDisk;
  readonly log: Log;
  /** Of the rows: the same for all lives. */
  readonly seed: number;
  /** Of what else happens. */
  readonly random: Random;
  readonly options?: Partial<PartsOptions>;
  /** Before an epoch that was not there before. */
  readonly before?: (epoch: number) => void;
}

/** Good until the next ones. */
function rowsOf(seed: number, epoch: number): BatchWriter {
  const random = new Random(seed * 1000 + epoch);
  writer.clear();
  const rows = random.below(12);
  for (let i = 0; i < rows; i++) {
    writer.add([`${epoch}.${i} ${"x".repeat(random.below(60))}`, random.chance(0.2) ? null : `k${random.below(4)}`]);
  }
  return writer;
}

export function openFolder({ disk, log, options }: Pick<Life, "disk" | "log" | "options">): PartsFolder {
  const place = log.saved?.place ?? log.begun;
  const known = log.parts.filter(({ epochs }) => epochs >= (log.saved?.epochs ?? 0));
  return new PartsFolder({
    storage: disk,
    root: ROOT,
    given: "out",
    extension: "csv",
    text: new RowText(memory, schema, "csv", { change: false }, [1]),
    hasHeader: true,
    policy: { bytes: 300, ageMicros: 100n, checkMicros: 60n, openMax: 3 },
    partition: partitionPaths(memory, schema, [1]),
    prefixes: ["key="],
    overwrites: false,
    exact: {
      place,
      finished: new Set(known.flatMap(({ parts }) => parts)),
      finish: (parts) => {
        log.parts.push({ epochs: log.committed, parts });
        return Promise.resolve();
      },
    },
    ...options,
  });
}

/** Runs to the end of the rows, or until the disk throws. */
export async function live(life: Life): Promise<void> {
  const { disk, log, seed, random } = life;
  const folder = openFolder(life);
  const { exact } = folder;
  const place = (): SinkPlace => ({ at: folder.at, synced: folder.synced, mark: folder.mark() });
  log.begun ??= place();
  const begin = (epoch: number): void => {
    const { batch, rows } = rowsOf(seed, epoch);
    if (rows > 0) folder.write({ batch, rows });
    folder.endEpoch(BigInt(epoch * 30), epoch === EPOCHS - 1);
  };
  for (let epoch = log.saved?.epochs ?? 0; epoch < log.committed; epoch++) {
    begin(epoch);
    await folder.flush();
    take(disk, log);
  }
  await exact?.settle();
  for (let epoch = log.committed; epoch < EPOCHS; epoch++) {
    life.before?.(epoch);
    begin(epoch);
    log.committed = epoch + 1;
    await folder.flush();
    if (random.chance(0.7)) take(disk, log);
    if (!random.chance(0.2)) continue;
    folder.sync();
    log.saved = { epochs: log.committed, at: folder.at, place: place() };
  }
  await folder.close();
  take(disk, log);
}

/** What the folder holds, by path. */
export function contents(disk: SimDisk, folder: string = ROOT): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of disk.list(folder)) {
    const path = `${folder}/${name}`;
    if (name.includes("=")) for (const [below, text] of contents(disk, path)) found.set(below, text);
    else {
      const file = disk.open(path, "read");
      found.set(path, Buffer.from(file.read(0, file.size)).toString());
    }
  }
  return found;
}

/** A reader moves every part that has its name elsewhere, for good. */
function take(disk: SimDisk, log: Log): void {
  const { onCall } = disk;
  disk.onCall = () => undefined;
  for (const [path, text] of contents(disk)) {
    if (path.includes("/.")) continue;
    if (log.taken.has(path)) throw new Error(`${path} has come again`);
    log.taken.set(path, text);
    disk.remove(path);
    disk.syncFolder(path.slice(0, path.lastIndexOf("/")));
  }
  disk.onCall = onCall;
}
