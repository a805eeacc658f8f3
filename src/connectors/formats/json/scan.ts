/**
 * The structure of a JSON record, over bytes: strings closed, brackets balanced. No more is asked of values that no
 * query reads (V8); those that are read are checked where they are decoded.
 */
export const Byte = {
  TAB: 0x09,
  LF: 0x0a,
  CR: 0x0d,
  SPACE: 0x20,
  QUOTE: 0x22,
  COMMA: 0x2c,
  MINUS: 0x2d,
  ZERO: 0x30,
  NINE: 0x39,
  COLON: 0x3a,
  OPEN_BRACKET: 0x5b,
  BACKSLASH: 0x5c,
  CLOSE_BRACKET: 0x5d,
  OPEN_BRACE: 0x7b,
  CLOSE_BRACE: 0x7d,
} as const;

/** A record that is no JSON object; the message is for people. */
export class BrokenJson extends Error {
  override readonly name = "BrokenJson";
}

export const isSpace = (byte: number | undefined): boolean =>
  byte === Byte.SPACE || byte === Byte.TAB || byte === Byte.LF || byte === Byte.CR;

/** What numbers, true, false and null consist of: digits, letters, plus, minus, point. */
export function isScalarByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}

export function skipSpace(u8: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isSpace(u8[i])) i += 1;
  return i;
}

/** The address behind the string that begins at `at`. */
export function skipString(u8: Uint8Array, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const byte = u8[i];
    if (byte === Byte.QUOTE) return i + 1;
    if (byte === Byte.BACKSLASH) i += 1;
  }
  throw new BrokenJson("a string has no end");
}

/** The address behind the value that begins at `at`, whatever it is. */
export function skipValue(u8: Uint8Array, at: number, end: number): number {
  const first = at < end ? u8[at] : undefined;
  if (first === Byte.QUOTE) return skipString(u8, at, end);
  if (first === Byte.OPEN_BRACE || first === Byte.OPEN_BRACKET) return skipNested(u8, at, end);
  let i = at;
  while (i < end && isScalarByte(u8[i])) i += 1;
  if (i === at) throw new BrokenJson("a value is missing");
  return i;
}

function skipNested(u8: Uint8Array, at: number, end: number): number {
  const closers: number[] = [];
  for (let i = at; i < end; i++) {
    const byte = u8[i];
    if (byte === Byte.QUOTE) i = skipString(u8, i, end) - 1;
    else if (byte === Byte.OPEN_BRACE || byte === Byte.OPEN_BRACKET) closers.push(byte + 2);
    else if (byte === Byte.CLOSE_BRACE || byte === Byte.CLOSE_BRACKET) {
      if (closers.pop() !== byte) throw new BrokenJson("brackets do not match");
      if (closers.length === 0) return i + 1;
    }
  }
  throw new BrokenJson("a bracket is not closed");
}
