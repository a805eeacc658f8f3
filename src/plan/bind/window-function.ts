/**
 * Window functions in FROM (W1-W3, W5): `TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])` and its kin, with positional
 * or named arguments, checked with errors that say what was probably meant.
 */
import { MICROS_PER_MS } from "../../base/batch.ts";
import { didYouMean, SqlError } from "../../base/error.ts";
import { isTimestamp, leafCount, typeText } from "../../base/types.ts";
import type { Span } from "../../base/value.ts";
import type { Expr } from "../../expr/expr.ts";
import type { WindowSpec } from "../../operators/operator.ts";
import type * as ast from "../../sql/ast.ts";
import * as build from "../logical/build.ts";
import type { Env } from "./env.ts";
import { bindExpr } from "./expressions/expr.ts";
import { durationText, intervalOf } from "./expressions/interval.ts";
import { unsupported } from "./expressions/operators.ts";
import { emptyScope, type Relation, resolveColumn, type ScopeColumn, scopeOver } from "./scope.ts";
import type { WindowKind } from "./window-names.ts";

/** How the window functions get at the tables they stand over. */
export interface TableBinder {
  readonly env: Env;
  table(name: ast.QualifiedName): Relation;
  query(query: ast.Query): Relation;
}

const PANES_MAX = 10_000n;

const parameters: Readonly<Record<WindowKind, readonly string[]>> = {
  tumble: ["DATA", "TIMECOL", "SIZE", "OFFSET"],
  hop: ["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"],
  cumulate: ["DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"],
  session: ["DATA", "TIMECOL", "GAP"],
};
const usage: Readonly<Record<WindowKind, string>> = {
  tumble: "TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])",
  hop: "HOP(TABLE t, DESCRIPTOR(ts), slide, size [, offset])",
  cumulate: "CUMULATE(TABLE t, DESCRIPTOR(ts), step, size [, offset])",
  session: "SESSION(TABLE t [PARTITION BY k], DESCRIPTOR(ts), gap)",
};

type Given = Exclude<ast.Argument, ast.NamedArgument>;
type Arguments = ReadonlyMap<string, Given>;

/** The arguments by the name of their parameter. */
function byParameter(call: ast.Call, kind: WindowKind): Arguments {
  const name = kind.toUpperCase();
  const names = parameters[kind];
  const required = names.filter((n) => n !== "OFFSET");
  const map = new Map<string, Given>();
  call.args.forEach((arg, i) => {
    const parameter = arg.kind === "namedArgument" ? arg.name.name.toUpperCase() : names[i];
    if (parameter === undefined || (arg.kind !== "namedArgument" && call.args.length > names.length)) {
      const expected = names.length === required.length ? names.length : `${required.length} or ${names.length}`;
      throw new SqlError("WRONG_ARGUMENT_COUNT", call.span, {
        name,
        expected,
        actual: call.args.length,
        usage: usage[kind],
      });
    }
    if (!names.includes(parameter)) {
      const details = { name, argument: parameter, arguments: names };
      throw new SqlError("UNKNOWN_NAMED_ARGUMENT", arg.span, details, didYouMean(parameter, names));
    }
    if (map.has(parameter)) throw new SqlError("DUPLICATE_ARGUMENT", arg.span, { argument: parameter, name });
    map.set(parameter, arg.kind === "namedArgument" ? arg.value : arg);
  });
  for (const n of required) {
    if (!map.has(n)) throw new SqlError("MISSING_ARGUMENT", call.span, { name, argument: n, usage: usage[kind] });
  }
  return map;
}

/** Flink 1.x: SESSION(TABLE t, DESCRIPTOR(ts), DESCRIPTOR(key), gap). */
function withoutOldKey(
  call: ast.Call,
  kind: WindowKind,
): { readonly call: ast.Call; readonly key: readonly ast.QualifiedName[] } {
  const third = call.args[2];
  if (kind !== "session" || call.args.length !== 4 || third?.kind !== "descriptor") return { call, key: [] };
  return { call: { ...call, args: call.args.filter((a) => a !== third) }, key: third.columns };
}

