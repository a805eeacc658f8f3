/** How operators with aggregates print themselves, in Flink's manner. */
import { exprText } from "../../expr/expr-text.ts";
import type { AggregateCall, NamedExpr, WindowSpec } from "../operator.ts";
import { formatInterval } from "../window/interval.ts";

export function keysText(keys: readonly NamedExpr[]): string {
  return keys
    .map((k) => {
      const text = exprText(k.expr);
      return text === k.name ? text : `${text} AS ${k.name}`;
    })
    .join(", ");
}

export function callText(c: AggregateCall): string {
  const args = c.args.length === 0 ? "*" : c.args.map(exprText).join(", ");
  const filter = c.filter === undefined ? "" : ` FILTER (WHERE ${exprText(c.filter)})`;
  return `${c.function}(${c.distinct ? "DISTINCT " : ""}${args})${filter} AS ${c.name}`;
}

export function windowText(w: WindowSpec, time: string): string {
  const parts = ((): readonly bigint[] => {
    switch (w.kind) {
      case "tumble":
        return [w.size];
      case "hop":
        return [w.slide, w.size];
      case "cumulate":
        return [w.step, w.size];
      case "session":
        return [w.gap];
      default:
        return w satisfies never;
    }
  })();
  const offset = w.kind === "session" || w.offset === 0n ? "" : `, offset=${formatInterval(w.offset)}`;
  return `${w.kind.toUpperCase()}(${[time, ...parts.map(formatInterval)].join(", ")}${offset})`;
}
