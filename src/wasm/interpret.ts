/**
 * Runs the IR as it is, with the results of WebAssembly: the emitter's oracle, and what executes queries where the
 * process may not generate code (--jitless). Each Fn becomes a tree of closures once, when it is first called.
 * One difference: which NaN a NaN is may differ.
 */
import { type Load, loadsOf, type Store, storesOf } from "./interpret/accesses.ts";
import { operations, Trap, type Value } from "./interpret/instructions.ts";
import { type Fn, Label, type Statement, type Term, type ValType } from "./ir.ts";
import type { EngineMemory } from "./memory.ts";
import { type LoadName, loads, type StoreName, stores } from "./opcodes.ts";

export { Trap } from "./interpret/instructions.ts";

/** The locals of a call. */
type Frame = Value[];
type Code = (frame: Frame) => Value;
/** Runs a statement: undefined goes on, a label is being left for, an array is what the function returns. */
type Step = (frame: Frame) => Label | readonly Value[] | undefined;
type Body = (args: readonly Value[]) => readonly Value[];
type Outside = number | bigint;

// A term's type decides what its value is: the casts of Value below rest on the checks of ir.ts.
const num = (v: Value): number => v as number;

const zeros: Readonly<Record<ValType, Value>> = { i32: 0, i64: 0n, f32: 0, f64: 0, v128: new Uint8Array(16) };

export class Interpreter {
  private readonly u8: Uint8Array;
  private readonly loads: Readonly<Record<LoadName, Load>>;
  private readonly stores: Readonly<Record<StoreName, Store>>;
  private readonly bodies = new Map<Fn, Body>();

  constructor(memory: EngineMemory) {
    this.u8 = memory.u8;
    this.loads = loadsOf(memory.dataView);
    this.stores = storesOf(memory.dataView);
  }

  exports(fns: readonly Fn[]): Record<string, (...args: Outside[]) => Outside | Outside[] | undefined> {
    return Object.fromEntries(
      fns.map((f) => [
        f.name,
        (...args: Outside[]) => {
          const results = this.body(f)(f.params.map((p, i) => fromOutside(p.type, args[i])));
          // No export has a result of type v128.
          return (results.length > 1 ? results : results[0]) as Outside | Outside[] | undefined;
        },
      ]),
    );
  }

  private body(f: Fn): Body {
    const known = this.bodies.get(f);
    if (known !== undefined) return known;
    let steps: Step | undefined;
    const body: Body = (args) => {
      steps ??= this.steps(f.body);
      const frame = [...args];
      for (let i = args.length; i < f.locals.length; i += 1) frame.push(zeros[f.locals[i]?.type ?? "i32"]);
      const end = steps(frame);
      if (end instanceof Label) throw new TypeError(`a jump to ${end.name} from outside of it`);
      if (end === undefined && f.results.length > 0) throw new Trap("unreachable");
      return end ?? [];
    };
    this.bodies.set(f, body);
    return body;
  }

  /** The address of `bytes` bytes at `at` + `offset`. */
  private address(at: Value, offset: number, bytes: number): number {
    const address = (num(at) >>> 0) + offset;
    if (address + bytes > this.u8.length) throw new Trap("memory access out of bounds");
    return address;
  }

  private code(t: Term): Code {
    const n = t.node;
    switch (n.op) {
      case "local": {
        const index = n.index;
        return (frame) => frame[index] ?? 0;
      }
      case "const": {
        const value = fromOutside(t.type, n.value);
        return () => value;
      }
      case "instr":
        return this.instruction(n.name, n.args);
      case "load": {
        const at = this.code(n.at);
        const read = this.loads[n.name];
        const size = loads[n.name].size;
        return (frame) => read(this.address(at(frame), n.offset, size));
      }
      case "select": {
        const [then, otherwise, cond] = [this.code(n.then), this.code(n.otherwise), this.code(n.cond)];
        return (frame) => {
          const yes = then(frame);
          const no = otherwise(frame);
          return cond(frame) === 0 ? no : yes;
        };
      }
      case "call": {
        const body = this.body(n.fn);
        const args = n.args.map((a) => this.code(a));
        return (frame) => body(args.map((a) => a(frame)))[0] ?? 0;
      }
      default:
        return n satisfies never;
    }
  }