export function bindWindowFunction(node: ast.Call, kind: WindowKind, tables: TableBinder): Relation {
  const name = kind.toUpperCase();
  const { call, key } = withoutOldKey(node, kind);
  const args = byParameter(call, kind);
  const data = need(args, "DATA");
  const input = bindData(data, name, tables);
  checkNoWindowColumns(input, name, data.span);
  const time = timeColumn(need(args, "TIMECOL"), input, name, tables.env);
  const spec = windowSpec(kind, args, call.span, tables.env);
  const partition = partitionLeaves(data, key, kind, input, tables.env);
  const timeType = build.windowTimeType(time.type);
  const window = { spec, timeType, span: call.span };
  const plan = build.windowTable(input.plan, window, time.leaf, partition);
  const [table] = new Set(input.columns.map((c) => c.table));
  const added: ScopeColumn[] = build.WINDOW_COLUMN_NAMES.map((column, i) => ({
    name: column,
    index: input.plan.schema.length + i,
    table,
  }));
  return { plan, columns: [...input.columns, ...added] };
}

function need(args: Arguments, name: string): Given {
  const arg = args.get(name);
  if (arg === undefined) throw new TypeError(`argument ${name} was checked to be there`);
  return arg;
}

/** `window`: one of the names of `usage`. */
const usageHint = (window: string): string | undefined => {
  const entry = Object.entries(usage).find(([kind]) => kind.toLowerCase() === window.toLowerCase());
  return entry && `it is called as ${entry[1]}`;
};

function bindData(arg: Given, window: string, tables: TableBinder): Relation {
  switch (arg.kind) {
    case "tableArgument":
      if (arg.orderBy.length > 0) throw unsupported("ORDER BY of a table argument", arg.span);
      return arg.source.kind === "name" ? tables.table(arg.source.name) : tables.query(arg.source.query);
    case "column":
      return tables.table({ parts: arg.parts, span: arg.span });
    case "subquery":
      return tables.query(arg.query);
    default:
      throw new SqlError("TYPE_MISMATCH", arg.span, {
        what: `the first argument of ${window}`,
        expected: "a table",
        actual: arg.kind === "descriptor" ? "DESCRIPTOR" : "a value",
        hint: usageHint(window),
      });
  }
}

function checkNoWindowColumns(input: Relation, window: string, span: Span): void {
  for (const column of input.columns) {
    if (build.WINDOW_COLUMN_NAMES.some((n) => n === column.name.toLowerCase())) {
      throw new SqlError("RESERVED_WINDOW_COLUMN", span, { window, name: column.name });
    }
  }
}

type ColumnExpr = Extract<Expr, { node: "column" }>;

function timeColumn(arg: Given, input: Relation, window: string, env: Env): ColumnExpr {
  const name = arg.kind === "descriptor" ? arg.columns[0] : arg.kind === "column" ? arg : undefined;
  if (name === undefined || (arg.kind === "descriptor" && arg.columns.length !== 1)) {
    throw new SqlError("TYPE_MISMATCH", arg.span, {
      what: `the second argument of ${window}`,
      expected: "DESCRIPTOR(column) of one column",
      actual: arg.kind === "descriptor" ? `DESCRIPTOR of ${arg.columns.length}` : "another expression",
      hint: usageHint(window),
    });
  }
  const column = resolveColumn(scopeOver(env, input, window), name.parts, name.span);
  const text = name.parts.map((p) => p.name).join(".");
  if (column.node === "column" && isTimestamp(column.type) && input.plan.timeAttributes.includes(column.leaf))
    return column;
  if (isTimestamp(column.type) && input.plan.kind === "scan" && input.plan.table.eventTime === undefined) {
    throw new SqlError("NO_WATERMARK", name.span, { table: input.plan.table.name, column: text });
  }
  throw new SqlError("NOT_A_TIME_ATTRIBUTE", name.span, { window, name: text, advice: timeAdvice(input, column) });
}

function timeAdvice(input: Relation, column: Expr): string {
  const names = input.columns
    .filter((c) => input.plan.timeAttributes.includes(firstLeafOf(input, c)))
    .map((c) => c.name);
  if (names.length > 0) return `its input has the time attribute ${names.join(", ")}`;
  if (!isTimestamp(column.type))
    return `it is ${typeText(column.type)}; a time attribute is a TIMESTAMP column with WATERMARK FOR`;
  return "a column stays a time attribute through projection, WHERE and UNION ALL; after a window function or a windowed GROUP BY only window_time is one";
}

const firstLeafOf = (input: Relation, c: ScopeColumn): number =>
  input.plan.schema.slice(0, c.index).reduce((n, f) => n + leafCount(f.type), 0);

