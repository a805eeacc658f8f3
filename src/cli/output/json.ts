/** Values of the library as JSON text: a BIGINT keeps all its digits, bytes are base64. */
import type { JsValue } from "../../expr/text.ts";

export function jsonText(value: JsValue | Readonly<Record<string, JsValue>>): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  if (typeof value === "number" && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${jsonText(field)}`);
  return `{${fields.join(",")}}`;
}
