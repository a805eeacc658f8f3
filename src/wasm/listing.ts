/**
 * The readable text of a function: a statement a line, operators infix, locals by name (the second `x` is `x_2`). It is
 * deterministic: goldens and EXPLAIN (CODE) show it. `<u`, `/u`, `%u` are unsigned, `>>` keeps the sign, `>>>` does not;
 * a constant that ends in n is an i64, one with a point a float; `u8[a + 4]` is the byte of memory at that address.
 */
import { type Fn, type Statement, type Term } from "./ir.ts";
import type { LoadName, StoreName } from "./opcodes.ts";
import { reachable } from "./reachable.ts";

const INDENT = "  ";

/** Sign and precedence of what is written infix; the higher binds closer. */
const infix: Readonly<Record<string, readonly [sign: string, precedence: number]>> = {
  mul: ["*", 6],
  div: ["/", 6],
  div_s: ["/", 6],
  div_u: ["/u", 6],
  rem_s: ["%", 6],
  rem_u: ["%u", 6],
  add: ["+", 5],
  sub: ["-", 5],
  shl: ["<<", 4],
  shr_s: [">>", 4],
  shr_u: [">>>", 4],
  lt: ["<", 3],
  lt_s: ["<", 3],
  lt_u: ["<u", 3],
  le: ["<=", 3],
  le_s: ["<=", 3],
  le_u: ["<=u", 3],
  gt: [">", 3],
  gt_s: [">", 3],
  gt_u: [">u", 3],
  ge: [">=", 3],
  ge_s: [">=", 3],
  ge_u: [">=u", 3],
  eq: ["==", 3],
  ne: ["!=", 3],
  and: ["&", 2],
  xor: ["^", 2],
  or: ["|", 2],
};
const SELECT_PRECEDENCE = 1;
const ATOM_PRECEDENCE = 9;

const loadText: Readonly<Record<LoadName, string>> = {
  "i32.load": "i32",
  "i64.load": "i64",
  "f32.load": "f32",
  "f64.load": "f64",
  "i32.load8_s": "i8",
  "i32.load8_u": "u8",
  "i32.load16_s": "i16",
  "i32.load16_u": "u16",
  "i64.load32_s": "i64_of_i32",
  "i64.load32_u": "i64_of_u32",
  "v128.load": "v128",
};
const storeText: Readonly<Record<StoreName, string>> = {
  "i32.store": "i32",
  "i64.store": "i64",
  "f32.store": "f32",
  "f64.store": "f64",
  "i32.store8": "u8",
  "i32.store16": "u16",
  "i64.store32": "u32_of_i64",
  "v128.store": "v128",
};

/** `f` and nothing that it calls. */
export function listing(f: Fn): string {
  const writer = new Writer(localNames(f));
  const typed = (from: number, to: number): string =>
    f.locals
      .slice(from, to)
      .map((l, i) => `${writer.names[from + i]}: ${l.type}`)
      .join(", ");
  const results = f.results.length === 0 ? "" : ` -> ${f.results.join(", ")}`;
  const locals = typed(f.params.length, f.locals.length);
  writer.line(`function ${f.name}(${typed(0, f.params.length)})${results} {`);
  writer.nested(() => {
    if (locals !== "") writer.line(`local ${locals}`);
    writer.statements(f.body);
  });
  writer.line("}");
  return writer.lines.join("\n");
}

/** `exports` and all that they call, callees first. */
export function moduleListing(exports: readonly Fn[]): string {
  return reachable(exports).map(listing).join("\n\n");
}

function localNames(f: Fn): string[] {
  const used = new Set<string>();
  return f.locals.map(({ name }) => {
    let unique = name;
    for (let n = 2; used.has(unique); n += 1) unique = `${name}_${n}`;
    used.add(unique);
    return unique;
  });
}

class Writer {
  readonly lines: string[] = [];
  readonly names: readonly string[];
  private indent = "";

  constructor(names: readonly string[]) {
    this.names = names;
  }

  line(text: string): void {
    this.lines.push(this.indent + text);
  }
  nested(write: () => void): void {
    const outer = this.indent;
    this.indent += INDENT;
    write();
    this.indent = outer;
  }
  statements(list: readonly Statement[]): void {
    for (const s of list) this.statement(s);
  }

