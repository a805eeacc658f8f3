/**
 * Records of the log as bytes: the length of a JSON text u32, the text, then what of the record is bytes, one behind the
 * other; the text holds where.
 */
import { decodeJson, encodeJson } from "./json.ts";

const LENGTH_BYTES = 4;

/** How the text holds bytes: their place behind it, and how many. */
interface BytesPlace {
  readonly $bytes: readonly [number, number];
}

const isPlace = (value: unknown): value is BytesPlace =>
  typeof value === "object" && value !== null && "$bytes" in value && Array.isArray(value.$bytes);

/** A record of plain data in which anything may be a Uint8Array. */
export function encodeRecord(record: unknown): Uint8Array {
  const blobs: Uint8Array[] = [];
  let end = 0;
  const text = encodeJson(
    mapped(record, (value) => {
      if (!(value instanceof Uint8Array)) return undefined;
      blobs.push(value);
      end += value.length;
      return { $bytes: [end - value.length, value.length] } satisfies BytesPlace;
    }),
  );
  const bytes = new Uint8Array(LENGTH_BYTES + text.length + end);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + text.length;
  for (const blob of blobs) {
    bytes.set(blob, at);
    at += blob.length;
  }
  return bytes;
}

/** What `encodeRecord` was given. Its bytes are views of `bytes`. */
export function decodeRecord(bytes: Uint8Array): unknown {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const blobs = bytes.subarray(LENGTH_BYTES + length);
  return mapped(decodeJson(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)), (value) =>
    isPlace(value) ? blobs.subarray(value.$bytes[0], value.$bytes[0] + value.$bytes[1]) : undefined,
  );
}

/** A copy in which `map` replaces what it does not give undefined for. */
function mapped(value: unknown, map: (value: unknown) => unknown): unknown {
  const replaced = map(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((v) => mapped(v, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, mapped(v, map)]));
}
