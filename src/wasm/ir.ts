/**
 * The typed intermediate representation of generated code: terms (what is computed) and statements (what is done).
 * Three readers share it: encode.ts (WebAssembly bytes), listing.ts (text for people), interpret.ts (runs it as it is).
 */
import { Label, type StatementOf, type TermNodeOf } from "./nodes.ts";
import { instructions, type LoadName, loads, type StoreName, stores, type ValType } from "./opcodes.ts";

export { Label } from "./nodes.ts";
export type { ValType } from "./opcodes.ts";

export type TermNode = TermNodeOf<Term, Fn>;
export type Statement = StatementOf<Term, Fn>;

/** A term, or a constant of the type that is expected in its place. */
export type Operand = Term | number | bigint;

/**
 * A typed expression tree. It has no effect of its own (but a call may); it is evaluated where a statement uses it,
 * each time anew: bind it with `f.let` to compute it once.
 */
export class Term {
  readonly type: ValType;
  readonly node: TermNode;
  constructor(type: ValType, node: TermNode) {
    this.type = type;
    this.node = node;
  }

  /** `x` as a term of this term's type. */
  same(x: Operand): Term {
    return operand(this.type, x);
  }

  private bin(name: string, x: Operand): Term {
    return instr(`${this.type}.${name}`, this, this.same(x));
  }
  private get s(): string {
    return this.type === "f32" || this.type === "f64" ? "" : "_s";
  }

  add(x: Operand): Term {
    const isInteger = this.type === "i32" || this.type === "i64"; // -0.0 + 0 is not -0.0
    return isInteger && (x === 0 || x === 0n) ? this : this.bin("add", x);
  }
  sub(x: Operand): Term {
    return this.bin("sub", x);
  }
  mul(x: Operand): Term {
    return this.bin("mul", x);
  }
  /** Signed, truncating; traps on zero and on MIN / -1. Of floats: IEEE. */
  div(x: Operand): Term {
    return this.bin(`div${this.s}`, x);
  }
  divU(x: Operand): Term {
    return this.bin("div_u", x);
  }
  rem(x: Operand): Term {
    return this.bin("rem_s", x);
  }
  remU(x: Operand): Term {
    return this.bin("rem_u", x);
  }
  and(x: Operand): Term {
    return this.bin("and", x);
  }
  or(x: Operand): Term {
    return this.bin("or", x);
  }
  xor(x: Operand): Term {
    return this.bin("xor", x);
  }
  shl(x: Operand): Term {
    return this.bin("shl", x);
  }
  /** Arithmetic shift right. */
  shr(x: Operand): Term {
    return this.bin("shr_s", x);
  }
  shrU(x: Operand): Term {
    return this.bin("shr_u", x);
  }
  rotl(x: Operand): Term {
    return this.bin("rotl", x);
  }
  min(x: Operand): Term {
    return this.bin("min", x);
  }
  max(x: Operand): Term {
    return this.bin("max", x);
  }
  /** An instruction of one or two operands by its name without the type: `x.op("sqrt")`. */
  op(name: string, x?: Operand): Term {
    return x === undefined ? instr(`${this.type}.${name}`, this) : this.bin(name, x);
  }

  eq(x: Operand): Term {
    return this.bin("eq", x);
  }
  ne(x: Operand): Term {
    return this.bin("ne", x);
  }
  lt(x: Operand): Term {
    return this.bin(`lt${this.s}`, x);
  }
  le(x: Operand): Term {
    return this.bin(`le${this.s}`, x);
  }
  gt(x: Operand): Term {
    return this.bin(`gt${this.s}`, x);
  }
  ge(x: Operand): Term {
    return this.bin(`ge${this.s}`, x);
  }
  ltU(x: Operand): Term {
    return this.bin("lt_u", x);
  }
  leU(x: Operand): Term {
    return this.bin("le_u", x);
  }
  gtU(x: Operand): Term {
    return this.bin("gt_u", x);
  }
  geU(x: Operand): Term {
    return this.bin("ge_u", x);
  }
  /** 1 where this integer is 0. Also logical NOT of a condition. */
  eqz(): Term {
    return instr(`${this.type}.eqz`, this);
  }

