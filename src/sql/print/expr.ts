/** Expressions and the windows in them as SQL text: parentheses only where the tree needs them. */
import type {
  Argument,
  BinaryOp,
  Call,
  Expr,
  FrameBound,
  IntervalLiteral,
  JsonAccess,
  JsonBehavior,
  JsonConstructor,
  OrderItem,
  Query,
  WindowSpec,
} from "../ast.ts";
import { isBare, printCallName } from "./call-name.ts";
import {
  clause,
  isPlainName,
  list,
  printArgumentName,
  printName,
  printPath,
  printQualified,
  printString,
  quoteCallName,
  quoteName,
  words,
} from "./name.ts";
import { printType } from "./type.ts";

/** How tightly a printed form binds; the same scale as the grammar's. */
const level = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  range: 6,
  other: 7,
  additive: 8,
  multiplicative: 9,
} as const;
const POWER = 10;
const ZONE = 11;
const COLLATE = 12;
const UNARY = 13;
const PRIMARY = 20;

const comparisons: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">="]);

function operatorLevel(op: BinaryOp): number {
  if (comparisons.has(op)) return level.comparison;
  if (op === "+" || op === "-") return level.additive;
  if (op === "*" || op === "/" || op === "%") return level.multiplicative;
  return op === "^" ? POWER : level.other;
}

function levelOf(expr: Expr): number {
  switch (expr.kind) {
    case "logical":
      return expr.op === "OR" ? level.or : level.and;
    case "unary":
      return expr.op === "NOT" ? level.not : expr.op === "~" ? level.other : UNARY;
    case "is":
    case "isDistinct":
      return level.is;
    case "between":
    case "inList":
    case "inQuery":
    case "like":
      return level.range;
    case "binary":
    case "quantified":
      return operatorLevel(expr.op);
    case "atTimeZone":
      return ZONE;
    case "collate":
      return COLLATE;
    default:
      return PRIMARY;
  }
}

const not = (negated: boolean): string => (negated ? "NOT " : "");

type Operators = "logical" | "unary" | "binary" | "quantified" | "is" | "isDistinct" | "between" | "inList" | "inQuery";
type Primary = Exclude<Expr, { kind: Operators | "like" | "atTimeZone" | "collate" }>;

const bases: ReadonlySet<Expr["kind"]> = new Set([
  "column",
  "field",
  "subscript",
  "call",
  "subquery",
  "array",
  "map",
  "cast",
]);

function printInterval(interval: IntervalLiteral): string {
  const { text, from, to } = interval;
  return words("INTERVAL", printString(text), from, to !== undefined && `TO ${to}`);
}

/** Prints expressions; the queries in them with the printer of queries, which it is given: the two call each other. */
export class ExprPrinter {
  private readonly query: (query: Query) => string;

  constructor(query: (query: Query) => string) {
    this.query = query;
  }

  /** `expr` where something that binds as tightly as `min` is needed. */
  expr(expr: Expr, min = 0): string {
    const text = this.bare(expr);
    return levelOf(expr) < min ? `(${text})` : text;
  }

  private bare(expr: Expr): string {
    switch (expr.kind) {
      case "logical":
        return expr.operands.map((e) => this.expr(e, levelOf(expr) + 1)).join(` ${expr.op} `);
      case "unary":
        return this.unary(expr);
      case "binary": {
        const own = operatorLevel(expr.op);
        return `${this.expr(expr.left, own)} ${expr.op} ${this.expr(expr.right, own + 1)}`;
      }
      case "quantified": {
        const right = expr.right.kind === "query" ? this.query(expr.right.query) : this.expr(expr.right.expr);
        return `${this.expr(expr.left, operatorLevel(expr.op))} ${expr.op} ${expr.quantifier} (${right})`;
      }
      case "is":
        return `${this.expr(expr.operand, level.is)} IS ${not(expr.negated)}${expr.test}`;
      case "isDistinct": {
        const [left, right] = [this.expr(expr.left, level.is), this.expr(expr.right, level.comparison)];
        return `${left} IS ${not(expr.negated)}DISTINCT FROM ${right}`;
      }
      case "between": {
        const bounds = `${this.expr(expr.low, level.other)} AND ${this.expr(expr.high, level.other)}`;
        const symmetric = expr.symmetric ? "SYMMETRIC " : "";
        return `${this.expr(expr.operand, level.range)} ${not(expr.negated)}BETWEEN ${symmetric}${bounds}`;
      }
      case "inList":
        return `${this.expr(expr.operand, level.range)} ${not(expr.negated)}IN (${this.list(expr.items)})`;
      case "inQuery":
        return `${this.expr(expr.operand, level.range)} ${not(expr.negated)}IN (${this.query(expr.query)})`;
      case "like": {
        const escape = expr.escape === undefined ? "" : ` ESCAPE ${this.expr(expr.escape, level.other)}`;
        const pattern = this.expr(expr.pattern, level.other) + escape;
        return `${this.expr(expr.operand, level.range)} ${not(expr.negated)}${expr.op} ${pattern}`;
      }
      case "atTimeZone":
        return `${this.expr(expr.operand, ZONE)} AT TIME ZONE ${this.expr(expr.zone, ZONE + 1)}`;
      case "collate":
        return `${this.expr(expr.operand, COLLATE)} COLLATE ${printQualified(expr.collation)}`;
      default:
        return this.primary(expr);
    }
  }

