/** Names that repeat get `_1`, `_2` in order (V7): for JSON, CSV and rows of the library. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    for (let i = 1; ; i++) {
      const next = `${name}_${i}`;
      if (taken.has(next)) continue;
      taken.add(next);
      seen.add(next);
      return next;
    }
  });
}
