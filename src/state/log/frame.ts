/**
 * Frames: what the input log and the manifest consist of. A frame names the one before it, so that a missing, stale or
 * foreign piece shows, and carries a checksum of itself, so that a torn or changed one does.
 *
 * Little-endian. | 0 magic u32 | 4 bytes of the body u32 | 8 CRC-32 of all but magic and this u32 | 12 incarnation u32 |
 * 16 number u64 | 24 highest number known durable when this one was written u64 | 32 link to the frame before: its
 * checksum u32, its incarnation u32 | 40 body |
 */
import { crc32 } from "node:zlib";

const MAGIC = 0x314d_4454; // TDM1
export const FRAME_HEADER_BYTES = 40;
/** No frame is larger: a length beyond it is garbage. */
export const FRAME_BODY_BYTES_MAX: number = 1 << 30;

/** What tells a frame from all others: the next one carries it. */
export interface FrameLink {
  readonly checksum: number;
  readonly incarnation: number;
}

export const FIRST_LINK: FrameLink = { checksum: 0, incarnation: 0 };

export interface FrameHead {
  readonly incarnation: number;
  readonly number: number;
  /** Frames up to this number were durable when this one was written. */
  readonly durable: number;
  readonly previous: FrameLink;
}

export interface Frame extends FrameHead {
  readonly body: Uint8Array;
  readonly link: FrameLink;
  /** Place of the frame in what was read, and of the one behind it. */
  readonly start: number;
  readonly end: number;
}

export function encodeFrame(head: FrameHead, body: Uint8Array): Uint8Array {
  if (body.length > FRAME_BODY_BYTES_MAX) throw new RangeError(`a frame of ${body.length} bytes`);
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, body.length, true);
  view.setUint32(12, head.incarnation, true);
  view.setBigUint64(16, BigInt(head.number), true);
  view.setBigUint64(24, BigInt(head.durable), true);
  view.setUint32(32, head.previous.checksum, true);
  view.setUint32(36, head.previous.incarnation, true);
  bytes.set(body, FRAME_HEADER_BYTES);
  view.setUint32(8, checksum(bytes), true);
  return bytes;
}

/** What the frame behind this one carries. */
const linkOf = (frame: Uint8Array): FrameLink => {
  const view = new DataView(frame.buffer, frame.byteOffset);
  return { checksum: view.getUint32(8, true), incarnation: view.getUint32(12, true) };
};

/** Of a whole frame, without its magic and the checksum itself. */
const checksum = (frame: Uint8Array): number => crc32(frame.subarray(12), crc32(frame.subarray(4, 8)));

/** The frame at `start`, or why there is none. */
export function decodeFrame(bytes: Uint8Array, start: number): Frame | string {
  const left = bytes.length - start;
  if (left < FRAME_HEADER_BYTES) return "it ends in the head of a frame";
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, left);
  if (view.getUint32(0, true) !== MAGIC) return "no frame begins here";
  const length = view.getUint32(4, true);
  if (length > FRAME_BODY_BYTES_MAX) return `a frame of ${length} bytes`;
  if (left < FRAME_HEADER_BYTES + length) return "it ends within a frame";
  const end = start + FRAME_HEADER_BYTES + length;
  const sum = view.getUint32(8, true);
  if (checksum(bytes.subarray(start, end)) !== sum) return "the checksum of a frame is wrong";
  const incarnation = view.getUint32(12, true);
  const frame: Frame = {
    incarnation,
    number: Number(view.getBigUint64(16, true)),
    durable: Number(view.getBigUint64(24, true)),
    previous: { checksum: view.getUint32(32, true), incarnation: view.getUint32(36, true) },
    body: bytes.subarray(start + FRAME_HEADER_BYTES, end),
    link: { checksum: sum, incarnation },
    start,
    end,
  };
  return frame;
}

/** Of the whole frames at or behind `start`, wherever they begin, the one that knows most frames to be durable; undefined: there is none. */
function surestFrame(bytes: Uint8Array, start: number): Frame | undefined {
  const first = MAGIC & 0xff;
  let surest: Frame | undefined;
  for (let at = bytes.indexOf(first, start); at >= 0; ) {
    const frame = decodeFrame(bytes, at);
    if (typeof frame !== "string" && frame.durable >= (surest?.durable ?? 0)) surest = frame;
    at = bytes.indexOf(first, typeof frame === "string" ? at + 1 : frame.end);
  }
  return surest;
}

/** A frame as the next one sees it. */
export interface FrameEnd {
  readonly number: number;
  readonly link: FrameLink;
}

/** The frame that follows on `before`, and what the one behind it follows on. `durable`: up to where frames are. */
export function nextFrame(
  before: FrameEnd,
  incarnation: number,
  body: Uint8Array,
  durable: number = before.number,
): { readonly bytes: Uint8Array; readonly end: FrameEnd } {
  const number = before.number + 1;
  const bytes = encodeFrame({ incarnation, number, durable, previous: before.link }, body);
  return { bytes, end: { number, link: linkOf(bytes) } };
}

/** What stands in a file of frames: those that follow on each other, and what ends them. */
export interface FrameRun {
  readonly frames: readonly Frame[];
  /** Place behind the last of them. */
  readonly end: number;
  /** Why it does not go on at `end`, and of the whole frames there or behind it the one that knows most to be durable; undefined: nothing is there. */
  readonly bad: { readonly reason: string; readonly later: Frame | undefined } | undefined;
}

/** `before`: what the first one must follow on; undefined: anything. */
export function readFrames(bytes: Uint8Array, start: number, before: FrameEnd | undefined): FrameRun {
  const frames: Frame[] = [];
  let previous = before;
  let at = start;
  while (at < bytes.length) {
    const frame = decodeFrame(bytes, at);
    if (typeof frame === "string") {
      return { frames, end: at, bad: { reason: frame, later: surestFrame(bytes, at + 1) } };
    }
    const reason = previous === undefined ? undefined : notNext(frame, previous);
    if (reason !== undefined) return { frames, end: at, bad: { reason, later: surestFrame(bytes, at) } };
    frames.push(frame);
    previous = frame;
    at = frame.end;
  }
  return { frames, end: at, bad: undefined };
}

/** Why a frame does not follow on another one; undefined: it does. */
export function notNext(frame: Frame, before: FrameEnd): string | undefined {
  if (frame.number !== before.number + 1) return `frame ${frame.number} comes after ${before.number}`;
  return sameLink(frame.previous, before.link)
    ? undefined
    : `frame ${frame.number} follows on another frame ${before.number}`;
}

export const sameLink = (a: FrameLink, b: FrameLink): boolean =>
  a.checksum === b.checksum && a.incarnation === b.incarnation;