/** A constant interval of whole milliseconds, in microseconds. */
function duration(arg: Given, what: string, window: string, env: Env): bigint {
  if (arg.kind === "star" || arg.kind === "tableArgument" || arg.kind === "descriptor") {
    throw new SqlError("TYPE_MISMATCH", arg.span, {
      what: `${what} of ${window}`,
      expected: "an interval",
      actual: arg.kind,
      hint: usageHint(window),
    });
  }
  const e = bindExpr(arg, emptyScope(env, window));
  let value = e.node === "literal" ? e.value : undefined;
  if (typeof value === "string") value = intervalOf({ text: value, from: undefined, to: undefined }, arg.span).value;
  else if (e.type.kind === "INTERVAL_MONTH")
    throw new SqlError("MIXED_INTERVAL", arg.span, { what: `${what} of ${window}` });
  else if (value === undefined) throw new SqlError("NOT_CONSTANT", arg.span, { what: `${what} of ${window}` });
  else if (e.type.kind !== "INTERVAL_DAY") {
    const hint = "write INTERVAL '10' MINUTE, for example";
    const details = { what: `${what} of ${window}`, expected: "an interval", actual: typeText(e.type), hint };
    throw new SqlError("TYPE_MISMATCH", arg.span, details);
  }
  if (typeof value !== "bigint") throw new SqlError("MIXED_INTERVAL", arg.span, { what: `${what} of ${window}` });
  if (value % MICROS_PER_MS !== 0n) {
    throw new SqlError("WINDOW_PRECISION", arg.span, { what, window, value: durationText(value) });
  }
  return value;
}

function windowSpec(kind: WindowKind, args: Arguments, span: Span, env: Env): WindowSpec {
  const window = kind.toUpperCase();
  const length = (name: string): bigint => {
    const arg = need(args, name);
    const what = `the ${name.toLowerCase()}`;
    const value = duration(arg, what, window, env);
    if (value > 0n) return value;
    throw new SqlError("WINDOW_SIZE", arg.span, { what, window, value: durationText(value) });
  };
  const offsetArg = args.get("OFFSET");
  const offset = offsetArg === undefined ? 0n : duration(offsetArg, "the offset", window, env);
  switch (kind) {
    case "tumble":
      return { kind, size: length("SIZE"), offset };
    case "hop": {
      const slide = length("SLIDE");
      const size = length("SIZE");
      const text = { slide: durationText(slide), size: durationText(size) };
      if (slide > size) throw new SqlError("HOP_SLIDE_LARGER", need(args, "SLIDE").span, text);
      const panes = size / gcd(size, slide);
      if (panes > PANES_MAX) throw new SqlError("TOO_MANY_PANES", span, { ...text, panes });
      return { kind, slide, size, offset };
    }
    case "cumulate": {
      const step = length("STEP");
      const size = length("SIZE");
      if (size % step !== 0n) {
        const details = { size: durationText(size), step: durationText(step) };
        throw new SqlError("CUMULATE_STEP", need(args, "STEP").span, details);
      }
      if (size / step > PANES_MAX) {
        throw new SqlError("REFUSED", span, {
          construct: "this CUMULATE",
          reason: `its ${size / step} steps are more than the limit of ${PANES_MAX}`,
        });
      }
      return { kind, step, size, offset };
    }
    case "session":
      return { kind, gap: length("GAP") };
    default:
      return kind satisfies never;
  }
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

/** The keys of a SESSION, with or without parentheses around several (W7). */
function partitionLeaves(
  data: Given,
  oldKey: readonly ast.QualifiedName[],
  kind: WindowKind,
  input: Relation,
  env: Env,
): readonly number[] {
  const given = data.kind === "tableArgument" ? data.partitionBy : [];
  const exprs: ast.Expr[] = given.flatMap((e) => (e.kind === "row" ? e.items : [e]));
  for (const name of oldKey) exprs.push({ kind: "column", parts: name.parts, span: name.span });
  const [first] = exprs;
  if (first !== undefined && kind !== "session") {
    throw unsupported(`PARTITION BY in ${kind.toUpperCase()}`, first.span, "group by the key instead");
  }
  const scope = scopeOver(env, input, "PARTITION BY");
  return exprs.map((e) => {
    const key = bindExpr(e, scope);
    if (key.node === "column") return key.leaf;
    throw unsupported("an expression as key of SESSION", e.span, "compute it as a column in a subquery");
  });
}
