/** Which functions a module consists of. */
import type { Fn, Statement, Term } from "./ir.ts";

/** `exports` and every function that they call, callees first, each once. */
export function reachable(exports: readonly Fn[]): readonly Fn[] {
  const found = new Set<Fn>();
  const term = (t: Term): void => {
    const n = t.node;
    if (n.op === "instr" || n.op === "call") n.args.forEach(term);
    if (n.op === "call") visit(n.fn);
    if (n.op === "load") term(n.at);
    if (n.op === "select") [n.then, n.otherwise, n.cond].forEach(term);
  };
  const statement = (s: Statement): void => {
    switch (s.s) {
      case "set":
      case "do":
        return term(s.value);
      case "store":
        term(s.at);
        return term(s.value);
      case "if":
        term(s.cond);
        s.then.forEach(statement);
        return s.otherwise.forEach(statement);
      case "block":
      case "loop":
        return s.body.forEach(statement);
      case "br":
        return s.cond === undefined ? undefined : term(s.cond);
      case "return":
        return s.values.forEach(term);
      case "call":
        visit(s.fn);
        return s.args.forEach(term);
      case "copy":
        return [s.to, s.from, s.bytes].forEach(term);
      case "fill":
        return [s.to, s.byte, s.bytes].forEach(term);
      case "unreachable":
      case "comment":
        return;
      default:
        s satisfies never;
    }
  };
  const visiting = new Set<Fn>();
  const visit = (f: Fn): void => {
    if (found.has(f) || visiting.has(f)) return;
    visiting.add(f);
    f.body.forEach(statement);
    found.add(f);
  };
  exports.forEach(visit);
  return [...found];
}
