/**
 * A buddy allocator over the runs of a memory: blocks of 2^k runs that start at a multiple of their size. A released
 * block joins its free buddy at once, so tables that grow and shrink leave no fragments behind. It knows run numbers
 * only, neither bytes nor owners.
 */
const NONE = -1;

export class RunAllocator {
  readonly runs: number;
  /** The first free block of each order, or NONE. */
  private readonly heads: Int32Array;
  /** Links of the free lists, by the first run of a block. */
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  /** By the first run of a block: order + 1 of a free block, -(order + 1) of an allocated one, 0 elsewhere. */
  private readonly state: Int8Array;

  /** Runs below `first` are never handed out. */
  constructor(runs: number, first: number) {
    this.runs = runs;
    this.heads = new Int32Array(32).fill(NONE);
    this.next = new Int32Array(runs).fill(NONE);
    this.previous = new Int32Array(runs).fill(NONE);
    this.state = new Int8Array(runs);
    const blocks: [run: number, order: number][] = [];
    for (let run = first; run < runs; ) {
      let order = run === 0 ? 30 : Math.log2(run & -run);
      while (run + 2 ** order > runs) order -= 1;
      blocks.push([run, order]);
      run += 2 ** order;
    }
    // Pushed from the end, so that low addresses are handed out first.
    for (const [run, order] of blocks.reverse()) this.push(run, order);
  }

  /** The first run of a block of 2^order runs, or -1 where none is left. */
  take(order: number): number {
    let found = order;
    while (found < this.heads.length && this.heads[found] === NONE) found += 1;
    const run = this.heads[found] ?? NONE;
    if (run === NONE) return NONE;
    this.unlink(run, found);
    while (found > order) {
      found -= 1;
      this.push(run + 2 ** found, found);
    }
    this.state[run] = -(order + 1);
    return run;
  }

  /** The order of the allocated block that starts at `run`, or -1 where none does. */
  orderOf(run: number): number {
    const state = this.state[run] ?? 0;
    return state < 0 ? -state - 1 : NONE;
  }

  give(run: number): void {
    let order = this.orderOf(run);
    if (order === NONE) throw new RangeError(`run ${run} is not the start of an allocated block`);
    let start = run;
    this.state[start] = 0;
    for (;;) {
      const buddy = start ^ (2 ** order);
      if (this.state[buddy] !== order + 1) break;
      this.unlink(buddy, order);
      start = Math.min(start, buddy);
      order += 1;
    }
    this.push(start, order);
  }

  /** Free blocks by order, for tests and diagnostics. */
  freeBlocks(): number[] {
    const counts = new Array<number>(this.heads.length).fill(0);
    for (const state of this.state) if (state > 0) counts[state - 1] = (counts[state - 1] ?? 0) + 1;
    return counts;
  }

  private push(run: number, order: number): void {
    const head = this.heads[order] ?? NONE;
    this.next[run] = head;
    this.previous[run] = NONE;
    if (head !== NONE) this.previous[head] = run;
    this.heads[order] = run;
    this.state[run] = order + 1;
  }

  private unlink(run: number, order: number): void {
    const next = this.next[run] ?? NONE;
    const previous = this.previous[run] ?? NONE;
    if (previous === NONE) this.heads[order] = next;
    else this.next[previous] = next;
    if (next !== NONE) this.previous[next] = previous;
    this.state[run] = 0;
  }
}