  private statement(s: Statement): void {
    switch (s.s) {
      case "set":
        return this.line(`${this.names[s.local]} = ${this.text(s.value)}`);
      case "store":
        return this.line(`${storeText[s.name]}[${this.address(s.at, s.offset)}] = ${this.text(s.value)}`);
      case "if":
        this.line(`if ${this.text(s.cond)} {`);
        this.nested(() => this.statements(s.then));
        if (s.otherwise.length > 0) {
          this.line("} else {");
          this.nested(() => this.statements(s.otherwise));
        }
        return this.line("}");
      case "block":
      case "loop":
        this.line(`${s.s} ${s.label.name} {`);
        this.nested(() => this.statements(s.body));
        return this.line("}");
      case "br":
        return this.line(`goto ${s.label.name}${s.cond === undefined ? "" : ` if ${this.text(s.cond)}`}`);
      case "return":
        return this.line(["return", this.list(s.values)].join(" ").trimEnd());
      case "do":
        return this.line(this.text(s.value));
      case "call": {
        const call = `${s.fn.name}(${this.list(s.args)})`;
        const into = s.locals.map((i) => this.names[i]).join(", ");
        return this.line(into === "" ? call : `${into} = ${call}`);
      }
      case "copy":
        return this.line(`copy(${this.list([s.to, s.from, s.bytes])})`);
      case "fill":
        return this.line(`fill(${this.list([s.to, s.byte, s.bytes])})`);
      case "unreachable":
        return this.line("unreachable");
      case "comment":
        return this.line(`// ${s.text}`);
      default:
        s satisfies never;
    }
  }

  private list(terms: readonly Term[]): string {
    return terms.map((t) => this.text(t)).join(", ");
  }
  private address(at: Term, offset: number): string {
    return offset === 0 ? this.text(at) : `${this.text(at, 5)} + ${offset}`;
  }

  /** In parentheses where it binds less closely than `least`. */
  private text(t: Term, least = 0): string {
    const [text, precedence] = this.written(t);
    return precedence < least ? `(${text})` : text;
  }

  private written(t: Term): [text: string, precedence: number] {
    const n = t.node;
    switch (n.op) {
      case "local":
        return [this.names[n.index] ?? n.name, ATOM_PRECEDENCE];
      case "const":
        return [constantText(t, n.value), ATOM_PRECEDENCE];
      case "load":
        return [`${loadText[n.name]}[${this.address(n.at, n.offset)}]`, ATOM_PRECEDENCE];
      case "call":
        return [`${n.fn.name}(${this.list(n.args)})`, ATOM_PRECEDENCE];
      case "select": {
        const [cond, then, otherwise] = [n.cond, n.then, n.otherwise].map((x) => this.text(x, SELECT_PRECEDENCE + 1));
        return [`${cond} ? ${then} : ${otherwise}`, SELECT_PRECEDENCE];
      }
      case "instr":
        return this.instruction(n.name, n.args);
      default:
        return n satisfies never;
    }
  }

  private instruction(name: string, args: readonly Term[]): [text: string, precedence: number] {
    const [type = "", operator = ""] = name.split(".");
    const [a, b] = args;
    const [sign, precedence] = infix[operator] ?? [];
    if (
      a !== undefined &&
      b !== undefined &&
      sign !== undefined &&
      precedence !== undefined &&
      type !== "v128" &&
      type !== "i8x16"
    ) {
      // a & b | c, a < b < c and a << b << c are written with parentheses, a + b - c and a * b / c without.
      const left = this.text(a, precedence >= 5 || sameOperator(a, operator) ? precedence : precedence + 1);
      return [`${left} ${sign} ${this.text(b, precedence + 1)}`, precedence];
    }
    if (operator === "eqz" && a !== undefined) return [`!${this.text(a, ATOM_PRECEDENCE)}`, ATOM_PRECEDENCE];
    return [`${name}(${this.list(args)})`, ATOM_PRECEDENCE];
  }
}

function sameOperator(t: Term, operator: string): boolean {
  const associative = operator === "and" || operator === "or" || operator === "xor";
  return associative && t.node.op === "instr" && t.node.name.endsWith(`.${operator}`);
}

function constantText(t: Term, value: number | bigint): string {
  if (t.type === "i64") return `${value}n`;
  if (t.type === "i32") return `${value}`;
  const text = Object.is(value, -0) ? "-0" : `${value}`;
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
