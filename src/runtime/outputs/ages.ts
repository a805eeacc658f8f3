/** Items by their times, so that those up to a time are found without looking at all the others. */

/** Into how many parts the time for which items are kept is cut. */
const PARTS = 1000n;

export class Ages<T> {
  private readonly partMicros: bigint;
  /** By part of the time: its items with their times. */
  private readonly parts = new Map<bigint, Map<T, bigint>>();
  /** The parts, ascending. */
  private readonly order: bigint[] = [];

  /** `keptMicros`: for how long an item is kept. */
  constructor(keptMicros: bigint) {
    this.partMicros = keptMicros / PARTS + 1n;
  }

  private partOf(time: bigint): bigint {
    const part = time / this.partMicros;
    return time < 0n && time % this.partMicros !== 0n ? part - 1n : part;
  }

  add(item: T, time: bigint): void {
    const part = this.partOf(time);
    const known = this.parts.get(part);
    if (known !== undefined) {
      known.set(item, time);
      return;
    }
    this.parts.set(part, new Map([[item, time]]));
    // Times mostly come in order.
    let at = this.order.length;
    while (at > 0 && (this.order[at - 1] ?? part) > part) at--;
    this.order.splice(at, 0, part);
  }

  remove(item: T, time: bigint): void {
    this.parts.get(this.partOf(time))?.delete(item);
  }

  /** Takes the items out whose time is at most `until`. */
  take(until: bigint): readonly T[] {
    const last = this.partOf(until);
    const taken: T[] = [];
    let whole = 0;
    for (const part of this.order) {
      if (part > last) break;
      const items = this.parts.get(part) ?? new Map<T, bigint>();
      for (const [item, time] of items) {
        if (time > until) continue;
        taken.push(item);
        items.delete(item);
      }
      if (part === last) break;
      this.parts.delete(part);
      whole++;
    }
    this.order.splice(0, whole);
    return taken;
  }
}
