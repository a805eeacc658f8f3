/** Queries as SQL text: SELECT, set operations, FROM. */
import type {
  AfterMatch,
  Emission,
  Expr,
  GroupingElement,
  Hint,
  Join,
  MatchRecognize,
  OrderItem,
  Query,
  QueryBody,
  Select,
  SelectItem,
  StreamWindow,
  TableAlias,
  TableRef,
} from "../ast.ts";
import { ExprPrinter } from "./expr.ts";
import {
  clause,
  list,
  printName,
  printNames,
  printPath,
  printQualified,
  printString,
  quoteName,
  words,
} from "./name.ts";
import { printPattern } from "./pattern.ts";

const exprs = new ExprPrinter(printQuery);

export const printExpr = (expr: Expr, min?: number): string => exprs.expr(expr, min);
export const printOrderItem = (item: OrderItem): string => exprs.orderItem(item);

export function printQuery(query: Query): string {
  const withText =
    query.with &&
    clause(query.with.recursive ? "WITH RECURSIVE" : "WITH", query.with.tables, (table) => {
      const columns = table.columns.length === 0 ? "" : ` ${printNames(table.columns)}`;
      return `${printName(table.name)}${columns} AS (${printQuery(table.query)})`;
    });
  return words(
    withText,
    printBody(query.body, 0),
    exprs.orderBy(query.orderBy),
    query.limit && `LIMIT ${printExpr(query.limit)}`,
    query.offset && `OFFSET ${printExpr(query.offset)}`,
    query.emission && printEmission(query.emission),
  );
}

/** `min`: 1 below UNION and EXCEPT, 2 below INTERSECT, 3 where only a simple body can stand. */
function printBody(body: QueryBody, min: number): string {
  switch (body.kind) {
    case "select":
      return printSelect(body);
    case "values":
      return clause("VALUES", body.rows, (row) => `(${list(row.items, (item) => printExpr(item))})`);
    case "tableQuery":
      return `TABLE ${printQualified(body.name)}`;
    case "nested":
      return `(${printQuery(body.query)})`;
    case "setOperation": {
      const own = body.op === "INTERSECT" ? 2 : 1;
      const all = body.all ? " ALL" : "";
      const text = `${printBody(body.left, own)} ${body.op}${all} ${printBody(body.right, own + 1)}`;
      return own < min ? `(${text})` : text;
    }
    default:
      return body satisfies never;
  }
}

function printSelect(select: Select): string {
  const distinct =
    select.distinctOn.length > 0 ? `DISTINCT ON (${list(select.distinctOn, (e) => printExpr(e))})` : "DISTINCT";
  return words(
    "SELECT",
    printHints(select.hints),
    select.distinct && distinct,
    list(select.items, printSelectItem),
    clause("FROM", select.from, printTable),
    select.streamWindow && printStreamWindow(select.streamWindow),
    select.where && `WHERE ${printExpr(select.where)}`,
    select.groupBy &&
      clause(select.groupBy.distinct ? "GROUP BY DISTINCT" : "GROUP BY", select.groupBy.elements, printGrouping),
    select.having && `HAVING ${printExpr(select.having)}`,
    clause("WINDOW", select.windows, (window) => `${printName(window.name)} AS ${exprs.window(window.spec)}`),
    select.qualify && `QUALIFY ${printExpr(select.qualify)}`,
  );
}

export function printSelectItem(item: SelectItem): string {
  if (item.kind === "item") return words(printExpr(item.expr), item.alias && `AS ${printName(item.alias)}`);
  const star = item.qualifier.length === 0 ? "*" : `${printPath(item.qualifier)}.*`;
  return words(star, item.except.length > 0 && `EXCEPT ${printNames(item.except)}`);
}

function printGrouping(element: GroupingElement): string {
  switch (element.kind) {
    case "groupingExpr":
      return printExpr(element.expr);
    case "groupingSet":
      return `(${list(element.items, (item) => printExpr(item))})`;
    case "rollup":
      return `ROLLUP (${list(element.elements, printGrouping)})`;
    case "cube":
      return `CUBE (${list(element.elements, printGrouping)})`;
    case "groupingSets":
      return `GROUPING SETS (${list(element.elements, printGrouping)})`;
    default:
      return element satisfies never;
  }
}

/** One comment for each hint. */
function printHints(hints: readonly Hint[]): string {
  return hints.map((hint) => `/*+ ${printHint(hint)} */`).join(" ");
}

function printHint(hint: Hint): string {
  if (hint.args.length === 0) return quoteName(hint.name.name);
  const args = list(hint.args, ({ key, value }) =>
    key === undefined ? printString(value) : `${printString(key)} = ${printString(value)}`,
  );
  return `${quoteName(hint.name.name)}(${args})`;
}

