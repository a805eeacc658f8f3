/**
 * The exact decoder of JSON records (V8): every layout, every escape, every number. It defines what a record means;
 * the emitted extractors (layout.ts, extract.ts) must agree with it and leave to it what is unusual.
 */
import { INVALID } from "../../../base/batch.ts";
import { rowErrors } from "../../../base/row-error.ts";
import { typeText } from "../../../base/types.ts";
import type { EngineMemory } from "../../../wasm/memory.ts";
import type { BatchColumns } from "../columns.ts";
import type { EpochUnit } from "../time-text.ts";
import type { FieldNames, FieldNode } from "../tree.ts";
import { type ValueWriter, valueWriter, writeText } from "../values.ts";
import { BrokenJson, Byte, skipSpace, skipString, skipValue } from "./scan.ts";

/** How a key was matched: the exact name beats one that differs in case, and the last of equals counts. */
const Match = { NONE: 0, FOLDED: 1, EXACT: 2 } as const;

export class JsonDecoder {
  private readonly memory: EngineMemory;
  private readonly columns: BatchColumns;
  private readonly fields: FieldNames;
  private readonly writers: readonly (ValueWriter | undefined)[];
  /** By leaf: where its value begins and ends in the present record; 0 where it has none. */
  private readonly from: Uint32Array;
  private readonly to: Uint32Array;
  private readonly match: Uint8Array;
  private end = 0;
  /** ROWs of the present record that are objects, but not of JSON: why. */
  private readonly brokenRows = new Map<FieldNode, string>();

  constructor(columns: BatchColumns, fields: FieldNames, unit: EpochUnit) {
    this.memory = columns.memory;
    this.columns = columns;
    this.fields = fields;
    this.writers = columns.leaves.map((leaf, i) => valueWriter(columns, i, leaf, unit));
    this.from = new Uint32Array(columns.leaves.length);
    this.to = new Uint32Array(columns.leaves.length);
    this.match = new Uint8Array(columns.leaves.length);
  }

  /** Decodes the record [start, end), in valid UTF-8, into `row`. Says why it is broken; then nothing was written. */
  decode(start: number, end: number, row: number): string | undefined {
    const reason = this.locate(start, end);
    if (reason !== undefined) return reason;
    for (const node of this.fields.nodes) if (node.needed) this.write(node, row);
    return undefined;
  }

  /** Finds where the values of the record stand (`startOf`), or says why it is broken. */
  locate(start: number, end: number): string | undefined {
    this.forget(0, this.columns.leaves.length);
    this.brokenRows.clear();
    this.end = end;
    try {
      const { u8 } = this.memory;
      const open = skipSpace(u8, start, end);
      if (u8[open] !== Byte.OPEN_BRACE || open >= end) return "the record is not a JSON object";
      const close = this.object(open, this.fields);
      return skipSpace(u8, close, end) === end ? undefined : "something stands behind the JSON object";
    } catch (error) {
      if (error instanceof BrokenJson) return error.message;
      throw error;
    }
  }

  /** Whether a ROW that is needed is not JSON inside, in the record that was located last. */
  get hasBrokenRow(): boolean {
    return this.brokenRows.size > 0;
  }

  /** Where the value of a column that is needed begins in the record that was located last; 0: it has none. */
  startOf(node: FieldNode): number {
    return this.from[node.leaf] ?? 0;
  }

  private forget(leaf: number, leafEnd: number): void {
    this.from.fill(0, leaf, leafEnd);
    this.to.fill(0, leaf, leafEnd);
    this.match.fill(Match.NONE, leaf, leafEnd);
  }

  /** Walks the object at `open`, noting where the values of `fields` stand; the address behind it. */
  private object(open: number, fields: FieldNames): number {
    const { u8 } = this.memory;
    const { end } = this;
    let at = skipSpace(u8, open + 1, end);
    if (u8[at] === Byte.CLOSE_BRACE && at < end) return at + 1;
    for (;;) {
      if (u8[at] !== Byte.QUOTE || at >= end) throw new BrokenJson("a key is missing");
      const keyEnd = skipString(u8, at, end);
      const key = this.keyAt(at, keyEnd);
      at = skipSpace(u8, keyEnd, end);
      if (u8[at] !== Byte.COLON || at >= end) throw new BrokenJson(`no colon follows the key ${key ?? ""}`);
      at = skipSpace(u8, at + 1, end);
      at = skipSpace(u8, this.value(at, fields, key), end);
      const next = at < end ? u8[at] : undefined;
      if (next === Byte.CLOSE_BRACE) return at + 1;
      if (next !== Byte.COMMA) throw new BrokenJson("neither a comma nor a closing brace follows a value");
      at = skipSpace(u8, at + 1, end);
    }
  }

