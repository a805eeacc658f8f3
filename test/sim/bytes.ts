/** Bytes that grow, and are copied when they are written to and not before. */
export class Bytes {
  private buffer: Uint8Array;
  private isShared: boolean;
  size: number;

  constructor(bytes: Uint8Array = new Uint8Array(), isShared = true) {
    this.buffer = bytes;
    this.size = bytes.length;
    this.isShared = isShared;
  }

  /** To be read at once. */
  get view(): Uint8Array {
    return this.buffer.subarray(0, this.size);
  }

  slice(from: number, to: number): Uint8Array {
    return this.buffer.slice(from, Math.max(from, Math.min(to, this.size)));
  }

  clone(): Bytes {
    this.isShared = true;
    return new Bytes(this.view);
  }

  private own(capacity: number): void {
    if (!this.isShared && capacity <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(capacity, this.isShared ? this.size : 2 * this.buffer.length));
    larger.set(this.view);
    this.buffer = larger;
    this.isShared = false;
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (end > this.size) this.resize(end);
    this.own(this.size);
    this.buffer.set(bytes, at);
  }

  /** What is new is zero. */
  resize(size: number): void {
    if (size > this.size) {
      this.own(size);
      this.buffer.fill(0, this.size, size);
    }
    this.size = size;
  }

  flip(at: number, bit: number): void {
    this.own(this.size);
    this.buffer[at] = (this.buffer[at] ?? 0) ^ (1 << bit);
  }
}
