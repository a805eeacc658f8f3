/** JSON as bytes, for the heads and records of the log: what a person can read in a hex dump. */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** Whoever wrote it knows what it is, where a checksum was right. Throws SyntaxError or TypeError where it is not JSON. */
export const decodeJson = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));