  private list(exprs: readonly Expr[]): string {
    return list(exprs, (e) => this.expr(e));
  }

  private unary(expr: Extract<Expr, { kind: "unary" }>): string {
    if (expr.op === "NOT") return `NOT ${this.expr(expr.operand, level.not)}`;
    const operand = this.expr(expr.operand, expr.op === "~" ? level.additive : UNARY);
    // Two minus signs would begin a comment.
    return expr.op + (/^[-+~]/.test(operand) ? " " : "") + operand;
  }

  private primary(expr: Primary): string {
    switch (expr.kind) {
      case "null":
        return "NULL";
      case "boolean":
        return expr.value ? "TRUE" : "FALSE";
      case "number":
        return expr.text;
      case "string":
        return printString(expr.value);
      case "bytes":
        return `X'${expr.hex}'`;
      case "datetime":
        return `${expr.type} ${printString(expr.text)}`;
      case "interval":
        return printInterval(expr);
      case "parameter":
        return expr.name === undefined ? `$${expr.index}` : `:${expr.name}`;
      case "column":
        return printPath(expr.parts);
      case "field":
        return `${this.base(expr.base)}.${printName(expr.name)}`;
      case "subscript":
        return `${this.base(expr.base)}[${this.expr(expr.index)}]`;
      case "cast":
        return `${expr.safe ? "TRY_CAST" : "CAST"}(${this.expr(expr.operand)} AS ${printType(expr.type)})`;
      case "case":
        return this.caseOf(expr);
      case "exists":
        return `EXISTS (${this.query(expr.query)})`;
      case "call":
        return this.call(expr);
      case "extract":
        return `EXTRACT(${isPlainName(expr.field.name) ? expr.field.name : printString(expr.field.name)} FROM ${this.expr(expr.operand)})`;
      case "roundTo":
        return `${expr.direction}(${this.expr(expr.operand)} TO ${quoteName(expr.unit.name)})`;
      case "row":
        return `ROW(${this.list(expr.items)})`;
      case "array":
        return `ARRAY[${this.list(expr.items)}]`;
      case "arrayQuery":
        return `ARRAY(${this.query(expr.query)})`;
      case "map":
        return `MAP[${list(expr.entries, (entry) => `${this.expr(entry.key)}, ${this.expr(entry.value)}`)}]`;
      case "subquery":
        return `(${this.query(expr.query)})`;
      case "jsonAccess":
        return this.jsonAccess(expr);
      case "jsonConstructor":
        return this.jsonConstructor(expr);
      case "matchSemantics":
        return `${expr.mode} ${this.expr(expr.operand)}`;
      default:
        return expr satisfies never;
    }
  }

  private base(base: Expr): string {
    return bases.has(base.kind) ? this.expr(base) : `(${this.expr(base)})`;
  }

  private caseOf(expr: Extract<Expr, { kind: "case" }>): string {
    return words(
      "CASE",
      expr.operand && this.expr(expr.operand),
      ...expr.branches.map((branch) => `WHEN ${this.expr(branch.when)} THEN ${this.expr(branch.then)}`),
      expr.otherwise && `ELSE ${this.expr(expr.otherwise)}`,
      "END",
    );
  }

  /** In FROM every function has parentheses: `inFrom`. */
  call(call: Call, inFrom = false): string {
    const bare = isBare(call) && !inFrom;
    const name = isBare(call) && inFrom ? quoteCallName(call.name.parts[0]?.name ?? "") : printCallName(call);
    // The first argument of POSITION ends before IN.
    const first = name.toUpperCase() === "POSITION" ? level.other : 0;
    const args = call.args.map((arg, i) => this.argument(arg, i === 0 ? first : 0)).join(", ");
    const inside = words(call.distinct && "DISTINCT", args, this.orderBy(call.orderBy));
    return words(
      bare ? name : `${name}(${inside})`,
      call.withinGroup.length > 0 && `WITHIN GROUP (${this.orderBy(call.withinGroup)})`,
      call.filter && `FILTER (WHERE ${this.expr(call.filter)})`,
      call.nulls && `${call.nulls} NULLS`,
      call.over && this.over(call.over),
    );
  }

