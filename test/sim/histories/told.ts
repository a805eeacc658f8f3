/** What histories went through. */
export interface Told {
  histories: number;
  lives: number;
  cuts: number;
  /** Lives that were asked to end, and did. */
  drains: number;
  /** Lives that ended because a call to the disk failed. */
  failures: number;
  /** Bits that were flipped, and how many of them were refused by name. */
  flips: number;
  refused: number;
}

export const nothingTold = (): Told => ({
  histories: 0,
  lives: 0,
  cuts: 0,
  drains: 0,
  failures: 0,
  flips: 0,
  refused: 0,
});

/** For an engine: a large memory counts as pressure of memory, and the collector runs at every life. */
export const MEMORY_BYTES: number = 16 * 1024 * 1024;
