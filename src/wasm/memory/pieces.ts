/**
 * Runs cut into pieces, a power of two of 2 KiB, for what is mostly smaller than a run: tables of few groups. Runs are
 * told by their number; each belongs to an owner, and is given back when none of its pieces is in use.
 */
import { RunAllocator } from "./runs.ts";

export const PIECE_BYTES = 2048;

interface Cut {
  readonly run: number;
  readonly owner: object;
  readonly pieces: RunAllocator;
  /** In units of PIECE_BYTES. */
  used: number;
}

export class Pieces {
  private readonly runBytes: number;
  private readonly units: number;
  private readonly byRun = new Map<number, Cut>();
  /** Of each owner those runs that are not full. */
  private readonly open = new WeakMap<object, Set<Cut>>();

  constructor(runBytes: number) {
    this.runBytes = runBytes;
    this.units = runBytes / PIECE_BYTES;
  }

  /** The address of `bytes` bytes at least, of a run that the owner has or else of one that `newRun` gives. */
  take(bytes: number, owner: object, newRun: () => number): number {
    const order = Math.max(0, Math.ceil(Math.log2(bytes / PIECE_BYTES)));
    const open = this.openOf(owner);
    for (const cut of open) {
      const unit = cut.pieces.take(order);
      if (unit >= 0) return this.taken(cut, unit, order, open);
    }
    const cut: Cut = { run: newRun(), owner, pieces: new RunAllocator(this.units, 0), used: 0 };
    this.byRun.set(cut.run, cut);
    open.add(cut);
    return this.taken(cut, cut.pieces.take(order), order, open);
  }

  private openOf(owner: object): Set<Cut> {
    const open = this.open.get(owner) ?? new Set();
    this.open.set(owner, open);
    return open;
  }

  private taken(cut: Cut, unit: number, order: number, open: Set<Cut>): number {
    cut.used += 2 ** order;
    if (cut.used === this.units) open.delete(cut);
    return cut.run * this.runBytes + unit * PIECE_BYTES;
  }

  private unitOf(address: number): number {
    return (address % this.runBytes) / PIECE_BYTES;
  }

  /** Bytes of the piece at an address; undefined where the run is not cut, -1 where no piece starts there. */
  bytesAt(address: number): number | undefined {
    const cut = this.byRun.get(Math.floor(address / this.runBytes));
    if (cut === undefined) return undefined;
    const order = cut.pieces.orderOf(this.unitOf(address));
    return order < 0 ? -1 : PIECE_BYTES * 2 ** order;
  }

  /** Gives the piece at an address back; whether its run has no other one any more and is forgotten. */
  give(address: number): boolean {
    const cut = this.byRun.get(Math.floor(address / this.runBytes));
    if (cut === undefined) throw new RangeError(`no piece of a run starts at ${address}`);
    const unit = this.unitOf(address);
    const order = cut.pieces.orderOf(unit);
    cut.pieces.give(unit);
    cut.used -= 2 ** order;
    if (cut.used === 0) {
      this.forget(cut.run);
      return true;
    }
    this.openOf(cut.owner).add(cut);
    return false;
  }

  /** A run is given back with all of its pieces. */
  forget(run: number): void {
    const cut = this.byRun.get(run);
    if (cut === undefined) return;
    this.byRun.delete(run);
    this.openOf(cut.owner).delete(cut);
  }
}
