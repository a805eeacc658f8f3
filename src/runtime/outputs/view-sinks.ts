/** Sinks of the engine itself: what keeps a view's rows, and what prints a result once, folded, at its end. */
import type { Sink } from "../../connectors/connector.ts";
import { BatchWriter, changeOf, readRow } from "../../expr/columns.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { ResultStore } from "./result-store.ts";

/** Keeps the rows in `store`. */
export const storeSink = (memory: EngineMemory, store: ResultStore): Sink => ({
  ordered: true,
  isHeld: true,
  write: ({ batch, rows }) => {
    for (let i = 0; i < rows; i++) store.apply(changeOf(memory, batch, i), readRow(memory, batch, store.schema, i));
  },
  flush: () => undefined,
  close: () => Promise.resolve(),
});

/** Keeps the rows, and writes what is left of them into `sink` when the query is closed. */
export const foldingSink = (memory: EngineMemory, store: ResultStore, sink: Sink): Sink => ({
  ...storeSink(memory, store),
  close: async () => {
    const owner = memory.createOwner("result");
    const writer = new BatchWriter(memory, owner, store.schema);
    const write = (): void => {
      if (writer.rows > 0) sink.write({ batch: writer.batch, rows: writer.rows });
      writer.clear();
    };
    for (const row of store.current()) {
      if (writer.full) write();
      writer.add(row);
    }
    write();
    await sink.flush();
    await sink.close();
    memory.releaseOwner(owner);
  },
});