  private instruction(name: string, args: readonly Term[]): Code {
    // The IR has checked the operands' types.
    const operation = operations.get(name) as ((...operands: Value[]) => Value) | undefined;
    if (operation === undefined) throw new TypeError(`the interpreter has no instruction ${name}`);
    const [a, b] = args.map((x) => this.code(x));
    if (a === undefined) throw new TypeError(`${name} has no operand`);
    return b === undefined ? (frame) => operation(a(frame)) : (frame) => operation(a(frame), b(frame));
  }

  private steps(statements: readonly Statement[]): Step {
    const list = statements.filter((s) => s.s !== "comment").map((s) => this.step(s));
    const [first, second] = list;
    if (first === undefined) return () => undefined;
    if (second === undefined) return first;
    return (frame) => {
      for (const step of list) {
        const end = step(frame);
        if (end !== undefined) return end;
      }
      return undefined;
    };
  }

  private step(s: Statement): Step {
    switch (s.s) {
      case "set": {
        const value = this.code(s.value);
        const local = s.local;
        return (frame) => {
          frame[local] = value(frame);
          return undefined;
        };
      }
      case "if": {
        const [cond, then, otherwise] = [this.code(s.cond), this.steps(s.then), this.steps(s.otherwise)];
        return (frame) => (cond(frame) === 0 ? otherwise(frame) : then(frame));
      }
      case "block": {
        const body = this.steps(s.body);
        const label = s.label;
        return (frame) => {
          const end = body(frame);
          return end === label ? undefined : end;
        };
      }
      case "loop":
        return loop(s.label, this.steps(s.body));
      case "br": {
        const label = s.label;
        if (s.cond === undefined) return () => label;
        const cond = this.code(s.cond);
        return (frame) => (cond(frame) === 0 ? undefined : label);
      }
      case "return": {
        const values = s.values.map((v) => this.code(v));
        return (frame) => values.map((v) => v(frame));
      }
      case "do": {
        const value = this.code(s.value);
        return (frame) => {
          value(frame);
          return undefined;
        };
      }
      case "store":
      case "call":
      case "copy":
      case "fill":
        return this.effect(s);
      case "unreachable":
        return () => {
          throw new Trap("unreachable");
        };
      case "comment":
        return () => undefined;
      default:
        return s satisfies never;
    }
  }

  private effect(s: Extract<Statement, { s: "store" | "call" | "copy" | "fill" }>): Step {
    switch (s.s) {
      case "store": {
        const [at, value] = [this.code(s.at), this.code(s.value)];
        // The IR has checked the value's type.
        const write = this.stores[s.name] as (address: number, value: Value) => void;
        const size = stores[s.name].size;
        return (frame) => {
          const address = at(frame);
          const stored = value(frame);
          write(this.address(address, s.offset, size), stored);
          return undefined;
        };
      }
      case "call": {
        const body = this.body(s.fn);
        const args = s.args.map((a) => this.code(a));
        return (frame) => {
          const results = body(args.map((a) => a(frame)));
          s.locals.forEach((local, i) => {
            frame[local] = results[i] ?? 0;
          });
          return undefined;
        };
      }
      case "copy":
      case "fill": {
        const operands = [s.to, s.s === "copy" ? s.from : s.byte, s.bytes].map((t) => this.code(t));
        return (frame) => {
          const [to = 0, source = 0, bytes = 0] = operands.map((o) => num(o(frame)));
          const length = bytes >>> 0;
          const target = this.address(to, 0, length);
          if (s.s === "fill") this.u8.fill(source, target, target + length);
          else this.u8.copyWithin(target, this.address(source, 0, length), (source >>> 0) + length);
          return undefined;
        };
      }
      default:
        return s satisfies never;
    }
  }
}

function loop(label: Label, body: Step): Step {
  return (frame) => {
    for (;;) {
      const end = body(frame);
      if (end !== label) return end;
    }
  };
}

/** What the WebAssembly JavaScript API makes of an argument. */
function fromOutside(type: ValType, value: Outside | undefined): Value {
  switch (type) {
    case "i32":
      return Number(value ?? 0) | 0;
    case "i64":
      return BigInt.asIntN(64, BigInt(value ?? 0));
    case "f32":
      return Math.fround(Number(value));
    case "f64":
      return Number(value);
    case "v128":
      throw new TypeError("a v128 does not pass between JavaScript and WebAssembly");
    default:
      return type satisfies never;
  }
}
