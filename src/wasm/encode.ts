/** IR -> the bytes of a WebAssembly module that imports `env.memory` and exports the given functions. */
import type { Fn, Label, Statement, Term } from "./ir.ts";
import { instructions, loads, stores, type ValType } from "./opcodes.ts";
import { reachable } from "./reachable.ts";

const VAL_TYPE: Readonly<Record<ValType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const scratch = new DataView(new ArrayBuffer(8));
const utf8 = new TextEncoder();

class Bytes {
  private data = new Uint8Array(64);
  length = 0;
  private reserve(n: number): void {
    if (this.length + n <= this.data.length) return;
    const grown = new Uint8Array(Math.max(this.data.length * 2, this.length + n));
    grown.set(this.data.subarray(0, this.length));
    this.data = grown;
  }
  byte(b: number): this {
    this.reserve(1);
    this.data[this.length++] = b;
    return this;
  }
  bytes(b: ArrayLike<number>): this {
    this.reserve(b.length);
    if (b.length > 8) this.data.set(b, this.length);
    else for (let i = 0; i < b.length; i++) this.data[this.length + i] = b[i] ?? 0;
    this.length += b.length;
    return this;
  }
  /** Unsigned LEB128. */
  u(n: number): this {
    let rest = n >>> 0;
    do {
      const low = rest & 0x7f;
      rest >>>= 7;
      this.byte(rest === 0 ? low : low | 0x80);
    } while (rest !== 0);
    return this;
  }
  /** Signed LEB128. */
  s(n: bigint): this {
    let rest = n;
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }
  /** A name. They are ASCII but for what SQL calls its columns; a module has hundreds of them. */
  name(s: string): this {
    for (let i = 0; i < s.length; i++) {
      if (s.charCodeAt(i) > 0x7f) {
        const b = utf8.encode(s);
        return this.u(b.length).bytes(b);
      }
    }
    this.u(s.length).reserve(s.length);
    for (let i = 0; i < s.length; i++) this.data[this.length++] = s.charCodeAt(i);
    return this;
  }
  sized(inner: Bytes): this {
    return this.u(inner.length).bytes(inner.view());
  }
  section(id: number, inner: Bytes): this {
    return this.byte(id).sized(inner);
  }
  view(): Uint8Array<ArrayBuffer> {
    return this.data.subarray(0, this.length);
  }
}

export interface EncodeOptions {
  readonly shared: boolean;
  readonly memoryPages: number;
}

export function encode(exports: readonly Fn[], options: EncodeOptions): Uint8Array<ArrayBuffer> {
  const fns = reachable(exports);
  const indexOf = new Map(fns.map((f, i) => [f, i]));
  const index = (f: Fn): number => indexOf.get(f) ?? -1;

  const types: string[] = [];
  const typeSection = new Bytes();
  const typeIndex = (f: Fn): number => {
    const key = `${f.params.map((p) => p.type).join()}>${f.results.join()}`;
    const known = types.indexOf(key);
    if (known >= 0) return known;
    typeSection.byte(0x60).u(f.params.length);
    for (const p of f.params) typeSection.byte(VAL_TYPE[p.type]);
    typeSection.u(f.results.length);
    for (const r of f.results) typeSection.byte(VAL_TYPE[r]);
    return types.push(key) - 1;
  };
  const functionSection = new Bytes().u(fns.length);
  for (const f of fns) functionSection.u(typeIndex(f));

  const importSection = new Bytes().u(1).name("env").name("memory").byte(2);
  importSection
    .byte(options.shared ? 3 : 1)
    .u(options.memoryPages)
    .u(options.memoryPages);

  const exportSection = new Bytes().u(exports.length);
  for (const f of exports) exportSection.name(f.name).byte(0).u(index(f));

  const codeSection = new Bytes().u(fns.length);
  for (const f of fns) codeSection.sized(encodeBody(f, index));

  const functionNames = new Bytes().u(fns.length);
  const localNames = new Bytes().u(fns.length);
  fns.forEach((f, i) => {
    functionNames.u(i).name(f.name);
    localNames.u(i).u(f.locals.length);
    f.locals.forEach((l, j) => localNames.u(j).name(l.name));
  });
  const names = new Bytes().name("name").section(1, functionNames).section(2, localNames);

  const typeVector = new Bytes().u(types.length).bytes(typeSection.view());
  return new Bytes()
    .bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    .section(1, typeVector)
    .section(2, importSection)
    .section(3, functionSection)
    .section(7, exportSection)
    .section(10, codeSection)
    .section(0, names)
    .view();
}

