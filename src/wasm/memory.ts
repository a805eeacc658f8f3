/**
 * The memory of an engine thread: one shared WebAssembly.Memory of its full size from the start, so it never grows and
 * views never detach (untouched pages cost address space only). It is handed out as blocks of 2^k runs of 64 KiB, or
 * pieces of a run, to owners that are accounted. Layout: run 0 is never used (address 0 means "nothing"), run 1 is `allValid`, run 2 the
 * run map that checked code reads (check.ts), the rest is for owners.
 */
import { Pieces } from "./memory/pieces.ts";
import { RunAllocator } from "./memory/runs.ts";
import { type WasmMemory, webAssembly } from "./webassembly.ts";

export const RUN_BYTES = 65536;
const RUN_SHIFT = 16;
const RESERVED_RUNS = 3;
const PAGES_MAX = 65536;
const FALLBACK_PAGES = 4096;
/** What a freed run is filled with in the checked build. */
export const POISON = 0xdb;

/** Where the run map lies: a byte of RunState for each run. */
export const RUN_MAP: number = 2 * RUN_BYTES;
export const RunState = { FREE: 0, USED: 1, CONSTANT: 2 } as const;

export interface Execution {
  /** How compiled functions run: as WebAssembly, or through the interpreter of the IR. */
  readonly mode: "wasm" | "interpret";
  /** Whether emitted code verifies every access, and freed runs are poisoned. */
  readonly checked: boolean;
}

export interface MemoryOptions {
  /** Size in pages of 64 KiB; halved until the system grants it. Default: what the limit needs, else 65536, 4 GiB. */
  readonly pages?: number;
  /** How many bytes all owners may hold together. Default: the size of the memory. */
  readonly limitBytes?: number;
  readonly mode?: Execution["mode"];
  readonly checked?: boolean;
}

/** Who holds memory: an operator, a source, a query. `bytes` counts whole runs. */
export interface MemoryOwner {
  readonly name: string;
  bytes: number;
  peakBytes: number;
  /** Addresses of the blocks that it holds. */
  readonly blocks: Set<number>;
}

/** No memory within the limit: the query that asked fails with it, nothing else does. */
export class MemoryLimitError extends Error {
  override readonly name = "MemoryLimitError";
  readonly owner: string;
  readonly wantedBytes: number;
  readonly limitBytes: number;
  constructor(owner: string, wantedBytes: number, limitBytes: number) {
    super(`${owner} wants ${wantedBytes} more bytes, beyond the memory limit of ${limitBytes} bytes`);
    this.owner = owner;
    this.wantedBytes = wantedBytes;
    this.limitBytes = limitBytes;
  }
}

/** A limited memory reserves no more address space than its limit, and a little for what is not an owner's. */
const pagesFor = (limitBytes: number | undefined): number =>
  limitBytes === undefined ? PAGES_MAX : Math.min(PAGES_MAX, Math.ceil(limitBytes / RUN_BYTES) + 16);

function reserve(pages: number): { memory: WasmMemory | undefined; buffer: SharedArrayBuffer } {
  if (webAssembly === undefined) {
    return { memory: undefined, buffer: new SharedArrayBuffer(Math.min(pages, FALLBACK_PAGES) * RUN_BYTES) };
  }
  for (let size = pages; ; size = Math.floor(size / 2)) {
    try {
      const memory = new webAssembly.Memory({ initial: size, maximum: size, shared: true });
      return { memory, buffer: memory.buffer };
    } catch (error) {
      if (size / 2 < 2 * RESERVED_RUNS) throw error;
    }
  }
}

function noBlock(address: number): never {
  throw new RangeError(`no block of memory starts at ${address}`);
}

