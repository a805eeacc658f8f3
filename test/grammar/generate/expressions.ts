/** Random expressions, in the forms that the parser makes: what other spellings give is not generated. */
import type {
  Argument,
  BinaryOp,
  Call,
  DescriptorArgument,
  Expr,
  Frame,
  FrameBound,
  JsonBehavior,
  JsonConstructor,
  OrderItem,
  Query,
  SessionGap,
  TableArgument,
  WindowSpec,
} from "../../../src/sql/ast.ts";
import { type Source, span } from "./source.ts";
import { randomType, units } from "./types.ts";

/** Every operator: a new one does not compile until it stands here. */
const operators: Readonly<Record<BinaryOp, true>> = {
  "+": true,
  "-": true,
  "*": true,
  "/": true,
  "%": true,
  "^": true,
  "=": true,
  "<>": true,
  "<": true,
  "<=": true,
  ">": true,
  ">=": true,
  "&": true,
  "|": true,
  "#": true,
  "<<": true,
  ">>": true,
  "~": true,
  "~*": true,
  "!~": true,
  "!~*": true,
  "->": true,
  "->>": true,
  "#>": true,
  "#>>": true,
  "@>": true,
  "<@": true,
  "?": true,
  "?|": true,
  "?&": true,
  "#-": true,
  "@?": true,
  "@@": true,
  "||": true,
  OVERLAPS: true,
  "&&": true,
};
// Object.keys forgets its keys: they are exactly the operators.
const operatorNames = Object.keys(operators) as BinaryOp[];
const isTests = [
  "NULL",
  "TRUE",
  "FALSE",
  "UNKNOWN",
  "JSON",
  "JSON VALUE",
  "JSON OBJECT",
  "JSON ARRAY",
  "JSON SCALAR",
] as const;
const jsonWords = ["NULL", "ERROR", "TRUE", "FALSE", "UNKNOWN", "EMPTY ARRAY", "EMPTY OBJECT"] as const;

/** Among arguments the lists of a table have no end before an expression: a table that has any comes last. */
const withoutLists = (args: readonly Argument[]): readonly Argument[] =>
  args.map((arg, i): Argument => {
    const strip = (table: TableArgument): TableArgument => ({ ...table, partitionBy: [], orderBy: [] });
    if (i === args.length - 1) return arg;
    if (arg.kind === "tableArgument") return strip(arg);
    return arg.kind === "namedArgument" && arg.value.kind === "tableArgument"
      ? { ...arg, value: strip(arg.value) }
      : arg;
  });

type Makers<Node extends { kind: string }> = { readonly [K in Node["kind"]]: () => Extract<Node, { kind: K }> };

export class Expressions {
  protected readonly g: Source;
  private readonly query: () => Query;

  constructor(g: Source, query: () => Query) {
    this.g = g;
    this.query = query;
  }

  expr(): Expr {
    const { g } = this;
    const leaves = this.leaves();
    if (g.isDeep) return g.oneOf<Expr>(leaves);
    // Written out, so that a new kind of expression does not compile until it is made here.
    const all: Makers<Expr> = { ...leaves, ...this.operations(), ...this.tests(), ...this.others() };
    return g.oneOf<Expr>(all);
  }

  exprs(min = 0, max = 3): readonly Expr[] {
    return this.g.some(() => this.expr(), min, max);
  }

  private leaves() {
    const { g } = this;
    const leaves = {
      null: () => ({ kind: "null", span }),
      boolean: () => ({ kind: "boolean", value: g.flag(), span }),
      number: () =>
        g.pick([
          { kind: "number", form: "integer", text: g.pick(["0", "12", "9223372036854775808"]), span },
          { kind: "number", form: "decimal", text: g.pick(["1.5", ".5", "1."]), span },
          { kind: "number", form: "double", text: g.pick(["1e3", "1.5E-3"]), span },
        ] as const),
      string: () => ({ kind: "string", value: g.text(), span }),
      bytes: () => ({ kind: "bytes", hex: g.pick(["", "CAFE", "00"]), span }),
      datetime: () => ({
        kind: "datetime",
        type: g.pick(["DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ"] as const),
        text: g.text(),
        span,
      }),
      interval: () => {
        const from = g.maybe(() => g.pick(units), 70);
        return { kind: "interval", text: g.text(), from, to: from && g.maybe(() => g.pick(units)), span };
      },
      parameter: () =>
        g.pick([
          { kind: "parameter", name: g.pick(["a", "from_day"]), index: undefined, span },
          { kind: "parameter", name: undefined, index: 1 + g.integer(), span },
        ] as const),
      column: () => ({ kind: "column", parts: g.some(() => g.name(), 1), span }),
    } as const satisfies Partial<Makers<Expr>>;
    return leaves;
  }