  /** i32 -> i64. */
  toI64S(): Term {
    return instr("i64.extend_i32_s", this);
  }
  toI64U(): Term {
    return instr("i64.extend_i32_u", this);
  }
  /** i64 -> i32, the low half. */
  toI32(): Term {
    return instr("i32.wrap_i64", this);
  }
  /** To f64: a signed integer (rounded to nearest even) or an f32. */
  toF64(): Term {
    return this.type === "f32" ? instr("f64.promote_f32", this) : instr(`f64.convert_${this.type}_s`, this);
  }
  /** f64 -> f32, rounded to nearest even. */
  toF32(): Term {
    return instr("f32.demote_f64", this);
  }
  /** The bits of an f64 as i64, or of an f32 as i32. */
  bits(): Term {
    return this.type === "f32" ? instr("i32.reinterpret_f32", this) : instr("i64.reinterpret_f64", this);
  }
  /** The f64 with the bits of this i64. */
  asF64(): Term {
    return instr("f64.reinterpret_i64", this);
  }
}

export function constant(type: ValType, value: number | bigint): Term {
  return new Term(type, { op: "const", value: type === "i64" ? BigInt(value) : Number(value) });
}
export const i32 = (n: number): Term => constant("i32", n);
export const i64 = (n: number | bigint): Term => constant("i64", n);
export const f64 = (n: number): Term => constant("f64", n);

export function operand(type: ValType, x: Operand): Term {
  if (!(x instanceof Term)) return constant(type, x);
  if (x.type !== type) throw new TypeError(`a term of type ${type} is needed, not ${x.type}`);
  return x;
}

/** An instruction by its full name; checks the operands' types. */
export function instr(name: string, ...args: Term[]): Term {
  const def = instructions[name];
  if (def === undefined) throw new TypeError(`no instruction ${name}`);
  if (def.operands.length !== args.length || def.operands.some((t, i) => args[i]?.type !== t)) {
    throw new TypeError(`${name} takes (${def.operands.join(", ")}), not (${args.map((a) => a.type).join(", ")})`);
  }
  return new Term(def.result, { op: "instr", name, args });
}

/** `cond ? then : otherwise`; both are evaluated. */
export function select(cond: Term, then: Term, otherwise: Operand): Term {
  return new Term(then.type, { op: "select", then, otherwise: operand(then.type, otherwise), cond });
}

type Loader = (at: Operand, offset?: number) => Term;
const loader =
  (name: LoadName): Loader =>
  (at, offset = 0) =>
    new Term(loads[name].type, { op: "load", name, at: operand("i32", at), offset });

/** Loads from linear memory: `load.i64(address, constantOffset)`. Little-endian, no alignment needed. */
export const load: Readonly<
  Record<"i32" | "i64" | "f32" | "f64" | "i8" | "u8" | "i16" | "u16" | "i64FromI32" | "i64FromU32" | "v128", Loader>
> = {
  i32: loader("i32.load"),
  i64: loader("i64.load"),
  f32: loader("f32.load"),
  f64: loader("f64.load"),
  i8: loader("i32.load8_s"),
  u8: loader("i32.load8_u"),
  i16: loader("i32.load16_s"),
  u16: loader("i32.load16_u"),
  i64FromI32: loader("i64.load32_s"),
  i64FromU32: loader("i64.load32_u"),
  v128: loader("v128.load"),
};

type Params = Readonly<Record<string, ValType>>;
export type ParamTerms<P extends Params> = { readonly [K in keyof P]: Term };
export type Jump = (cond?: Term) => void;

export interface LocalDef {
  readonly name: string;
  readonly type: ValType;
}

