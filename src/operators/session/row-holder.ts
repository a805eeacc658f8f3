/** The driver's side of sessions that hold their rows: chunks of memory, and putting out what has closed. */
import type { StageControl } from "../../expr/emit/arena.ts";
import { CTL_WANTED } from "../aggregation/stops.ts";
import { call, type GroupTables } from "../aggregation/tables.ts";
import type { Output } from "../rows/output.ts";
import type { SessionHolder } from "./content.ts";
import { CLOSE_LESS, CTL_CHUNK, CTL_CHUNK_END, CTL_CHUNK_TOP, SessionStop } from "./fields.ts";
import { putClosed } from "./fired.ts";
import { CHUNK_HEAD_BYTES, CHUNK_HELD } from "./rows.ts";

/** A row that stays for long keeps its chunk: they do not grow beyond this. */
const CHUNK_BYTES = 256 * 1024;

export class RowHolder implements SessionHolder {
  private readonly tables: GroupTables;
  private readonly control: StageControl;
  private readonly output: Output;
  /** Offset of the bound in a record. */
  private readonly limitAt: number;
  private chunks: number[] = [];

  constructor(tables: GroupTables, control: StageControl, output: Output, limitAt: number) {
    this.tables = tables;
    this.control = control;
    this.output = output;
    this.limitAt = limitAt;
  }

  get rows(): number {
    return this.chunks.reduce((n, c) => n + this.held(c), 0);
  }
  private held(chunk: number): number {
    return this.tables.context.memory.u32[(chunk + CHUNK_HELD) / 4] ?? 0;
  }

  makeRoom(status: number): boolean {
    if (status !== SessionStop.CHUNK_FULL) return false;
    const { memory, owner } = this.tables.context;
    const wanted = this.control.word(CTL_WANTED) + CHUNK_HEAD_BYTES;
    const chunk = memory.allocate(Math.max(CHUNK_BYTES, wanted), owner);
    memory.u32[(chunk + CHUNK_HELD) / 4] = 0;
    this.chunks.push(chunk);
    this.control.setWord(CTL_CHUNK, chunk);
    this.control.setWord(CTL_CHUNK_TOP, chunk + CHUNK_HEAD_BYTES);
    this.control.setWord(CTL_CHUNK_END, chunk + memory.capacity(chunk));
    return true;
  }

  /** By their ends, starts, kinds of change and columns where order shows (E7): each end at the watermark that closed it. */
  putOut(block: number, n: number, watermark: bigint): void {
    const { context, functions } = this.tables;
    const { memory } = context;
    const rows = call(functions, "count_rows", block, n);
    if (rows === 0) return;
    const lists = memory.allocate(8 * rows, context.owner);
    call(functions, "list_rows", block, n, lists);
    if (context.ordered) {
      const list = call(functions, "sort_rows", lists, lists + 4 * rows, rows) >>> 0;
      for (let at = 0; at < rows; ) at = this.put(list, at, rows, this.limitOf(list, at) - CLOSE_LESS);
    } else this.put(lists, 0, rows, watermark);
    memory.release(lists);
    this.releaseEmpty();
  }

  private limitOf(list: number, at: number): bigint {
    const { memory } = this.tables.context;
    return memory.i64[((memory.u32[list / 4 + at] ?? 0) + this.limitAt) / 8] ?? 0n;
  }

  /** Puts rows out that `bound` closes: all, but of a sorted list up to one that closes later. The first not put out. */
  private put(list: number, from: number, to: number, bound: bigint): number {
    const { control, output, tables } = this;
    const putting = { functions: tables.functions, stage: "put_rows", control, output };
    return putClosed(putting, list, [from, to], bound, (status) => {
      throw new TypeError(`putting rows out stopped with status ${status}`);
    });
  }

  /** Rows put out point to the strings of their chunks until the end of the run. */
  private releaseEmpty(): void {
    const isEmpty = (chunk: number): boolean => this.held(chunk) === 0;
    for (const chunk of this.chunks.filter(isEmpty)) this.tables.context.releaseAfterRun(chunk);
    const last = this.control.word(CTL_CHUNK);
    if (isEmpty(last)) for (const word of [CTL_CHUNK, CTL_CHUNK_TOP, CTL_CHUNK_END]) this.control.setWord(word, 0);
    this.chunks = this.chunks.filter((c) => !isEmpty(c));
  }
}
