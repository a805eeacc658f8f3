/** `--param name=value` and `--set key=value`: repeatable flags that collect into one record. */
import { InvalidArgumentError } from "commander";

/** A parser for commander: adds one `name=value` to what was given before. */
export function assignment(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at <= 0) throw new InvalidArgumentError("Write it as name=value.");
  const name = text.slice(0, at);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...before, [name]: text.slice(at + 1) };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `10s`, `1.5 min`, `500ms` in milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)$/.exec(text.trim());
  const unit = units[match?.[2] ?? ""];
  if (match === null || unit === undefined) throw new InvalidArgumentError("Write it like 10s, 500ms or 2min.");
  return Number(match[1]) * unit;
}

/** A whole number of at least 1; `1_000_000`, `1e6` and `5M` are read too. */
export function count(text: string): number {
  const match = /^(\d[\d_]*(?:\.\d+)?(?:e\d+)?)([kKMG]?)$/.exec(text.trim());
  const scale = { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 }[match?.[2] ?? ""] ?? 1;
  const value = match === null ? Number.NaN : Number((match[1] ?? "").replaceAll("_", "")) * scale;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Write a whole number, like 1000000 or 1M.");
  return value;
}

/** A parser for commander: collects what is given. */
export const repeated = (text: string, before?: readonly string[]): readonly string[] => [...(before ?? []), text];
