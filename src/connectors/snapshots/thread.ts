/** Writes and reads snapshots in a thread of its own: the engine's only hands buffers over. */
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { asError, SqlError } from "../../base/error.ts";
import type { StagedTable } from "../../state/snapshot/staged.ts";
import type { WrittenSnapshot } from "../../state/snapshot/write.ts";
import { systemClock } from "../clock.ts";
import { type Answer, buffersOf, type Request, receivedError } from "./messages.ts";

/** Chunks that are handed over together. A buffer takes some microseconds; between the pieces the engine goes on. */
const CHUNKS_AT_ONCE = 32;

/** What some thread of this process does with a file: DuckDB does not notice that it opens one twice. */
const busy = new Map<string, Promise<unknown>>();

async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  const key = resolve(path);
  const before = busy.get(key) ?? Promise.resolve();
  const after = before.then(work, work);
  busy.set(key, after);
  try {
    return await after;
  } finally {
    if (busy.get(key) === after) busy.delete(key);
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class SnapshotThread {
  // scripts/build.mjs finds this URL, and writes the built file's in its place.
  private readonly worker: Worker = new Worker(new URL("./worker.ts", import.meta.url), {
    // A program that came with `node --eval` has flags that no file takes.
    execArgv: [],
  });
  private readonly ended: Promise<void>;
  private waiting: Waiting | undefined;
  private writes = 0;
  /** The end of what was asked last. */
  private last: Promise<unknown> = Promise.resolve();
  /** Why nothing can be asked any more. */
  private failure: Error | undefined;

  constructor() {
    this.worker.on("message", (answer: Answer) => this.waiting?.resolve(answer));
    this.worker.on("messageerror", (error) => this.fail(error.message));
    this.worker.on("error", (error) => this.fail(asError(error).message));
    this.ended = new Promise((done) => {
      this.worker.on("exit", () => {
        this.fail("the snapshot thread has ended");
        done();
      });
    });
  }

  /**
   * Writes `tables` into a new file, and hands their buffers over: they are gone here. Rejects with SNAPSHOT_UNWRITABLE;
   * the thread goes on.
   */
  async write(path: string, tables: readonly StagedTable[]): Promise<WrittenSnapshot> {
    const answer = await this.inTurn(path, async () => {
      const write = ++this.writes;
      for (const [table, { chunks }] of tables.entries()) {
        for (let from = 0; from < chunks.length; from += CHUNKS_AT_ONCE) {
          const part = chunks.slice(from, from + CHUNKS_AT_ONCE);
          this.post({ kind: "chunks", write, table, chunks: part }, buffersOf(part));
          await systemClock.sleep(0);
        }
      }
      return this.ask({ kind: "write", write, path, tables: tables.map((table) => ({ ...table, chunks: [] })) });
    });
    if (answer.kind === "written") return answer.snapshot;
    throw unexpected(answer);
  }

  /** `sha256`: what the file's must be. Rejects with SNAPSHOT_UNREADABLE, SNAPSHOT_DAMAGED or SNAPSHOT_TOO_NEW. */
  async read(path: string, sha256?: string): Promise<readonly StagedTable[]> {
    const answer = await this.inTurn(path, () => this.ask({ kind: "read", path, sha256 }));
    if (answer.kind === "read") return answer.tables;
    throw unexpected(answer);
  }

  /** Does what was asked before, then ends the thread. */
  async close(): Promise<void> {
    const end = (): void => {
      if (this.failure === undefined) this.post({ kind: "close" });
      this.fail("the snapshot thread is closed");
    };
    this.last = this.last.then(end, end);
    await this.last;
    await this.ended;
  }

  private inTurn(path: string, work: () => Promise<Answer>): Promise<Answer> {
    const turn = (): Promise<Answer> => alone(path, work);
    const answer = this.last.then(turn, turn);
    this.last = answer;
    return answer;
  }

  private post(request: Request, handedOver: ArrayBuffer[] = []): void {
    if (this.failure !== undefined) throw this.failure;
    this.worker.postMessage(request, handedOver);
  }

  private ask(request: Request): Promise<Answer> {
    this.post(request);
    return new Promise((resolve, reject) => (this.waiting = { resolve, reject }));
  }

  private fail(reason: string): void {
    this.failure ??= new SqlError("INTERNAL", undefined, { reason });
    this.waiting?.reject(this.failure);
  }
}

const unexpected = (answer: Answer): Error =>
  answer.kind === "failed"
    ? receivedError(answer.error)
    : new SqlError("INTERNAL", undefined, { reason: `the snapshot thread answered '${answer.kind}'` });
