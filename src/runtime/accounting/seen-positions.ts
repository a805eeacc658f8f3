/**
 * Which positions of a table have been told to be bad: every query that reads the table meets them again, and they are
 * told once (E5). Bounded: where there are too many the oldest are let go, and with them everything up to them in their
 * partition counts as told.
 */
const POSITIONS_MAX = 100_000;

interface Position {
  readonly partition: string;
  readonly position: bigint;
}

export class SeenPositions {
  /** In the order in which they came. */
  private readonly seen = new Map<string, Position>();
  /** By partition: the greatest position that was let go. */
  private readonly passed = new Map<string, bigint>();
  private readonly max: number;

  constructor(max: number = POSITIONS_MAX) {
    this.max = max;
  }

  /** Whether it has not been asked for that position before. */
  isNew(partition: string, position: bigint): boolean {
    const key = `${position} ${partition}`;
    if (position <= (this.passed.get(partition) ?? -1n) || this.seen.has(key)) return false;
    this.seen.set(key, { partition, position });
    if (this.seen.size > this.max) this.letGo();
    return true;
  }

  /** Those that were told, in the order in which they came, behind those that were let go. */
  save(): {
    readonly seen: readonly (readonly [string, string])[];
    readonly passed: readonly (readonly [string, string])[];
  } {
    return {
      seen: Array.from(this.seen.values(), ({ partition, position }) => [partition, String(position)]),
      passed: Array.from(this.passed, ([partition, position]) => [partition, String(position)]),
    };
  }

  restore({ seen, passed }: ReturnType<SeenPositions["save"]>): void {
    for (const [partition, position] of passed) this.passed.set(partition, BigInt(position));
    for (const [partition, position] of seen) this.isNew(partition, BigInt(position));
  }

  private letGo(): void {
    for (const [key, { partition, position }] of this.seen) {
      this.seen.delete(key);
      const before = this.passed.get(partition) ?? -1n;
      this.passed.set(partition, position > before ? position : before);
      return;
    }
  }
}
