/** What becomes of the state of a query, in words. */
import type { QueryVerdict, StateItem } from "./verdicts.ts";

/** One line: for whoever starts a changed program. */
export function verdictText({ query, fate, items, appendsTo }: QueryVerdict): string {
  const behind = appendsTo === undefined ? "" : `; its rows come behind those that ${appendsTo} has`;
  switch (fate) {
    case "kept":
      return `${query} is as it was`;
    case "new":
      return `${query} is new`;
    case "rebuilt":
      return `${query} is computed anew from the beginning of its sources${behind}`;
    case "changed":
      return `${query} goes on with ${named(items, "kept")}${without(items)}${behind}`;
    case "dropped":
      return `${query} is no longer there${without(items)}`;
    default:
      return fate satisfies never;
  }
}

const named = (items: readonly StateItem[], fate: StateItem["fate"]): string =>
  items.flatMap((item) => (item.fate === fate ? [item.name] : [])).join(", ") || "no state";

const without = (items: readonly StateItem[]): string =>
  items.some(({ fate }) => fate === "lost") ? `, without ${named(items, "lost")}` : "";
