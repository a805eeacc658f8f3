/** Opens the source of a table for a job: a connector's, a feed's, or a system table's. */
import type { Storage } from "../../base/storage.ts";
import { leavesOf } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { PartitionReader, Source, SourceConnector } from "../../connectors/connector.ts";
import { findSource } from "../../connectors/index.ts";
import { parseSpeed } from "../../connectors/options.ts";
import type { ScanNode, TablePlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import { neededLeaves } from "../computed.ts";
import { type Pace, Pacer } from "../job/turns/pacing.ts";
import type { BadRow } from "./bad-marks.ts";
import { FeedReader } from "./feed.ts";
import type { InputSource } from "./input-source.ts";
import { TableInput } from "./table-input.ts";

export interface SourceEnvironment {
  readonly memory: EngineMemory;
  readonly stdin: NodeJS.ReadableStream;
  readonly storage: Storage;
  /** Rows of a table that the engine itself holds: error and late tables, stored views. */
  storedRows(table: TablePlan): readonly (readonly Value[])[];
  onBad(table: TablePlan, bad: BadRow): void;
  /** Tells a person, where the job comes back. */
  notice(text: string): void;
  /** The clock of the epoch. */
  nowMicros(): bigint;
}

export function openTableSource(table: TablePlan, scans: readonly ScanNode[], env: SourceEnvironment): InputSource {
  const input = new TableInput(table, {
    memory: env.memory,
    onError: table.onError,
    onBad: (bad) => env.onBad(table, bad),
    nowMicros: () => env.nowMicros(),
  });
  const own = (kind: InputSource["kind"], readers: () => readonly PartitionReader[]): InputSource => ({
    input,
    kind,
    pacer: new Pacer({ kind: "none" }),
    files: [],
    // The log holds what goes into tables without connector.
    isRepeatable: true,
    open: () => Promise.resolve(readers()),
  });
  const { connector } = table;
  if (connector === undefined) return own("feed", () => [new FeedReader(table, env.memory, input.owner)]);
  if (connector === "system") {
    return own("system", () => [new FeedReader(table, env.memory, input.owner, () => env.storedRows(table))]);
  }
  const found = findSource(connector, table.span);
  const source = openOrClose(input, () => openConnector(found, table, scans, input, env));
  const { isRepeatable } = found;
  input.grows = source.growth !== undefined;
  return {
    input,
    kind: source.bounded ? "bounded" : "live",
    pacer: new Pacer(paceOf(table)),
    files: source.files ?? [],
    isRepeatable,
    growth: source.growth,
    open: (from, logged) => {
      for (const { file, bytes } of (from && source.grown?.(from)) ?? []) {
        env.notice(
          `table "${table.name}": ${file} has ${bytes} bytes more than when it was read to its end; they are not read`,
        );
      }
      return source.partitions(from, isRepeatable ? undefined : logged);
    },
  };
}

/** What `open` refuses leaves no memory behind. */
function openOrClose<T>(input: TableInput, open: () => T): T {
  try {
    return open();
  } catch (error) {
    void input.close();
    throw error;
  }
}

function openConnector(
  connector: SourceConnector,
  table: TablePlan,
  scans: readonly ScanNode[],
  input: TableInput,
  env: SourceEnvironment,
): Source {
  return connector.open({
    table: table.name,
    schema: table.physical,
    metadata: table.metadata,
    leaves: leavesOf(table.physical),
    needed: neededLeaves(table, scans),
    options: table.options,
    span: table.span,
    baseDirectory: table.folder,
    memory: env.memory,
    owner: input.owner,
    stdin: env.stdin,
    storage: env.storage,
  });
}

/** The options were checked when the table was created. */
function paceOf({ options }: TablePlan): Pace {
  const factor = parseSpeed(options.get("speed")?.value ?? "");
  if (factor !== undefined) return { kind: "speed", factor };
  const rate = options.get("rate");
  return rate === undefined ? { kind: "none" } : { kind: "rate", rowsPerSecond: Number(rate.value) };
}