  private operations() {
    const { g } = this;
    const operations = {
      field: () => ({ kind: "field", base: this.not("column"), name: g.name(), span }),
      subscript: () => ({ kind: "subscript", base: this.expr(), index: this.expr(), span }),
      unary: () => ({ kind: "unary", op: g.pick(["-", "+", "~", "NOT"] as const), operand: this.expr(), span }),
      binary: () => ({
        kind: "binary",
        op: g.pick(operatorNames),
        left: this.expr(),
        right: this.expr(),
        opSpan: span,
        span,
      }),
      logical: () => {
        const op = g.pick(["AND", "OR"] as const);
        // The parser makes one list of a chain of the same word.
        const operand = (): Expr => {
          const made = this.expr();
          return made.kind === "logical" && made.op === op ? { kind: "boolean", value: true, span } : made;
        };
        return { kind: "logical", op, operands: [operand(), ...g.some(operand, 1)], span };
      },
      cast: () => ({ kind: "cast", operand: this.expr(), type: randomType(g), safe: g.flag(), span }),
      atTimeZone: () => ({ kind: "atTimeZone", operand: this.expr(), zone: this.expr(), span }),
      collate: () => ({ kind: "collate", operand: this.expr(), collation: g.qualified(), span }),
    } as const satisfies Partial<Makers<Expr>>;
    return operations;
  }

  private tests() {
    const { g } = this;
    const negated = g.flag();
    const tests = {
      between: () => ({
        kind: "between",
        operand: this.expr(),
        low: this.expr(),
        high: this.expr(),
        symmetric: g.flag(),
        negated,
        span,
      }),
      inList: () => {
        const items = this.exprs(1);
        // A query in two pairs of parentheses is a query in one.
        const isQuery = items.length === 1 && items[0]?.kind === "subquery";
        return { kind: "inList", operand: this.expr(), items: isQuery ? [...items, ...items] : items, negated, span };
      },
      inQuery: () => ({ kind: "inQuery", operand: this.expr(), query: this.query(), negated, span }),
      exists: () => ({ kind: "exists", query: this.query(), span }),
      like: () => ({
        kind: "like",
        op: g.pick(["LIKE", "ILIKE", "SIMILAR TO"] as const),
        operand: this.expr(),
        pattern: this.expr(),
        escape: g.maybe(() => this.expr()),
        negated,
        span,
      }),
      is: () => ({ kind: "is", operand: this.expr(), test: g.pick(isTests), negated, span }),
      isDistinct: () => ({ kind: "isDistinct", left: this.expr(), right: this.expr(), negated, span }),
      quantified: () => ({
        kind: "quantified",
        op: g.pick(operatorNames),
        quantifier: g.pick(["ANY", "ALL"] as const),
        left: this.expr(),
        // A query in parentheses is one without ARRAY as well.
        right: g.flag() ? { kind: "query", query: this.query() } : { kind: "array", expr: this.not("subquery") },
        span,
      }),
    } as const satisfies Partial<Makers<Expr>>;
    return tests;
  }

  private others() {
    const { g } = this;
    const others = {
      case: () => ({
        kind: "case",
        operand: g.maybe(() => this.expr()),
        branches: g.some(() => ({ when: this.expr(), then: this.expr(), span }), 1),
        otherwise: g.maybe(() => this.expr()),
        span,
      }),
      call: () => this.call(),
      extract: () => ({
        kind: "extract",
        field: { name: g.pick(["HOUR", "DOW", "A B", "SELECT"]), span },
        operand: this.expr(),
        span,
      }),
      roundTo: () => ({
        kind: "roundTo",
        direction: g.pick(["FLOOR", "CEIL"] as const),
        operand: this.expr(),
        unit: { name: g.word().toUpperCase(), span },
        span,
      }),
      row: () => ({ kind: "row", items: this.exprs(), span }),
      array: () => ({ kind: "array", items: this.exprs(), span }),
      arrayQuery: () => ({ kind: "arrayQuery", query: this.query(), span }),
      map: () => ({ kind: "map", entries: g.some(() => ({ key: this.expr(), value: this.expr() })), span }),
      subquery: () => ({ kind: "subquery", query: this.query(), span }),
      jsonAccess: () => ({
        kind: "jsonAccess",
        function: g.pick(["JSON_VALUE", "JSON_QUERY", "JSON_EXISTS"] as const),
        input: this.expr(),
        path: this.expr(),
        returning: g.maybe(() => randomType(g)),
        wrapper: g.maybe(() => g.pick(["WITHOUT", "CONDITIONAL", "UNCONDITIONAL"] as const)),
        onEmpty: g.maybe(() => this.behavior()),
        onError: g.maybe(() => this.behavior()),
        span,
      }),
      jsonConstructor: () => this.jsonConstructor(),
      matchSemantics: () => ({
        kind: "matchSemantics",
        mode: g.pick(["FINAL", "RUNNING"] as const),
        // Only a call by an ordinary name of one part can follow.
        operand: { ...this.call(), name: { parts: [{ name: g.pick(["LAST", "f", "SUM"]), span }], span } },
        span,
      }),
    } as const satisfies Partial<Makers<Expr>>;
    return others;
  }

  /** An expression of another kind than `kind`. */
  private not<K extends Expr["kind"]>(kind: K): Exclude<Expr, { kind: K }> {
    const isOther = (e: Expr): e is Exclude<Expr, { kind: K }> => e.kind !== kind;
    for (;;) {
      const made = this.expr();
      if (isOther(made)) return made;
    }
  }

