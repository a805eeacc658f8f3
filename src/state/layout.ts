/**
 * Layouts: where the named, typed fields of a group lie in its slot of a keyed table. Emitted code, snapshots and tests
 * find a field through its layout only.
 *
 * A slot starts with its tag (u32: hash bits, never 0; 0 is an empty slot). Its stride is a multiple of 8.
 */
import type { StateType } from "../expr/aggregate.ts";

/** `text`: a string key: length u32, address u32, its first 8 bytes (zeros behind its end). */
export type FieldType = StateType | "text";

export interface LayoutField {
  readonly name: string;
  readonly type: FieldType;
}

export interface PlacedField extends LayoutField {
  readonly offset: number;
}

export interface Layout {
  readonly fields: readonly PlacedField[];
  readonly stride: number;
}

export function fieldBytes(type: FieldType): number {
  switch (type) {
    case "i32":
      return 4;
    case "i64":
    case "f64":
      return 8;
    case "bytes":
      return 12;
    case "i128":
    case "text":
      return 16;
    case "i192":
      return 24;
    default:
      return 8 * Number(type.slice("words ".length));
  }
}

const TAG_BYTES = 4;

/** Fields of 4-byte parts fill the gap beside the tag first; all others are aligned to 8, in the order given. */
export function layoutOf(fields: readonly LayoutField[]): Layout {
  let gap = TAG_BYTES;
  let end = 8;
  const placed = fields.map((field): PlacedField => {
    const bytes = fieldBytes(field.type);
    if (field.type === "i32" && gap > 0) {
      const offset = gap;
      gap = 0;
      return { ...field, offset };
    }
    const offset = end;
    end += Math.ceil(bytes / 8) * 8;
    if (bytes % 8 === 4) gap = end - 4;
    return { ...field, offset };
  });
  return { fields: placed, stride: end };
}

export function fieldOf(layout: Layout, name: string): PlacedField {
  const field = layout.fields.find((f) => f.name === name);
  if (field === undefined) throw new TypeError(`the layout has no field ${name}`);
  return field;
}