/** A function under construction, then finished: parameters, results, locals (parameters first) and body. */
export class Fn {
  readonly name: string;
  readonly params: readonly LocalDef[];
  readonly results: readonly ValType[];
  readonly locals: LocalDef[];
  readonly body: Statement[] = [];
  private current: Statement[] = this.body;

  constructor(name: string, params: Params, results: readonly ValType[]) {
    this.name = name;
    this.params = Object.entries(params).map(([n, type]) => ({ name: n, type }));
    this.locals = [...this.params];
    this.results = results;
  }

  /** A new local, zero at the entry of the function (not at each turn of a loop). */
  local(name: string, type: ValType): Term {
    this.locals.push({ name, type });
    return new Term(type, { op: "local", index: this.locals.length - 1, name });
  }
  /** A new local with the value of `value` now. */
  let(name: string, value: Term): Term {
    const v = this.local(name, value.type);
    this.set(v, value);
    return v;
  }
  set(local: Term, value: Operand): void {
    if (local.node.op !== "local") throw new TypeError("only a local can be set");
    this.put({ s: "set", local: local.node.index, name: local.node.name, value: operand(local.type, value) });
  }
  put(...statements: Statement[]): void {
    this.current.push(...statements);
  }
  comment(text: string): void {
    this.put({ s: "comment", text });
  }

  private nested(build: () => void): Statement[] {
    const outer = this.current;
    const inner: Statement[] = [];
    this.current = inner;
    build();
    this.current = outer;
    return inner;
  }

  if(cond: Term, then: () => void, otherwise?: () => void): void {
    this.put({
      s: "if",
      cond: operand("i32", cond),
      then: this.nested(then),
      otherwise: otherwise === undefined ? [] : this.nested(otherwise),
    });
  }
  /** A block that `leave()` or `leave(cond)` leaves. */
  block(name: string, build: (leave: Jump) => void): void {
    const label = new Label(name);
    const body = this.nested(() => {
      build((cond) => this.put({ s: "br", label, cond }));
    });
    this.put({ s: "block", label, body });
  }
  /** An endless loop: `next` starts the next turn, `leave` ends it; the end of the body starts the next turn too. */
  loop(name: string, build: (next: Jump, leave: Jump) => void): void {
    const top = new Label(name);
    const end = new Label(`${name}_end`);
    const body = this.nested(() => {
      build(
        (cond) => this.put({ s: "br", label: top, cond }),
        (cond) => this.put({ s: "br", label: end, cond }),
      );
      this.put({ s: "br", label: top, cond: undefined });
    });
    this.put({ s: "block", label: end, body: [{ s: "loop", label: top, body }] });
  }
  /** While `cond` holds. `cond` is a thunk, for it is built inside the loop. */
  while(name: string, cond: () => Term, build: (next: Jump, leave: Jump) => void): void {
    this.loop(name, (next, leave) => {
      leave(cond().eqz());
      build(next, leave);
    });
  }
  /** For `index` (a local) from its present value up to `end`, by one. `next` goes on with the next index. */
  range(name: string, index: Term, end: Term, build: (next: Jump, leave: Jump) => void): void {
    this.loop(name, (_, leave) => {
      leave(index.ge(end));
      this.block(`${name}_row`, (next) => {
        build(next, leave);
      });
      this.set(index, index.add(1));
    });
  }