export class EngineMemory {
  /** What modules import; undefined where there is no WebAssembly. */
  readonly memory: WasmMemory | undefined;
  readonly buffer: SharedArrayBuffer;
  readonly pages: number;
  readonly limitBytes: number;
  /** How compileModule runs what it compiles, unless told otherwise. */
  execution: Execution;
  readonly u8: Uint8Array<SharedArrayBuffer>;
  readonly i32: Int32Array<SharedArrayBuffer>;
  readonly u32: Uint32Array<SharedArrayBuffer>;
  readonly i64: BigInt64Array<SharedArrayBuffer>;
  readonly u64: BigUint64Array<SharedArrayBuffer>;
  readonly f32: Float32Array<SharedArrayBuffer>;
  readonly f64: Float64Array<SharedArrayBuffer>;
  readonly dataView: DataView<SharedArrayBuffer>;
  /** 65536 bytes of value 1: the validity of a column without NULLs. */
  readonly allValid: number = RUN_BYTES;
  /** Bytes that all owners hold. */
  bytes = 0;
  peakBytes = 0;
  private readonly runs: RunAllocator;
  private readonly pieces = new Pieces(RUN_BYTES);
  private readonly owners = new Map<number, MemoryOwner>();
  /** 1 for a run that was handed out before: its bytes are not known to be zero. */
  private readonly dirty: Uint8Array;
  private readonly text8: Buffer;

  constructor(options: MemoryOptions = {}) {
    const wanted = options.pages ?? pagesFor(options.limitBytes);
    if (wanted <= RESERVED_RUNS || wanted > PAGES_MAX) throw new RangeError(`a memory has 4 to ${PAGES_MAX} pages`);
    const { memory, buffer } = reserve(wanted);
    this.memory = memory;
    this.buffer = buffer;
    this.pages = buffer.byteLength / RUN_BYTES;
    this.limitBytes = Math.min(options.limitBytes ?? Infinity, (this.pages - RESERVED_RUNS) * RUN_BYTES);
    this.execution = {
      mode: options.mode ?? (memory === undefined ? "interpret" : "wasm"),
      checked: options.checked ?? false,
    };
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.dataView = new DataView(buffer);
    this.text8 = Buffer.from(buffer);
    this.runs = new RunAllocator(this.pages, RESERVED_RUNS);
    this.dirty = new Uint8Array(this.pages);
    this.u8.fill(1, this.allValid, this.allValid + RUN_BYTES);
    this.u8[RUN_MAP + this.allValid / RUN_BYTES] = RunState.CONSTANT;
    this.u8[RUN_MAP + RUN_MAP / RUN_BYTES] = RunState.CONSTANT;
  }

  createOwner(name: string): MemoryOwner {
    return { name, bytes: 0, peakBytes: 0, blocks: new Set() };
  }

  /**
   * The address of at least `bytes` bytes (a power of two of runs, aligned to its size up to 64 KiB at least). Their
   * content is undefined.
   */
  allocate(bytes: number, owner: MemoryOwner): number {
    const order = Math.max(0, Math.ceil(Math.log2(bytes / RUN_BYTES)));
    const size = RUN_BYTES * 2 ** order;
    if (!(this.bytes + size <= this.limitBytes)) throw new MemoryLimitError(owner.name, bytes, this.limitBytes);
    const run = this.runs.take(order);
    if (run < 0) throw new MemoryLimitError(owner.name, bytes, this.limitBytes);
    const address = run * RUN_BYTES;
    this.u8.fill(RunState.USED, RUN_MAP + run, RUN_MAP + run + 2 ** order);
    this.owners.set(address, owner);
    owner.blocks.add(address);
    owner.bytes += size;
    owner.peakBytes = Math.max(owner.peakBytes, owner.bytes);
    this.bytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return address;
  }

  /**
   * The same, but less than a run where that will do: at least 2 KiB, a power of two, of a run that the owner shares with
   * nobody. It is aligned to its size.
   */
  allocatePiece(bytes: number, owner: MemoryOwner): number {
    if (bytes > RUN_BYTES / 2) return this.allocate(bytes, owner);
    return this.pieces.take(bytes, owner, () => this.allocate(RUN_BYTES, owner) / RUN_BYTES);
  }

  /** The same as `allocate`, all zero. Memory that was never handed out is not touched for it. */
  allocateZeroed(bytes: number, owner: MemoryOwner): number {
    const address = this.allocate(bytes, owner);
    const first = address >>> RUN_SHIFT;
    const end = first + this.capacity(address) / RUN_BYTES;
    for (let run = first; run < end; run += 1) {
      if (this.dirty[run] === 1) this.u8.fill(0, run * RUN_BYTES, (run + 1) * RUN_BYTES);
    }
    return address;
  }

