/**
 * The thread that owns DuckDB. It ends by itself when it is told to: ending it from outside while DuckDB works would end
 * the process.
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { readSnapshot } from "../../state/snapshot/read.ts";
import type { StagedChunk, StagedTable } from "../../state/snapshot/staged.ts";
import { writeSnapshot } from "../../state/snapshot/write.ts";
import { snapshotFiles } from "./files.ts";
import { type Answer, buffersOf, type Request, sentError } from "./messages.ts";

/** The chunks that came for one write, by the place of their table. */
let received = { write: 0, chunks: new Map<number, StagedChunk[]>() };

function receive({ write, table, chunks }: Extract<Request, { kind: "chunks" }>): void {
  if (received.write !== write) received = { write, chunks: new Map() };
  received.chunks.set(table, (received.chunks.get(table) ?? []).concat(chunks));
}

function take({ write, tables }: Extract<Request, { kind: "write" }>): readonly StagedTable[] {
  const { chunks } = received.write === write ? received : { chunks: new Map<number, StagedChunk[]>() };
  received = { write: 0, chunks: new Map() };
  return tables.map((table, i) => ({ ...table, chunks: chunks.get(i) ?? [] }));
}

async function serve(port: MessagePort, request: Request): Promise<void> {
  const answer = (sent: Answer, handedOver: ArrayBuffer[] = []): void => port.postMessage(sent, handedOver);
  if (request.kind === "close") return port.close();
  if (request.kind === "chunks") return receive(request);
  try {
    if (request.kind === "write") {
      return answer({ kind: "written", snapshot: await writeSnapshot(request.path, take(request), snapshotFiles) });
    }
    const tables = await readSnapshot(request.path, snapshotFiles, request.sha256);
    answer({ kind: "read", tables }, buffersOf(tables.flatMap((table) => table.chunks)));
  } catch (error) {
    answer({ kind: "failed", error: sentError(error, request.path) });
  }
}

const port = parentPort;
port?.on("message", (request: Request) => void serve(port, request));
