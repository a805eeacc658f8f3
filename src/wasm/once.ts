/** Functions that depend on numbers which are known when code is generated, such as the scale of a DECIMAL. */
import type { Fn } from "./ir.ts";

const made = new Map<string, Fn>();

/** The function of this name, made at its first use. The name holds every number that it depends on. */
export function once(name: string, make: (name: string) => Fn): Fn {
  const known = made.get(name);
  if (known !== undefined) return known;
  const f = make(name);
  made.set(name, f);
  return f;
}
