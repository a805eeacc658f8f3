/** V7: names resolve case-insensitively, an exact match wins, ambiguity is an error. One implementation for all kinds of names. */

export type Resolution<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "ambiguous"; readonly values: readonly T[] }
  | { readonly kind: "unknown" };

export function resolveName<T>(name: string, candidates: Iterable<T>, nameOf: (t: T) => string): Resolution<T> {
  const exact: T[] = [];
  const loose: T[] = [];
  const lower = name.toLowerCase();
  for (const c of candidates) {
    const n = nameOf(c);
    if (n === name) exact.push(c);
    else if (n.toLowerCase() === lower) loose.push(c);
  }
  const found = exact.length > 0 ? exact : loose;
  const [value] = found;
  if (value === undefined) return { kind: "unknown" };
  return found.length === 1 ? { kind: "found", value } : { kind: "ambiguous", values: found };
}

/** `name`, or `name_2`, `name_3`, ... : the first that is free. */
export function freeName(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name;
  for (let i = 2; ; i++) if (!taken(`${name}_${i}`)) return `${name}_${i}`;
}
