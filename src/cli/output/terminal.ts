/**
 * The process's three streams as commands use them. stdout carries results only. A progress line may stand on stderr;
 * it is taken away before anything else is written, so that the two never mix on a terminal that shows both.
 */
import { Writable } from "node:stream";

const CLEAR_LINE = "\r\x1b[K";

export class Terminal {
  /** Results. Its terminal-ness is stdout's. */
  readonly results: NodeJS.WritableStream;
  /** Whether a person looks at the results. */
  readonly showsResults: boolean;
  /** Whether a person looks at stderr: only then is there a progress line. */
  readonly showsProgress: boolean;
  readonly color: boolean;
  readonly #process: Pick<NodeJS.Process, "stdin">;
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  #stdin: NodeJS.ReadStream | undefined;
  #progress = "";
  #isReaderGone = false;
  #onReaderGone: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(process: Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env">) {
    this.#process = process;
    this.#out = process.stdout;
    this.#err = process.stderr;
    this.showsResults = this.#out.isTTY;
    this.showsProgress = this.#err.isTTY;
    const noColor = process.env["NO_COLOR"];
    this.color = this.showsProgress && (noColor === undefined || noColor === "") && process.env["TERM"] !== "dumb";
    this.results = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, encoding, done) => {
        if (this.#isReaderGone) {
          done();
          return;
        }
        this.#hideProgress();
        // An error is told by the stream's event, below.
        this.#out.write(chunk, encoding, () => {
          this.#drawProgress();
          done();
        });
      },
    });
    // What is written after the reader has gone is not an error of ours; a full disk is, and is told at the end.
    for (const stream of [this.#out, this.#err]) {
      stream.on("error", (error: NodeJS.ErrnoException) => {
        if (stream !== this.#out) return;
        if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") this.#failure ??= error;
        this.#readerGone();
      });
    }
  }

  /** Opened when it is asked for: a pipe that nobody reads is left alone. */
  get stdin(): NodeJS.ReadStream {
    this.#stdin ??= this.#process.stdin;
    return this.#stdin;
  }

  /** Why results could not be written, other than that nobody reads them. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get width(): number {
    return this.#err.columns > 0 ? this.#err.columns : 80;
  }

  /** Runs `action` once when whoever read the results has gone away (EPIPE). */
  onReaderGone(action: () => void): void {
    this.#onReaderGone = action;
  }

  /** A line for the person: stderr. */
  say(line: string): void {
    this.#hideProgress();
    this.#err.write(`${line}\n`);
    this.#drawProgress();
  }

  /** A line of results: stdout. */
  print(line: string): void {
    this.results.write(`${line}\n`);
  }

  /** Sets the progress line; empty takes it away. Does nothing where nobody looks. */
  progress(line: string): void {
    if (!this.showsProgress) return;
    this.#hideProgress();
    this.#progress = line.slice(0, this.width - 1);
    this.#drawProgress();
  }

  /** Waits until all results have been handed to the operating system. */
  async flush(): Promise<void> {
    if (this.#out.writableEnded || this.#out.destroyed) return;
    await new Promise<void>((resolve) => this.results.write("", () => resolve()));
  }

  /** Waits for the last results, and lets go of the input. */
  async close(): Promise<void> {
    this.progress("");
    // An input that is still open (a pipe, a keyboard) must not keep a finished process alive.
    this.#stdin?.destroy();
    await this.flush();
  }

  #readerGone(): void {
    if (this.#isReaderGone) return;
    this.#isReaderGone = true;
    this.#onReaderGone?.();
  }

  #hideProgress(): void {
    if (this.#progress !== "") this.#err.write(CLEAR_LINE);
  }

  #drawProgress(): void {
    if (this.#progress !== "") this.#err.write(this.#progress);
  }
}