  private value(at: number, fields: FieldNames, key: string | undefined): number {
    const { u8 } = this.memory;
    const exact = key === undefined ? undefined : fields.exact.get(key);
    const node = exact ?? (key === undefined ? undefined : fields.folded.get(key.toLowerCase()));
    const match = exact === undefined ? Match.FOLDED : Match.EXACT;
    if (node === undefined || !node.needed || match < (this.match[node.leaf] ?? 0)) return skipValue(u8, at, this.end);
    this.forget(node.leaf, node.leafEnd);
    this.brokenRows.delete(node);
    // Whether the record is broken must not depend on what is read of it: strings and brackets decide it.
    const to = skipValue(u8, at, this.end);
    if (node.type.kind === "ROW" && u8[at] === Byte.OPEN_BRACE) this.row(at, node);
    this.from[node.leaf] = at;
    this.to[node.leaf] = to;
    this.match[node.leaf] = match;
    return to;
  }

  /** Walks a ROW that is read. What is wrong inside makes the ROW a value that cannot be decoded. */
  private row(at: number, node: FieldNode): void {
    try {
      this.object(at, node.children);
    } catch (error) {
      if (!(error instanceof BrokenJson)) throw error;
      this.forget(node.leaf, node.leafEnd);
      this.brokenRows.set(node, error.message);
    }
  }

  /** The key between the quotes at [from, to), unescaped; undefined where its escapes are wrong: it matches nothing. */
  private keyAt(from: number, to: number): string | undefined {
    const { u8 } = this.memory;
    let isPlain = true;
    for (let i = from + 1; i < to - 1 && isPlain; i++) {
      const byte = u8[i] ?? 0;
      isPlain = byte >= 0x20 && byte < 0x80 && byte !== Byte.BACKSLASH;
    }
    return isPlain ? this.memory.asciiText(from + 1, to - from - 2) : parseString(this.memory.text(from, to - from));
  }

  private write(node: FieldNode, row: number): void {
    const from = this.from[node.leaf] ?? 0;
    const to = this.to[node.leaf] ?? 0;
    if (from === 0 || this.isNull(from, to)) {
      const byte = node.notNull ? rowErrors.NULL_NOT_ALLOWED.number : INVALID;
      for (let leaf = node.leaf; leaf < node.leafEnd; leaf++) this.columns.setValidity(leaf, row, byte);
      return;
    }
    const isObject = node.type.kind === "ROW" && this.memory.u8[from] === Byte.OPEN_BRACE;
    const broken = this.brokenRows.get(node);
    if (isObject && broken === undefined) {
      for (const child of node.children.nodes) if (child.needed) this.write(child, row);
      return;
    }
    const reason = broken ?? this.writeValue(node, row, from, to);
    if (reason === undefined) return;
    for (let leaf = node.leaf; leaf < node.leafEnd; leaf++) this.columns.setBad(leaf, row, "UNDECODABLE", reason);
  }

  private isNull(from: number, to: number): boolean {
    return to - from === 4 && this.memory.dataView.getUint32(from, true) === 0x6c6c756e;
  }

  private writeValue(node: FieldNode, row: number, from: number, to: number): string | undefined {
    const isText = this.memory.u8[from] === Byte.QUOTE;
    const writer = this.writers[node.leaf];
    if (node.type.kind === "CHAR" || node.type.kind === "VARCHAR")
      return this.writeString(node.leaf, row, from, to, isText);
    const raw = this.memory.text(from, to - from);
    const text = isText ? parseString(raw) : raw;
    if (text === undefined) return WRONG_STRING;
    if (writer === undefined) return `${typeText(node.type)} needs a JSON object`;
    return writer(row, text, isText ? "text" : "literal");
  }

  private writeString(leaf: number, row: number, from: number, to: number, isText: boolean): string | undefined {
    const { u8 } = this.memory;
    if (!isText) {
      if (!isJson(this.memory.text(from, to - from))) return "the value is not JSON";
      return writeText(this.columns, leaf, row, from, to - from);
    }
    for (let i = from + 1; i < to - 1; i++) {
      const byte = u8[i] ?? 0;
      if (byte >= 0x20 && byte !== Byte.BACKSLASH) continue;
      const text = parseString(this.memory.text(from, to - from));
      if (text === undefined) return WRONG_STRING;
      // UTF-8 has no lone surrogates: they become U+FFFD here.
      const bytes = Buffer.from(text, "utf8");
      const address = this.columns.allocateText(bytes.length);
      u8.set(bytes, address);
      return writeText(this.columns, leaf, row, address, bytes.length);
    }
    return writeText(this.columns, leaf, row, from + 1, to - from - 2);
  }
}

const WRONG_STRING = "the string has a wrong escape or a control character";

/** A JSON string with its quotes; undefined where it is none by RFC 8259. */
function parseString(text: string): string | undefined {
  try {
    // The text begins with a quote: what comes out is a string.
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