function encodeBody(f: Fn, index: (f: Fn) => number): Bytes {
  const encoder = new BodyEncoder(index);
  const declared = f.locals.slice(f.params.length);
  encoder.out.u(declared.length);
  for (const l of declared) encoder.out.u(1).byte(VAL_TYPE[l.type]);
  encoder.body(f.body);
  // Every path of a function with results ends in a return; the validator wants to be told.
  if (f.results.length > 0) encoder.out.byte(0x00);
  return encoder.out.byte(0x0b);
}

class BodyEncoder {
  readonly out = new Bytes();
  private readonly index: (f: Fn) => number;
  /** The blocks around the present statement, outermost first; an `if` has no label. */
  private readonly labels: (Label | undefined)[] = [];

  constructor(index: (f: Fn) => number) {
    this.index = index;
  }

  body(statements: readonly Statement[]): void {
    for (const s of statements) this.statement(s);
  }

  private memarg(offset: number): void {
    this.out.u(0).u(offset);
  }
  private terms(list: readonly Term[]): void {
    for (const t of list) this.term(t);
  }

  private term(t: Term): void {
    const n = t.node;
    switch (n.op) {
      case "local":
        this.out.byte(0x20).u(n.index);
        return;
      case "const":
        constantBytes(this.out, t.type, n.value);
        return;
      case "instr":
        this.terms(n.args);
        this.out.bytes(instructions[n.name]?.bytes ?? []);
        return;
      case "load":
        this.term(n.at);
        this.out.bytes(loads[n.name].bytes);
        this.memarg(n.offset);
        return;
      case "select":
        this.terms([n.then, n.otherwise, n.cond]);
        this.out.byte(0x1b);
        return;
      case "call":
        this.terms(n.args);
        this.out.byte(0x10).u(this.index(n.fn));
        return;
      default:
        n satisfies never;
    }
  }

  private statement(s: Statement): void {
    switch (s.s) {
      case "if":
      case "block":
      case "loop":
      case "br":
        this.control(s);
        return;
      case "set":
        this.term(s.value);
        this.out.byte(0x21).u(s.local);
        return;
      case "store":
        this.terms([s.at, s.value]);
        this.out.bytes(stores[s.name].bytes);
        this.memarg(s.offset);
        return;
      case "return":
        this.terms(s.values);
        this.out.byte(0x0f);
        return;
      case "do":
        this.term(s.value);
        this.out.byte(0x1a);
        return;
      case "call":
        this.terms(s.args);
        this.out.byte(0x10).u(this.index(s.fn));
        for (const local of [...s.locals].reverse()) this.out.byte(0x21).u(local);
        return;
      case "copy":
        this.terms([s.to, s.from, s.bytes]);
        this.out.bytes([0xfc, 10, 0, 0]);
        return;
      case "fill":
        this.terms([s.to, s.byte, s.bytes]);
        this.out.bytes([0xfc, 11, 0]);
        return;
      case "unreachable":
        this.out.byte(0x00);
        return;
      case "comment":
        return;
      default:
        s satisfies never;
    }
  }

  private control(s: Extract<Statement, { s: "if" | "block" | "loop" | "br" }>): void {
    switch (s.s) {
      case "if":
        this.term(s.cond);
        this.out.byte(0x04).byte(0x40);
        this.labels.push(undefined);
        this.body(s.then);
        if (s.otherwise.length > 0) {
          this.out.byte(0x05);
          this.body(s.otherwise);
        }
        break;
      case "block":
      case "loop":
        this.out.byte(s.s === "block" ? 0x02 : 0x03).byte(0x40);
        this.labels.push(s.label);
        this.body(s.body);
        break;
      case "br": {
        const depth = this.labels.lastIndexOf(s.label);
        if (depth < 0) throw new TypeError(`a jump to ${s.label.name} from outside of it`);
        if (s.cond !== undefined) this.term(s.cond);
        this.out.byte(s.cond === undefined ? 0x0c : 0x0d).u(this.labels.length - 1 - depth);
        return;
      }
      default:
        s satisfies never;
    }
    this.labels.pop();
    this.out.byte(0x0b);
  }
}

function constantBytes(out: Bytes, valType: ValType, value: number | bigint): void {
  switch (valType) {
    case "i32":
      out.byte(0x41).s(BigInt(Number(value) | 0));
      return;
    case "i64":
      out.byte(0x42).s(BigInt.asIntN(64, BigInt(value)));
      return;
    case "f32":
      scratch.setFloat32(0, Number(value), true);
      out.byte(0x43).bytes(new Uint8Array(scratch.buffer, 0, 4));
      return;
    case "f64":
      scratch.setFloat64(0, Number(value), true);
      out.byte(0x44).bytes(new Uint8Array(scratch.buffer, 0, 8));
      return;
    case "v128":
      throw new TypeError("a v128 constant is made with i8x16.splat");
    default:
      valType satisfies never;
  }
}
