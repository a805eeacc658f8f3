/** Bytes that were read and cannot be read again, until whoever logs them says that they are no longer needed. */
export class KeptBytes {
  private chunks: { readonly position: number; readonly bytes: Uint8Array }[] = [];

  /** What was read at `position`: behind all that is kept already. */
  add(position: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.chunks.push({ position, bytes: bytes.slice() });
  }

  between(from: number, to: number): Uint8Array {
    const all = new Uint8Array(Math.max(0, to - from));
    let filled = 0;
    for (const { position, bytes } of this.chunks) {
      const part = bytes.subarray(Math.max(0, from - position), Math.max(0, to - position));
      if (part.length === 0) continue;
      all.set(part, Math.max(position, from) - from);
      filled += part.length;
    }
    if (filled < all.length) throw new RangeError(`bytes ${from} to ${to} are not all kept`);
    return all;
  }

  forget(position: number): void {
    this.chunks = this.chunks.filter((chunk) => chunk.position + chunk.bytes.length > position);
  }
}
