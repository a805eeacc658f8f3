/** The patterns of MATCH_RECOGNIZE as SQL text. */
import type { RowPattern } from "../ast.ts";
import { list, printName } from "./name.ts";

/** `min`: 1 in a sequence, 2 below a quantifier. */
export function printPattern(pattern: RowPattern, min: number): string {
  switch (pattern.kind) {
    case "variable":
      return printName(pattern.name);
    case "sequence": {
      const text = pattern.items.map((item) => printPattern(item, 2)).join(" ");
      return min > 1 ? `(${text})` : text;
    }
    case "alternation": {
      const text = pattern.items.map((item) => printPattern(item, 1)).join(" | ");
      return min > 0 ? `(${text})` : text;
    }
    case "permute":
      return `PERMUTE(${list(pattern.items, (item) => printPattern(item, 0))})`;
    case "exclusion":
      return `{- ${printPattern(pattern.item, 0)} -}`;
    case "anchor":
      return pattern.at === "start" ? "^" : "$";
    case "empty":
      return min > 0 ? "()" : "";
    case "repeat": {
      const item = printPattern(pattern.item, 2);
      const operand = pattern.item.kind === "repeat" ? `(${item})` : item;
      return operand + bounds(pattern.min, pattern.max) + (pattern.reluctant ? "?" : "");
    }
    default:
      return pattern satisfies never;
  }
}

function bounds(min: number, max: number | undefined): string {
  if (min === 0 && max === undefined) return "*";
  if (min === 1 && max === undefined) return "+";
  if (min === 0 && max === 1) return "?";
  return min === max ? `{${min}}` : `{${min}, ${max ?? ""}}`;
}
