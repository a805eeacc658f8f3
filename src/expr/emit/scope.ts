/** Common sub-expressions: what an expression is by structure, and which values are known at a place of the code. */
import { typeText } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { castKind, childrenOf, type Expr } from "../expr.ts";
import type { Emitted, ScalarFunction } from "../function.ts";

const keys = new WeakMap<Expr, string>();
const functionIds = new WeakMap<ScalarFunction, number>();
let functionCount = 0;

/** Equal for the same computation over the same input. */
export function exprKey(e: Expr): string {
  const known = keys.get(e);
  if (known !== undefined) return known;
  const key = `${headOf(e)}(${childrenOf(e).map(exprKey).join()})`;
  keys.set(e, key);
  return key;
}

function headOf(e: Expr): string {
  const type = typeText(e.type);
  switch (e.node) {
    case "literal":
      return `literal:${type}:${valueKey(e.value)}`;
    case "column":
      return `column:${e.leaf}:${type}`;
    case "call": {
      let id = functionIds.get(e.fn);
      if (id === undefined) functionIds.set(e.fn, (id = functionCount++));
      return `call:${id}:${type}`;
    }
    case "cast":
      return `cast:${castKind(e)}:${type}`;
    case "isNull":
      return `isNull:${e.negated}`;
    case "field":
      return `field:${e.index}`;
    default:
      return `${e.node}:${type}`;
  }
}

function valueKey(v: Value): string {
  if (typeof v === "string") return JSON.stringify(v);
  if (typeof v === "bigint") return `${v}n`;
  if (Object.is(v, -0)) return "-0";
  if (typeof v === "object" && v !== null) return `[${v.map(valueKey).join()}]`;
  return String(v);
}

/** Values computed so far; one that was computed inside a branch is forgotten at its end. */
export class Scope {
  private maps: Map<string, Emitted>[] = [new Map<string, Emitted>()];

  get(key: string): Emitted | undefined {
    return this.maps.findLast((m) => m.has(key))?.get(key);
  }
  set(key: string, value: Emitted): void {
    this.maps.at(-1)?.set(key, value);
  }
  /** Runs `build`, which emits code that may be jumped over. */
  inner<T>(build: () => T): T {
    this.maps.push(new Map<string, Emitted>());
    try {
      return build();
    } finally {
      this.maps.pop();
    }
  }
  /** Runs `build`, which emits code where nothing computed before is known (another row). */
  fresh<T>(build: () => T): T {
    const before = this.maps;
    this.maps = [new Map<string, Emitted>()];
    try {
      return build();
    } finally {
      this.maps = before;
    }
  }
}
