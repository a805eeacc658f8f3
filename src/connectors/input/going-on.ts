/**
 * Input that cannot be read again, after a restart: first what a log kept of it, then what comes now. The new stream
 * goes on with the old one's records, though it may begin as one of its own: with a byte order mark and a header.
 */
import { type ByteStream, markBytes, withoutMark } from "./byte-input.ts";
import { RECORD_BYTES_MAX } from "./record-format.ts";

export interface GoingOn {
  /** The header that was in force at the position of `logged`: given before it. */
  readonly header: Uint8Array;
  readonly logged: Uint8Array;
  readonly live: ByteStream;
  /** The end of a first record that names columns as a header; 0 where it is no header, -1 where it is not whole. */
  headerEnd(bytes: Uint8Array): number;
}

const LF = 0x0a;

export function goOn(parts: GoingOn): ByteStream {
  return { [Symbol.asyncIterator]: () => chunksOf(parts), destroy: () => parts.live.destroy?.() };
}

async function* chunksOf({ header, logged, live, headerEnd }: GoingOn): AsyncGenerator<Uint8Array> {
  if (header.length > 0) yield header;
  if (logged.length > 0) yield logged;
  // The log ends inside a record only where that was broken already: the rest of it is gone with the old stream.
  if (withoutMark(logged).length > 0 && logged.at(-1) !== LF) yield Uint8Array.of(LF);
  let first: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of { [Symbol.asyncIterator]: () => live[Symbol.asyncIterator]() }) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (first === undefined) {
      yield bytes;
      continue;
    }
    first = Buffer.concat([first, bytes]);
    const start = beginningEnd(first, headerEnd);
    if (start < 0 && first.length <= RECORD_BYTES_MAX) continue;
    yield first.subarray(Math.max(0, start));
    first = undefined;
  }
  if (first !== undefined && first.length > 0) yield first;
}

/** Behind the byte order mark and the header with which a stream begins; -1 where they are not whole. */
function beginningEnd(bytes: Uint8Array, headerEnd: GoingOn["headerEnd"]): number {
  const start = markBytes(bytes, 0, bytes.length);
  if (start < 0) return -1;
  const end = headerEnd(bytes.subarray(start));
  return end < 0 ? -1 : start + end;
}
