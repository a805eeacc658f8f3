/** Text under construction as bytes: digits, strings and constants without a JavaScript string per value. */
const FIRST_BYTES = 65536;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const BILLION = 1_000_000_000;
const HEX = Buffer.from("0123456789abcdef", "latin1");
/** By byte: 0 as it is, 1 as \u00xx, else the letter behind the backslash. */
const escapes = new Uint8Array(256);
escapes.fill(1, 0, 0x20);
for (const [byte, letter] of [
  [QUOTE, '"'],
  [BACKSLASH, "\\"],
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0c, "f"],
  [0x0d, "r"],
] as const) {
  escapes[byte] = letter.charCodeAt(0);
}

export class ByteWriter {
  private buffer: Buffer;
  length = 0;

  constructor(firstBytes: number = FIRST_BYTES) {
    this.buffer = Buffer.allocUnsafe(firstBytes);
  }

  /** Makes room for `bytes` more. */
  reserve(bytes: number): void {
    const wanted = this.length + bytes;
    if (wanted <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  byte(byte: number): void {
    this.reserve(1);
    this.buffer[this.length] = byte;
    this.length += 1;
  }
  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }
  text(text: string): void {
    this.reserve(text.length * 3);
    this.length += this.buffer.write(text, this.length, "utf8");
  }

  /** A whole number, exact below 2^53. */
  integer(value: number): void {
    this.reserve(24);
    if (value < 0) {
      this.buffer[this.length] = 0x2d;
      this.length += 1;
    }
    const magnitude = Math.abs(value);
    if (magnitude < BILLION) return this.digits(magnitude, digitCount(magnitude));
    const high = Math.floor(magnitude / BILLION);
    this.digits(high, digitCount(high));
    this.digits(magnitude - high * BILLION, 9);
  }
  /** A whole number below 10^9 with `count` digits. */
  digits(value: number, count: number): void {
    const { buffer } = this;
    let rest = value | 0;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const next = (rest / 10) | 0;
      buffer[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.length += count;
  }

  /** UTF-8 as a JSON string. */
  jsonString(source: Uint8Array, from: number, length: number): void {
    this.reserve(length * 6 + 2);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = QUOTE;
    for (let i = from; i < from + length; i++) {
      const byte = source[i] ?? 0;
      const escape = escapes[byte] ?? 0;
      if (escape === 0) {
        buffer[at++] = byte;
        continue;
      }
      buffer[at++] = BACKSLASH;
      if (escape !== 1) {
        buffer[at++] = escape;
        continue;
      }
      at += buffer.write("u00", at, "latin1");
      buffer[at++] = HEX[byte >> 4] ?? 0;
      buffer[at++] = HEX[byte & 15] ?? 0;
    }
    buffer[at++] = QUOTE;
    this.length = at;
  }

  /** UTF-8 as a CSV field: in quotes where it has to be; the empty string is `""`. */
  csvField(source: Uint8Array, from: number, length: number): void {
    this.reserve(length * 2 + 2);
    const { buffer } = this;
    let isPlain = length > 0;
    for (let i = from; i < from + length && isPlain; i++) {
      const byte = source[i];
      isPlain = byte !== QUOTE && byte !== 0x2c && byte !== 0x0a && byte !== 0x0d;
    }
    if (isPlain) return this.bytes(source.subarray(from, from + length));
    let at = this.length;
    buffer[at++] = QUOTE;
    for (let i = from; i < from + length; i++) {
      const byte = source[i] ?? 0;
      if (byte === QUOTE) buffer[at++] = QUOTE;
      buffer[at++] = byte;
    }
    buffer[at++] = QUOTE;
    this.length = at;
  }

  /** What was written; valid until the next write. */
  view(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
  /** A copy of what was written, which is then gone. */
  take(): Buffer {
    const taken = Buffer.from(this.view());
    this.length = 0;
    return taken;
  }
}

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; limit <= value; limit *= 10) count += 1;
  return count;
}