  private behavior(): JsonBehavior {
    const makers: Makers<JsonBehavior> = {
      word: () => ({ kind: "word", word: this.g.pick(jsonWords) }),
      default: () => ({ kind: "default", value: this.expr() }),
    };
    return this.g.oneOf<JsonBehavior>(makers);
  }

  private jsonConstructor(): JsonConstructor {
    const { g } = this;
    const name = g.pick(["JSON_OBJECT", "JSON_ARRAY", "JSON_OBJECTAGG", "JSON_ARRAYAGG"] as const);
    const key = (): Expr | undefined => (name.startsWith("JSON_OBJECT") ? this.expr() : undefined);
    return {
      kind: "jsonConstructor",
      function: name,
      entries: g.some(() => ({ key: key(), value: this.expr() })),
      onNull: g.maybe(() => g.pick(["NULL", "ABSENT"] as const)),
      filter: g.maybe(() => this.expr()),
      over: g.maybe(() => this.over()),
      span,
    };
  }

  // ---- Calls ----

  call(): Call {
    const { g } = this;
    const args = withoutLists(g.some(() => this.argument()));
    const last = args.at(-1);
    const endsInTable = (last?.kind === "namedArgument" ? last.value : last)?.kind === "tableArgument";
    return {
      kind: "call",
      name: g.qualified(),
      distinct: g.chance(20),
      args,
      orderBy: g.chance(20) && !endsInTable ? this.orderItems(1) : [],
      nulls: g.maybe(() => g.pick(["IGNORE", "RESPECT"] as const), 10),
      withinGroup: g.chance(10) ? this.orderItems(1) : [],
      filter: g.maybe(() => this.expr(), 10),
      over: g.maybe(() => this.over(), 20),
      span,
    };
  }

  private argument(): Argument {
    type Other = Exclude<Argument, Expr>;
    const makers: Makers<Other> = {
      star: () => ({ kind: "star", span }),
      namedArgument: () => ({ kind: "namedArgument", name: this.g.name(), value: this.value(), span }),
      tableArgument: () => this.tableArgument(),
      descriptor: () => this.descriptor(),
    };
    return this.g.chance(70) ? this.expr() : this.g.oneOf<Argument>(makers);
  }

  private value(): Expr | TableArgument | DescriptorArgument {
    return this.g.chance(60) ? this.expr() : this.g.flag() ? this.tableArgument() : this.descriptor();
  }

  private descriptor(): DescriptorArgument {
    return { kind: "descriptor", columns: this.g.some(() => this.g.qualified(), 1), span };
  }

  private tableArgument(): TableArgument {
    const { g } = this;
    const makers: Makers<TableArgument["source"]> = {
      name: () => ({ kind: "name", name: g.qualified() }),
      query: () => ({ kind: "query", query: this.query() }),
    };
    const source = g.oneOf<TableArgument["source"]>(makers);
    return { kind: "tableArgument", source, partitionBy: this.keys(), orderBy: this.orderItems(), span };
  }

  // ---- Windows ----

  /** Of PARTITION BY: one row alone is its items. */
  keys(): readonly Expr[] {
    const keys = this.exprs();
    return keys.length === 1 && keys[0]?.kind === "row" ? [] : keys;
  }

  orderItem(): OrderItem {
    const { g } = this;
    const nulls = g.maybe(() => g.pick(["FIRST", "LAST"] as const));
    return { expr: this.expr(), descending: g.flag(), nulls, span };
  }

  orderItems(min = 0): readonly OrderItem[] {
    return this.g.some(() => this.orderItem(), min);
  }

  over(): WindowSpec {
    if (this.g.chance(70)) return this.window();
    return { base: this.g.name(), bare: true, partitionBy: [], orderBy: [], frame: undefined, span };
  }

  window(): WindowSpec {
    const { g } = this;
    const base = g.maybe(() => g.name());
    const frames: Makers<Frame | SessionGap> = {
      frame: () => ({
        kind: "frame",
        unit: g.pick(["ROWS", "RANGE", "GROUPS"] as const),
        start: this.bound(),
        end: this.bound(),
        exclude: g.maybe(() => g.pick(["CURRENT ROW", "GROUP", "TIES"] as const)),
        span,
      }),
      sessionGap: () => ({ kind: "sessionGap", gap: this.expr(), span }),
    };
    const frame = g.maybe(() => g.oneOf<Frame | SessionGap>(frames));
    return { base, bare: false, partitionBy: this.keys(), orderBy: this.orderItems(), frame, span };
  }

  private bound(): FrameBound {
    const makers: Makers<FrameBound> = {
      unboundedPreceding: () => ({ kind: "unboundedPreceding", span }),
      unboundedFollowing: () => ({ kind: "unboundedFollowing", span }),
      currentRow: () => ({ kind: "currentRow", span }),
      preceding: () => ({ kind: "preceding", offset: this.expr(), span }),
      following: () => ({ kind: "following", offset: this.expr(), span }),
    };
    return this.g.oneOf<FrameBound>(makers);
  }
}