  /** How many bytes the block at `address` has: the size asked for, rounded up. */
  capacity(address: number): number {
    const piece = this.pieces.bytesAt(address);
    if (piece !== undefined && piece > 0) return piece;
    return piece === undefined ? this.runsAt(address) : noBlock(address);
  }

  /** Bytes of the runs of the block at `address`. */
  private runsAt(address: number): number {
    const order = address % RUN_BYTES === 0 ? this.runs.orderOf(address / RUN_BYTES) : -1;
    return order < 0 ? noBlock(address) : RUN_BYTES * 2 ** order;
  }

  release(address: number): void {
    const size = this.capacity(address);
    if (size >= RUN_BYTES) return this.releaseRuns(address);
    if (this.execution.checked) this.u8.fill(POISON, address, address + size);
    if (this.pieces.give(address)) this.releaseRuns(address - (address % RUN_BYTES));
  }

  private releaseRuns(address: number): void {
    const size = this.runsAt(address);
    const owner = this.owners.get(address);
    const run = address / RUN_BYTES;
    const count = size / RUN_BYTES;
    if (this.execution.checked) this.u8.fill(POISON, address, address + size);
    this.u8.fill(RunState.FREE, RUN_MAP + run, RUN_MAP + run + count);
    this.dirty.fill(1, run, run + count);
    this.runs.give(run);
    this.owners.delete(address);
    this.bytes -= size;
    if (owner === undefined) return;
    owner.blocks.delete(address);
    owner.bytes -= size;
  }

  /** Releases every block of an owner, pieces too. */
  releaseOwner(owner: MemoryOwner): void {
    for (const address of [...owner.blocks]) {
      this.pieces.forget(address / RUN_BYTES);
      this.releaseRuns(address);
    }
  }

  /** Free blocks by their size as a power of two of runs. */
  freeBlocks(): number[] {
    return this.runs.freeBlocks();
  }

  /** Copies bytes out of the memory: faster than by typed arrays, which copy shared memory word by word. */
  copyOut(address: number, bytes: number, to: Uint8Array, at: number): void {
    this.text8.copy(to, at, address, address + bytes);
  }

  /** The UTF-8 text at an address as a string. */
  text(address: number, length: number): string {
    return this.text8.toString("utf8", address, address + length);
  }
  /** Text whose bytes are known to be ASCII; others come out as Latin-1. */
  asciiText(address: number, length: number): string {
    return this.text8.toString("latin1", address, address + length);
  }
  /** Writes a text as UTF-8 and returns how many bytes it took: at most three for each of its UTF-16 units. */
  writeText(address: number, text: string): number {
    if (text.length > SHORT_TEXT) return this.text8.write(text, address, "utf8");
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return this.text8.write(text, address, "utf8");
      this.u8[address + i] = unit;
    }
    return text.length;
  }
}

/** Up to so many units a loop is faster than a call out of JavaScript. */
const SHORT_TEXT = 24;

const ALIGN = 16;

/** Small long-lived pieces, bump-allocated from runs of one owner and released all together. */
export class Region {
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  private readonly chunks: number[] = [];
  private at = 0;
  private end = 0;

  constructor(memory: EngineMemory, owner: MemoryOwner) {
    this.memory = memory;
    this.owner = owner;
  }

  /** The address, a multiple of 16, of `bytes` zero bytes. */
  alloc(bytes: number): number {
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    if (this.at + size > this.end) {
      const chunk = this.memory.allocateZeroed(size, this.owner);
      this.chunks.push(chunk);
      const capacity = this.memory.capacity(chunk);
      // What is left of a large piece's block may still be more than what is left of the present chunk.
      if (capacity - size < this.end - this.at) return chunk;
      this.at = chunk;
      this.end = chunk + capacity;
    }
    const address = this.at;
    this.at += size;
    return address;
  }

  /** The address of a copy of a constant. */
  bytes(content: Uint8Array): number {
    const address = this.alloc(content.length);
    this.memory.u8.set(content, address);
    return address;
  }

  releaseAll(): void {
    for (const chunk of this.chunks) this.memory.release(chunk);
    this.chunks.length = 0;
    this.at = 0;
    this.end = 0;
  }
}
