/** CREATE and ALTER as SQL text. */
import type {
  Alter,
  AlterAction,
  ColumnDef,
  CreateFunction,
  CreateIndex,
  CreateSink,
  CreateTable,
  CreateView,
  FormatEncode,
  LikeClause,
  SqlOption,
  TableElement,
} from "../ast.ts";
import { list, printName, printNames, printQualified, printString, words } from "./name.ts";
import { printExpr, printOrderItem, printQuery } from "./query.ts";
import { printType } from "./type.ts";

/** `('k' = 'v', ..)`. */
export const printOptions = (options: readonly SqlOption[]): string =>
  `(${list(options, (option) => `${printString(option.key)} = ${printString(option.value)}`)})`;

/** `WITH (..)`, or nothing. */
export const withOptions = (options: readonly SqlOption[]): string =>
  options.length === 0 ? "" : `WITH ${printOptions(options)}`;

const ifNotExists = (node: { readonly ifNotExists: boolean }): string => (node.ifNotExists ? "IF NOT EXISTS" : "");

const printFormat = (format: FormatEncode): string =>
  words("FORMAT", format.format, "ENCODE", format.encode, format.options.length > 0 && printOptions(format.options));

export function printCreateTable(table: CreateTable): string {
  const elements = table.elements.length === 0 ? "" : `(${list(table.elements, printElement)})`;
  return words(
    "CREATE",
    table.orReplace && "OR REPLACE",
    table.temporary && "TEMPORARY",
    table.object,
    ifNotExists(table),
    printQualified(table.name),
    elements,
    table.comment !== undefined && `COMMENT ${printString(table.comment)}`,
    table.appendOnly && "APPEND ONLY",
    table.partitionedBy.length > 0 && `PARTITIONED BY ${printNames(table.partitionedBy)}`,
    withOptions(table.options),
    table.format && printFormat(table.format),
    table.like && printLike(table.like),
    table.query && `AS ${printQuery(table.query)}`,
  );
}

function printLike(like: LikeClause): string {
  const options = like.options.map(({ action, what }) => `${action} ${what}`).join(" ");
  return words("LIKE", printQualified(like.table), options !== "" && `(${options})`);
}

function printElement(element: TableElement): string {
  switch (element.kind) {
    case "column":
      return printColumn(element);
    case "watermark":
      return words(
        "WATERMARK FOR",
        printQualified(element.column),
        element.expr && `AS ${printExpr(element.expr)}`,
        element.withTtl && "WITH TTL",
      );
    case "primaryKey":
    case "unique":
      return words(
        element.constraintName && `CONSTRAINT ${printName(element.constraintName)}`,
        element.kind === "unique" ? "UNIQUE" : "PRIMARY KEY",
        printNames(element.columns),
        element.notEnforced && "NOT ENFORCED",
      );
    default:
      return element satisfies never;
  }
}

function printColumn(column: ColumnDef): string {
  const { source } = column;
  const computed = source.kind === "computed" && `AS ${printExpr(source.expr)}`;
  return words(
    printName(column.name),
    // Without a type the next word would be read as one.
    column.type === undefined ? computed : printType(column.type),
    source.kind === "metadata" && "METADATA",
    source.kind === "metadata" && source.key !== undefined && `FROM ${printString(source.key)}`,
    source.kind === "metadata" && source.virtual && "VIRTUAL",
    column.notNull && "NOT NULL",
    column.primaryKey && "PRIMARY KEY",
    column.unique && "UNIQUE",
    column.lateness && `LATENESS ${printExpr(column.lateness, 4)}`,
    column.defaultValue && `DEFAULT ${printExpr(column.defaultValue, 4)}`,
    column.type !== undefined && computed,
    column.comment !== undefined && `COMMENT ${printString(column.comment)}`,
  );
}

export function printCreateView(view: CreateView): string {
  return words(
    "CREATE",
    view.orReplace && "OR REPLACE",
    view.temporary && "TEMPORARY",
    view.materialized && "MATERIALIZED",
    "VIEW",
    ifNotExists(view),
    printQualified(view.name),
    view.columns.length > 0 && printNames(view.columns),
    view.comment !== undefined && `COMMENT ${printString(view.comment)}`,
    withOptions(view.options),
    `AS ${printQuery(view.query)}`,
  );
}

export function printCreateSink(sink: CreateSink): string {
  const { input } = sink;
  return words(
    "CREATE SINK",
    ifNotExists(sink),
    printQualified(sink.name),
    sink.into && `INTO ${printQualified(sink.into)}`,
    input?.kind === "from" && `FROM ${printQualified(input.name)}`,
    input?.kind === "query" && `AS ${printQuery(input.query)}`,
    withOptions(sink.options),
    sink.format && printFormat(sink.format),
  );
}

export function printCreateIndex(index: CreateIndex): string {
  return words(
    "CREATE",
    index.unique && "UNIQUE",
    "INDEX",
    ifNotExists(index),
    index.name && printName(index.name),
    "ON",
    printQualified(index.table),
    `(${list(index.columns, printOrderItem)})`,
    index.include.length > 0 && `INCLUDE ${printNames(index.include)}`,
  );
}

export function printCreateFunction(fn: CreateFunction): string {
  const parameters = list(fn.parameters, (p) => words(p.name && printName(p.name), printType(p.type)));
  return words(
    "CREATE",
    fn.orReplace && "OR REPLACE",
    fn.temporary && "TEMPORARY",
    "FUNCTION",
    ifNotExists(fn),
    printQualified(fn.name),
    parameters !== "" && `(${parameters})`,
    fn.returns && `RETURNS ${printType(fn.returns)}`,
    fn.language && `LANGUAGE ${printName(fn.language)}`,
    `AS ${printString(fn.body)}`,
  );
}

export function printAlter(alter: Alter): string {
  const ifExists = alter.ifExists ? "IF EXISTS" : "";
  return words("ALTER", alter.object, ifExists, printQualified(alter.name), printAction(alter.action));
}

function printAction(action: AlterAction): string {
  switch (action.kind) {
    case "rename":
      return `RENAME TO ${printQualified(action.to)}`;
    case "renameColumn":
      return `RENAME ${printName(action.from)} TO ${printName(action.to)}`;
    case "setOptions":
      return `SET ${printOptions(action.options)}`;
    case "resetOptions":
      return `RESET (${list(action.keys, printString)})`;
    case "setParameter":
      return `SET ${printString(action.key)} = ${printString(action.value)}`;
    case "add":
      return `ADD (${list(action.columns, printColumn)})`;
    case "modify":
      return `MODIFY (${list(action.columns, printColumn)})`;
    case "dropColumn":
      return `DROP ${printName(action.column)}`;
    case "addWatermark":
      return `ADD ${printElement(action.watermark)}`;
    case "dropWatermark":
      return "DROP WATERMARK";
    case "suspend":
      return "SUSPEND";
    case "resume":
      return "RESUME";
    case "asQuery":
      return `AS ${printQuery(action.query)}`;
    default:
      return action satisfies never;
  }
}