  private st(name: StoreName, at: Operand, value: Operand, offset: number): void {
    this.put({ s: "store", name, at: operand("i32", at), offset, value: operand(stores[name].type, value) });
  }
  /** Stores to linear memory: `f.store.i64(address, value, constantOffset)`. */
  readonly store = {
    i32: (at: Operand, value: Operand, offset = 0): void => this.st("i32.store", at, value, offset),
    i64: (at: Operand, value: Operand, offset = 0): void => this.st("i64.store", at, value, offset),
    f32: (at: Operand, value: Operand, offset = 0): void => this.st("f32.store", at, value, offset),
    f64: (at: Operand, value: Operand, offset = 0): void => this.st("f64.store", at, value, offset),
    u8: (at: Operand, value: Operand, offset = 0): void => this.st("i32.store8", at, value, offset),
    u16: (at: Operand, value: Operand, offset = 0): void => this.st("i32.store16", at, value, offset),
    u32FromI64: (at: Operand, value: Operand, offset = 0): void => this.st("i64.store32", at, value, offset),
    v128: (at: Operand, value: Term, offset = 0): void => this.st("v128.store", at, value, offset),
  };

  return(...values: Operand[]): void {
    this.put({ s: "return", values: this.results.map((t, i) => operand(t, values[i] ?? 0)) });
  }
  /** A call of a function with one result, as a term. */
  call(fn: Fn, ...args: Operand[]): Term {
    const result = fn.results[0];
    if (result === undefined || fn.results.length !== 1) throw new TypeError(`${fn.name} has not one result`);
    return new Term(result, { op: "call", fn, args: argumentsOf(fn, args) });
  }
  /** A call of a function with any number of results, each in a new local: `const [lo, hi] = f.callMany("p", mul128, a, b)`. */
  callMany(name: string, fn: Fn, ...args: Operand[]): Term[] {
    return Object.values(
      this.callNamed(
        fn.results.map((_, i) => `${name}${i}`),
        fn,
        ...args,
      ),
    );
  }
  /** The same with a name for each result: `const { lo, hi } = f.callNamed(["lo", "hi"], mulWide, a, b)`. */
  callNamed<const N extends string>(names: readonly N[], fn: Fn, ...args: Operand[]): Readonly<Record<N, Term>> {
    if (names.length !== fn.results.length) throw new TypeError(`${fn.name} has ${fn.results.length} results`);
    const results = names.map((n, i): [N, Term] => [n, this.local(n, fn.results[i] ?? "i32")]);
    const locals = results.map(([, r]) => (r.node.op === "local" ? r.node.index : -1));
    this.put({ s: "call", fn, args: argumentsOf(fn, args), locals });
    // The entries are those of `names`.
    return Object.fromEntries(results) as Record<N, Term>;
  }
  /** Evaluates a term for its effect. */
  do(value: Term): void {
    this.put({ s: "do", value });
  }
  /** memory.copy: the ranges may overlap. */
  copy(to: Operand, from: Operand, bytes: Operand): void {
    this.put({ s: "copy", to: operand("i32", to), from: operand("i32", from), bytes: operand("i32", bytes) });
  }
  fill(to: Operand, byte: Operand, bytes: Operand): void {
    this.put({ s: "fill", to: operand("i32", to), byte: operand("i32", byte), bytes: operand("i32", bytes) });
  }
  unreachable(): void {
    this.put({ s: "unreachable" });
  }
}

function argumentsOf(fn: Fn, args: readonly Operand[]): Term[] {
  if (fn.params.length !== args.length) {
    throw new TypeError(`${fn.name} takes ${fn.params.length} arguments, not ${args.length}`);
  }
  return fn.params.map((p, i) => operand(p.type, args[i] ?? 0));
}

/**
 * Builds a function: `fn("add", { a: "i32", b: "i32" }, ["i32"], (f, { a, b }) => f.return(a.add(b)))`.
 * A function needs no module to be built; a module takes in what its exports call (module.ts).
 */
export function fn<P extends Params>(
  name: string,
  params: P,
  results: readonly ValType[],
  build: (f: Fn, params: ParamTerms<P>) => void,
): Fn {
  const f = new Fn(name, params, results);
  const terms: Record<string, Term> = {};
  f.params.forEach((p, index) => {
    terms[p.name] = new Term(p.type, { op: "local", index, name: p.name });
  });
  // The record is built from the same keys as P.
  build(f, terms as ParamTerms<P>);
  return f;
}
