/**
 * Which errors of a statement are believed. Where brackets do not pair, one mistake can make everything after it look
 * wrong: then the first error is one, and those after it only if it explains the brackets.
 */
import type { Layout } from "./layout.ts";

/** In order of position. */
export function trusted<F extends { readonly at: number }>(failures: readonly F[], layout: Layout): readonly F[] {
  const sorted = failures.toSorted((a, b) => a.at - b.at);
  const { unpaired, missingAt } = layout;
  if (unpaired.size === 0 || sorted.length < 2) return sorted;
  const unexplained = new Set(unpaired);
  const believed: F[] = [];
  for (const failure of sorted) {
    believed.push(failure);
    unexplained.delete(failure.at);
    for (const bracket of unexplained) if (missingAt.get(bracket) === failure.at) unexplained.delete(bracket);
    // A bracket that is opened later and has no end is a mistake of its own; one that closes nothing may be this one's.
    if ([...unexplained].some((bracket) => bracket < failure.at || !missingAt.has(bracket))) break;
  }
  return believed;
}