function printStreamWindow(window: StreamWindow): string {
  const parts = [
    `${window.kind === "SESSION" ? "" : "SIZE "}${printExpr(window.size)}`,
    window.advanceBy && `ADVANCE BY ${printExpr(window.advanceBy)}`,
    window.retention && `RETENTION ${printExpr(window.retention)}`,
    window.gracePeriod && `GRACE PERIOD ${printExpr(window.gracePeriod)}`,
  ];
  return `WINDOW ${window.kind} (${parts.filter((part) => part !== undefined).join(", ")})`;
}

function printEmission(emission: Emission): string {
  const { emit, allowLateness, lateTo } = emission;
  return words(
    emit && `EMIT ${emit.mode}`,
    // AND TIMEOUT must not be read as a part of what stands before it.
    emit?.period && printExpr(emit.period, 3),
    emit?.delay && `WITH DELAY ${printExpr(emit.delay, 3)}`,
    emit?.timeout && `AND TIMEOUT ${printExpr(emit.timeout)}`,
    allowLateness && `ALLOW LATENESS ${printExpr(allowLateness)}`,
    lateTo && `LATE TO ${printQualified(lateTo)}`,
  );
}

// ---- FROM ----

function printTable(table: TableRef): string {
  switch (table.kind) {
    case "table": {
      const version = table.systemTime && `FOR SYSTEM_TIME AS OF ${printExpr(table.systemTime)}`;
      return words(printQualified(table.name), printHints(table.hints), version, printAlias(table.alias));
    }
    case "derived":
      return words(table.lateral && "LATERAL", `(${printQuery(table.query)})`, printAlias(table.alias));
    case "function":
      return words(
        table.lateral && "LATERAL",
        `TABLE(${exprs.call(table.call, true)})`,
        table.withOrdinality && "WITH ORDINALITY",
        printAlias(table.alias),
      );
    case "unnest":
      return words(
        table.lateral && "LATERAL",
        `UNNEST(${list(table.exprs, (e) => printExpr(e))})`,
        table.withOrdinality && "WITH ORDINALITY",
        printAlias(table.alias),
      );
    case "join":
      return printJoin(table);
    case "sample":
      return `${printOperand(table.input)} TABLESAMPLE ${printName(table.method)} (${list(table.args, (e) => printExpr(e))})`;
    case "matchRecognize":
      return printMatch(table);
    default:
      return table satisfies never;
  }
}

const printOperand = (table: TableRef): string =>
  table.kind === "join" ? `(${printTable(table)})` : printTable(table);

function printAlias(alias: TableAlias | undefined): string {
  if (alias === undefined) return "";
  return words("AS", printName(alias.name), alias.columns.length > 0 && printNames(alias.columns));
}

function printJoin(join: Join): string {
  const { constraint } = join;
  const type = join.type === "SEMI" || join.type === "ANTI" ? `LEFT ${join.type}` : join.type;
  const match = "matchCondition" in constraint ? constraint.matchCondition : undefined;
  return words(
    printTable(join.left),
    constraint.kind === "natural" && "NATURAL",
    join.asof && "ASOF",
    `${type} JOIN`,
    printOperand(join.right),
    match && `MATCH_CONDITION (${printExpr(match)})`,
    constraint.kind === "on" && `ON ${printExpr(constraint.condition)}`,
    constraint.kind === "using" && `USING ${printNames(constraint.columns)}`,
  );
}

function printMatch(match: MatchRecognize): string {
  const empty = match.emptyMatches === undefined ? "" : emptyMatches[match.emptyMatches];
  const inside = words(
    exprs.partitionBy(match.partitionBy),
    exprs.orderBy(match.orderBy),
    clause("MEASURES", match.measures, (m) => `${printExpr(m.expr)} AS ${printName(m.alias)}`),
    match.rows && `${match.rows} PER MATCH`,
    empty,
    match.afterMatch && `AFTER MATCH SKIP ${printAfter(match.afterMatch)}`,
    `PATTERN (${printPattern(match.pattern, 0)})`,
    match.within && `WITHIN ${printExpr(match.within)}`,
    clause("SUBSET", match.subsets, (s) => `${printName(s.name)} = ${printNames(s.members)}`),
    clause("DEFINE", match.define, (d) => `${printName(d.name)} AS ${printExpr(d.condition)}`),
  );
  return words(`${printOperand(match.input)} MATCH_RECOGNIZE (${inside})`, printAlias(match.alias));
}

const emptyMatches = {
  SHOW: "SHOW EMPTY MATCHES",
  OMIT: "OMIT EMPTY MATCHES",
  "WITH UNMATCHED": "WITH UNMATCHED ROWS",
} as const;

function printAfter(after: AfterMatch): string {
  switch (after.kind) {
    case "pastLastRow":
      return "PAST LAST ROW";
    case "nextRow":
      return "TO NEXT ROW";
    case "first":
      return `TO FIRST ${printName(after.variable)}`;
    case "last":
      return `TO LAST ${printName(after.variable)}`;
    default:
      return after satisfies never;
  }
}
