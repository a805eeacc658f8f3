/**
 * The checked build: rewrites functions so that each load, store, copy and fill first verifies that its range lies in
 * runs that are allocated (by the run map, see memory.ts) and traps otherwise. Reads of freed runs are found this way,
 * and reads of freed and reused ones by their poison.
 */
import { Fn, fn, load, type Operand, operand, type Statement, Term } from "./ir.ts";
import { RUN_MAP, RunState } from "./memory.ts";
import { loads, stores } from "./opcodes.ts";
import { reachable } from "./reachable.ts";

/** `at`, after a check of [at + offset, at + offset + size), size > 0. */
function accessCheck(name: string, allowed: (state: Term) => Term): Fn {
  return fn(name, { at: "i32", offset: "i32", size: "i32" }, ["i32"], (f, { at, offset, size }) => {
    const first = f.let("first", at.toI64U().add(offset.toI64U()));
    const last = f.let("last", first.add(size.toI64U()).sub(1));
    f.if(last.shrU(32).toI32(), () => f.unreachable());
    const state = (address: Term): Term => load.u8(address.shrU(16).toI32(), RUN_MAP);
    f.if(
      allowed(state(first))
        .and(allowed(state(last)))
        .eqz(),
      () => f.unreachable(),
    );
    f.return(at);
  });
}
const readable = (state: Term): Term => state.ne(RunState.FREE);
const writable = (state: Term): Term => state.eq(RunState.USED);

const checkLoad = accessCheck("check_load", readable);
const checkStore = accessCheck("check_store", writable);

/** The same for [at, at + bytes) of any length; each run of it is looked at. */
function rangeCheck(name: string, allowed: (state: Term) => Term): Fn {
  return fn(name, { at: "i32", bytes: "i32" }, [], (f, { at, bytes }) => {
    f.if(bytes.eqz(), () => f.return());
    const last = f.let("last", at.toI64U().add(bytes.toI64U()).sub(1));
    f.if(last.shrU(32).toI32(), () => f.unreachable());
    const run = f.let("run", at.shrU(16));
    const end = f.let("end", last.shrU(16).toI32());
    f.while(
      "runs",
      () => run.leU(end),
      () => {
        f.if(allowed(load.u8(run, RUN_MAP)).eqz(), () => f.unreachable());
        f.set(run, run.add(1));
      },
    );
  });
}
const checkRead = rangeCheck("check_read", readable);
const checkWrite = rangeCheck("check_write", writable);

/** Rewritten copies of `exports` and of all that they call, under the same names. */
export function checkedFunctions(exports: readonly Fn[]): readonly Fn[] {
  const copies = new Map<Fn, Fn>();
  const fns = reachable(exports);
  for (const f of fns) {
    const copy = new Fn(f.name, Object.fromEntries(f.params.map((p) => [p.name, p.type])), f.results);
    copy.locals.push(...f.locals.slice(f.params.length));
    copies.set(f, copy);
  }
  for (const f of fns) new Rewriter(copies, copyOf(copies, f)).body(f);
  return exports.map((f) => copyOf(copies, f));
}

function copyOf(copies: ReadonlyMap<Fn, Fn>, f: Fn): Fn {
  const copy = copies.get(f);
  if (copy === undefined) throw new TypeError(`${f.name} is not reachable`);
  return copy;
}

class Rewriter {
  private readonly copies: ReadonlyMap<Fn, Fn>;
  private readonly into: Fn;
  constructor(copies: ReadonlyMap<Fn, Fn>, into: Fn) {
    this.copies = copies;
    this.into = into;
  }

  body(f: Fn): void {
    this.into.put(...this.statements(f.body));
  }

  private access(check: Fn, at: Term, offset: number, size: number): Term {
    return this.into.call(check, this.term(at), offset, size);
  }

  private readonly term = (t: Term): Term => {
    const n = t.node;
    switch (n.op) {
      case "local":
      case "const":
        return t;
      case "instr":
        return new Term(t.type, { ...n, args: n.args.map(this.term) });
      case "load":
        return new Term(t.type, { ...n, at: this.access(checkLoad, n.at, n.offset, loads[n.name].size) });
      case "select":
        return new Term(t.type, {
          ...n,
          // Named one by one: their order of evaluation is that of the node.
          then: this.term(n.then),
          otherwise: this.term(n.otherwise),
          cond: this.term(n.cond),
        });
      case "call":
        return new Term(t.type, { ...n, fn: copyOf(this.copies, n.fn), args: n.args.map(this.term) });
      default:
        return n satisfies never;
    }
  };

  private statements(list: readonly Statement[]): Statement[] {
    return list.flatMap((s) => this.statement(s));
  }

  private statement(s: Statement): Statement[] {
    switch (s.s) {
      case "set":
      case "do":
        return [{ ...s, value: this.term(s.value) }];
      case "store": {
        const at = this.access(checkStore, s.at, s.offset, stores[s.name].size);
        return [{ ...s, at, value: this.term(s.value) }];
      }
      case "if": {
        const cond = this.term(s.cond);
        return [{ ...s, cond, then: this.statements(s.then), otherwise: this.statements(s.otherwise) }];
      }
      case "block":
      case "loop":
        return [{ ...s, body: this.statements(s.body) }];
      case "br":
        return [{ ...s, cond: s.cond === undefined ? undefined : this.term(s.cond) }];
      case "return":
        return [{ ...s, values: s.values.map(this.term) }];
      case "call":
        return [{ ...s, fn: copyOf(this.copies, s.fn), args: s.args.map(this.term) }];
      case "copy":
        return this.range(s.to, s.from, s.bytes);
      case "fill":
        return this.range(s.to, s.byte, s.bytes, "fill");
      case "unreachable":
      case "comment":
        return [s];
      default:
        return s satisfies never;
    }
  }

  /** The operands go to locals first, for the checks use them once more. */
  private range(toTerm: Term, sourceTerm: Term, bytesTerm: Term, kind: "copy" | "fill" = "copy"): Statement[] {
    const f = this.into;
    const before: Statement[] = [];
    const hold = (name: string, value: Term): Term => {
      const local = f.local(name, "i32");
      if (local.node.op !== "local") throw new TypeError("a local is not a local");
      before.push({ s: "set", local: local.node.index, name, value: this.term(value) });
      return local;
    };
    const check = (target: Fn, ...args: Operand[]): void => {
      before.push({ s: "call", fn: target, args: args.map((a) => operand("i32", a)), locals: [] });
    };
    const to = hold("to", toTerm);
    const source = hold(kind === "copy" ? "from" : "byte", sourceTerm);
    const bytes = hold("bytes", bytesTerm);
    check(checkWrite, to, bytes);
    if (kind === "fill") return [...before, { s: "fill", to, byte: source, bytes }];
    check(checkRead, source, bytes);
    return [...before, { s: "copy", to, from: source, bytes }];
  }
}