  private argument(argument: Argument, min = 0): string {
    switch (argument.kind) {
      case "star":
        return "*";
      case "namedArgument":
        return `${printArgumentName(argument.name.name)} => ${this.argument(argument.value)}`;
      case "descriptor":
        return `DESCRIPTOR(${list(argument.columns, printQualified)})`;
      case "tableArgument": {
        const { source, partitionBy, orderBy } = argument;
        const table = source.kind === "name" ? printQualified(source.name) : `(${this.query(source.query)})`;
        return words("TABLE", table, this.partitionBy(partitionBy), this.orderBy(orderBy));
      }
      default:
        return this.expr(argument, min);
    }
  }

  private jsonAccess(expr: JsonAccess): string {
    const wrapper =
      expr.wrapper === undefined ? "" : expr.wrapper === "WITHOUT" ? "WITHOUT WRAPPER" : `WITH ${expr.wrapper} WRAPPER`;
    const inside = words(
      `${this.expr(expr.input)}, ${this.expr(expr.path)}`,
      expr.returning && `RETURNING ${printType(expr.returning)}`,
      wrapper,
      expr.onEmpty && `${this.behavior(expr.onEmpty)} ON EMPTY`,
      expr.onError && `${this.behavior(expr.onError)} ON ERROR`,
    );
    return `${expr.function}(${inside})`;
  }

  private behavior(behavior: JsonBehavior): string {
    return behavior.kind === "word" ? behavior.word : `DEFAULT ${this.expr(behavior.value)}`;
  }

  private jsonConstructor(expr: JsonConstructor): string {
    const entries = list(expr.entries, ({ key, value }) =>
      key === undefined ? this.expr(value) : `${this.jsonKey(key)} VALUE ${this.expr(value)}`,
    );
    return words(
      `${expr.function}(${words(entries, expr.onNull && `${expr.onNull} ON NULL`)})`,
      expr.filter && `FILTER (WHERE ${this.expr(expr.filter)})`,
      expr.over && this.over(expr.over),
    );
  }

  /** Not with KEY, which reads as a call before "(", but where a key begins with that word. */
  private jsonKey(key: Expr): string {
    // IS JSON VALUE would take the word that follows.
    const text = this.expr(key, level.comparison);
    return /^key\b/i.test(text) ? `KEY ${text}` : text;
  }

  orderItem(item: OrderItem): string {
    return words(this.expr(item.expr), item.descending && "DESC", item.nulls && `NULLS ${item.nulls}`);
  }

  orderBy(items: readonly OrderItem[]): string {
    return clause("ORDER BY", items, (item) => this.orderItem(item));
  }

  /** Several keys stand in parentheses: among arguments a bare list would have no end. */
  partitionBy(items: readonly Expr[]): string {
    const [only] = items;
    if (only === undefined) return "";
    return items.length === 1 ? `PARTITION BY ${this.expr(only)}` : `PARTITION BY (${this.list(items)})`;
  }

  private over(spec: WindowSpec): string {
    return spec.bare && spec.base !== undefined ? `OVER ${printName(spec.base)}` : `OVER ${this.window(spec)}`;
  }

  /** `(base PARTITION BY .. ORDER BY .. frame)`. */
  window(spec: WindowSpec): string {
    const base = spec.base && printName(spec.base);
    return `(${words(base, this.partitionBy(spec.partitionBy), this.orderBy(spec.orderBy), this.frame(spec.frame))})`;
  }

  private frame(frame: WindowSpec["frame"]): string {
    if (frame === undefined) return "";
    if (frame.kind === "sessionGap") return `SESSION WITH GAP ${this.expr(frame.gap)}`;
    const bounds = `${frame.unit} BETWEEN ${this.bound(frame.start)} AND ${this.bound(frame.end)}`;
    return words(bounds, frame.exclude && `EXCLUDE ${frame.exclude}`);
  }

  private bound(bound: FrameBound): string {
    switch (bound.kind) {
      case "unboundedPreceding":
        return "UNBOUNDED PRECEDING";
      case "unboundedFollowing":
        return "UNBOUNDED FOLLOWING";
      case "currentRow":
        return "CURRENT ROW";
      // What follows the offset must not be read as part of it: AND would.
      case "preceding":
        return `${this.expr(bound.offset, 3)} PRECEDING`;
      case "following":
        return `${this.expr(bound.offset, 3)} FOLLOWING`;
      default:
        return bound satisfies never;
    }
  }
}
