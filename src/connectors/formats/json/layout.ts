/**
 * The layout of JSON records as data shows it: the exact bytes between values, and what stands in the gaps. Records of
 * one producer mostly share a few layouts; for each an extractor is emitted (extract.ts) that needs no search for keys.
 */
import type { FieldNames, FieldNode } from "../tree.ts";
import type { JsonDecoder } from "./decode.ts";
import { Byte, skipSpace, skipString, skipValue } from "./scan.ts";

/** A value as it stands in the record, without regard to its column's type. */
export type JsonForm = "string" | "number" | "boolean";

export type LayoutStep =
  | { readonly step: "bytes"; readonly bytes: Uint8Array }
  /** A value that is read. NULLs may stand in its place. */
  | { readonly step: "value"; readonly node: FieldNode; readonly form: JsonForm }
  /** A value that is not read; `form` is how it looked when the layout was learned. */
  | { readonly step: "skip"; readonly form: JsonForm | "nested" }
  /** A column, or ROW with all below, that has no value in this layout. */
  | { readonly step: "null"; readonly node: FieldNode };

export interface Layout {
  readonly steps: readonly LayoutStep[];
  /** Equal for equal layouts. */
  readonly key: string;
}

/** Learns layouts from whole, unbroken records. Remembers the form of columns for records in which they are null. */
export class LayoutLearner {
  private readonly u8: Uint8Array;
  private readonly decoder: JsonDecoder;
  private readonly fields: FieldNames;
  private readonly forms = new Map<FieldNode, JsonForm>();
  private steps: LayoutStep[] = [];
  private mark = 0;
  private end = 0;

  constructor(u8: Uint8Array, decoder: JsonDecoder, fields: FieldNames) {
    this.u8 = u8;
    this.decoder = decoder;
    this.fields = fields;
  }

  /** The layout of the record [start, next), its line end included; undefined where it has none that could be emitted. */
  learn(start: number, end: number, next: number): Layout | undefined {
    if (this.decoder.locate(start, end) !== undefined || this.decoder.hasBrokenRow) return undefined;
    this.steps = [];
    this.mark = start;
    this.end = end;
    if (!this.object(skipSpace(this.u8, start, end), this.fields)) return undefined;
    this.bytesUpTo(next);
    return { steps: this.steps, key: keyOf(this.steps) };
  }

  private bytesUpTo(at: number): void {
    if (at > this.mark) this.steps.push({ step: "bytes", bytes: this.u8.slice(this.mark, at) });
    this.mark = at;
  }

  private object(open: number, fields: FieldNames): boolean {
    const { u8, end } = this;
    let at = skipSpace(u8, open + 1, end);
    const byStart = new Map(fields.nodes.filter((n) => n.needed).map((node) => [this.decoder.startOf(node), node]));
    for (const node of fields.nodes) {
      if (node.needed && this.decoder.startOf(node) === 0) this.steps.push({ step: "null", node });
    }
    while (u8[at] !== Byte.CLOSE_BRACE) {
      const keyEnd = skipString(u8, at, end);
      const colon = skipSpace(u8, keyEnd, end);
      const from = skipSpace(u8, colon + 1, end);
      const to = skipValue(u8, from, end);
      const node = byStart.get(from);
      const understood = node === undefined ? this.skip(from, to) : this.value(node, from, to);
      if (!understood) return false;
      at = skipSpace(u8, to, end);
      if (u8[at] === Byte.COMMA) at = skipSpace(u8, at + 1, end);
    }
    return true;
  }

  private skip(from: number, to: number): boolean {
    this.bytesUpTo(from);
    this.steps.push({ step: "skip", form: formAt(this.u8, from) });
    this.mark = to;
    return true;
  }

  private value(node: FieldNode, from: number, to: number): boolean {
    const isNull = to - from === 4 && this.u8[from] === 0x6e;
    const form = formAt(this.u8, from);
    if (node.type.kind === "ROW") {
      if (isNull) {
        this.steps.push({ step: "null", node });
        return true;
      }
      if (this.u8[from] !== Byte.OPEN_BRACE) return false;
      return node.children.nodes.some((child) => child.needed) ? this.object(from, node.children) : this.skip(from, to);
    }
    if (form === "nested") return false;
    if (!isNull) this.forms.set(node, form);
    this.bytesUpTo(from);
    this.steps.push({ step: "value", node, form: isNull ? (this.forms.get(node) ?? usualForm(node)) : form });
    this.mark = to;
    return true;
  }
}

function formAt(u8: Uint8Array, at: number): JsonForm | "nested" {
  const byte = u8[at] ?? 0;
  if (byte === Byte.QUOTE) return "string";
  if (byte === Byte.OPEN_BRACE || byte === Byte.OPEN_BRACKET) return "nested";
  return byte === Byte.MINUS || (byte >= Byte.ZERO && byte <= Byte.NINE) ? "number" : "boolean";
}

function usualForm(node: FieldNode): JsonForm {
  switch (node.type.kind) {
    case "BOOLEAN":
      return "boolean";
    case "CHAR":
    case "VARCHAR":
    case "DATE":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return "string";
    default:
      return "number";
  }
}

function keyOf(steps: readonly LayoutStep[]): string {
  const part = (step: LayoutStep): string => {
    switch (step.step) {
      case "bytes":
        return `=${Buffer.from(step.bytes).toString("latin1")}`;
      case "value":
        return `v${step.node.leaf}${step.form}`;
      case "skip":
        return "s";
      case "null":
        return `n${step.node.leaf}`;
      default:
        return step satisfies never;
    }
  };
  return steps.map(part).join("\n");
}
