/**
 * Where in a frame one bit has flipped: a checksum is linear, so each place of a flipped bit makes it differ in a way of
 * its own. For people: nothing is mended by it.
 */
import { crc32 } from "node:zlib";
import { decodeFrame, FRAME_HEADER_BYTES } from "./frame.ts";

/** What a frame begins with; behind it lies what the checksum is of, besides the length. */
const HEAD_BYTES = 12;
const POLYNOMIAL = 0xedb88320;

/** What a byte does to a CRC-32, whatever the others are. */
const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  return crc;
});

/** The byte whose flipped bit is all that is wrong with the frame at `start`; undefined: more than that is. */
export function flippedByte(bytes: Uint8Array, start: number): number | undefined {
  if (bytes.length < start + HEAD_BYTES) return undefined;
  return flippedInHead(bytes, start) ?? flippedBehind(bytes, start);
}

function flippedInHead(bytes: Uint8Array, start: number): number | undefined {
  const copy = bytes.slice();
  for (let bit = 0; bit < 8 * HEAD_BYTES; bit++) {
    const at = start + (bit >> 3);
    const byte = copy[at] ?? 0;
    copy[at] = byte ^ (1 << (bit & 7));
    if (typeof decodeFrame(copy, start) !== "string") return at;
    copy[at] = byte;
  }
  return undefined;
}

/** From the end on, what a flipped bit does there; a byte further in front it has gone through one more. */
function flippedBehind(bytes: Uint8Array, start: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const end = start + FRAME_HEADER_BYTES + view.getUint32(4, true);
  if (end > bytes.length) return undefined;
  const computed = crc32(bytes.subarray(start + HEAD_BYTES, end), crc32(bytes.subarray(start + 4, start + 8)));
  const difference = (computed ^ view.getUint32(8, true)) >>> 0;
  const made = Uint32Array.from({ length: 8 }, (_, bit) => table[1 << bit] ?? 0);
  for (let at = end - 1; at >= start + HEAD_BYTES; at--) {
    if (made.includes(difference)) return at;
    for (let bit = 0; bit < 8; bit++) {
      const crc = made[bit] ?? 0;
      made[bit] = (table[crc & 255] ?? 0) ^ (crc >>> 8);
    }
  }
  return undefined;
}
