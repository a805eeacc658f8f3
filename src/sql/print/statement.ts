/** Statements as SQL text. */
import type { Assignment, Copy, Insert, SetStatement, Show, Statement, Subscribe, Transaction } from "../ast.ts";
import {
  printAlter,
  printCreateFunction,
  printCreateIndex,
  printCreateSink,
  printCreateTable,
  printCreateView,
  printOptions,
  withOptions,
} from "./definition.ts";
import { clause, list, printName, printNames, printPath, printQualified, printString, words } from "./name.ts";
import { printExpr, printQuery, printSelectItem } from "./query.ts";
import { printType } from "./type.ts";

/** Without the semicolon at the end. */
export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case "queryStatement":
      return printQuery(statement.query);
    case "createTable":
      return printCreateTable(statement);
    case "createView":
      return printCreateView(statement);
    case "createSink":
      return printCreateSink(statement);
    case "createIndex":
      return printCreateIndex(statement);
    case "createFunction":
      return printCreateFunction(statement);
    case "alter":
      return printAlter(statement);
    case "drop":
      return words(
        "DROP",
        statement.temporary && "TEMPORARY",
        statement.object,
        statement.ifExists && "IF EXISTS",
        list(statement.names, printQualified),
        statement.cascade && "CASCADE",
      );
    case "insert":
      return printInsert(statement);
    case "statementSet":
      return words(
        "EXECUTE STATEMENT SET BEGIN",
        ...statement.inserts.map((insert) => `${printInsert(insert)};`),
        "END",
      );
    case "update":
      return words(
        "UPDATE",
        printQualified(statement.table),
        statement.alias && `AS ${printName(statement.alias)}`,
        clause("SET", statement.assignments, printAssignment),
        statement.where && `WHERE ${printExpr(statement.where)}`,
      );
    case "delete":
      return words(
        "DELETE FROM",
        printQualified(statement.table),
        statement.alias && `AS ${printName(statement.alias)}`,
        statement.where && `WHERE ${printExpr(statement.where)}`,
      );
    case "truncate":
      return clause("TRUNCATE TABLE", statement.tables, printQualified);
    case "subscribe":
      return printSubscribe(statement);
    case "copy":
      return printCopy(statement);
    default:
      return printCommand(statement);
  }
}

type Written =
  | "queryStatement"
  | "createTable"
  | "createView"
  | "createSink"
  | "createIndex"
  | "createFunction"
  | "alter";
type Changing = "drop" | "insert" | "statementSet" | "update" | "delete" | "truncate" | "subscribe" | "copy";
type Command = Exclude<Statement, { kind: Written | Changing }>;

function printCommand(statement: Command): string {
  switch (statement.kind) {
    case "explain": {
      const options = [statement.format === "JSON" ? "FORMAT JSON" : "", ...statement.aspects].filter((o) => o !== "");
      return words("EXPLAIN", options.length > 0 && `(${options.join(", ")})`, printStatement(statement.statement));
    }
    case "show":
      return printShow(statement);
    case "describe": {
      const { target } = statement;
      const text = target.kind === "name" ? printQualified(target.name) : `(${printQuery(target.query)})`;
      return words("DESCRIBE", statement.extended && "EXTENDED", text);
    }
    case "set":
      return printSet(statement);
    case "reset":
      return `RESET ${statement.key === undefined ? "ALL" : printString(statement.key)}`;
    case "use":
      return words("USE", statement.object, printQualified(statement.name));
    case "why":
      return `WHY ${printQualified(statement.name)}`;
    case "replay":
      return `REPLAY ${printQualified(statement.table)}`;
    case "transaction":
      return printTransaction(statement);
    case "declareCursor": {
      const { source } = statement;
      const text = source.kind === "query" ? printQuery(source.query) : printSubscribe(source.subscribe);
      const binary = statement.binary ? "BINARY" : "";
      return words(
        "DECLARE",
        printName(statement.name),
        binary,
        "CURSOR",
        statement.withHold && "WITH HOLD",
        "FOR",
        text,
      );
    }
    case "fetch":
      return words(
        "FETCH",
        String(statement.count ?? "ALL"),
        "FROM",
        printName(statement.cursor),
        withOptions(statement.options),
      );
    case "closeCursor":
      return `CLOSE ${statement.name === undefined ? "ALL" : printName(statement.name)}`;
    case "prepare": {
      const types = statement.types.length === 0 ? "" : `(${list(statement.types, printType)})`;
      return words("PREPARE", printName(statement.name), types, "AS", printStatement(statement.statement));
    }
    case "execute":
      return words(
        "EXECUTE",
        printName(statement.name),
        statement.args.length > 0 && `(${list(statement.args, (e) => printExpr(e))})`,
      );
    case "deallocate":
      return `DEALLOCATE ${statement.name === undefined ? "ALL" : printName(statement.name)}`;
    case "discard":
      return `DISCARD ${statement.what}`;
    default:
      return statement satisfies never;
  }
}

const printAssignment = ({ column, value }: Assignment): string => `${printQualified(column)} = ${printExpr(value)}`;

function printInsert(insert: Insert): string {
  const { onConflict } = insert;
  const conflict =
    onConflict &&
    words(
      "ON CONFLICT",
      onConflict.target.length > 0 && printNames(onConflict.target),
      onConflict.assignments.length === 0
        ? "DO NOTHING"
        : clause("DO UPDATE SET", onConflict.assignments, printAssignment),
    );
  return words(
    insert.overwrite ? "INSERT OVERWRITE" : "INSERT INTO",
    printQualified(insert.table),
    insert.columns.length > 0 && printNames(insert.columns),
    printQuery(insert.query),
    conflict,
    clause("RETURNING", insert.returning, printSelectItem),
  );
}

function printShow(show: Show): string {
  if (show.object === "SETTING")
    return `SHOW ${printPath((show.setting ?? "").split(".").map((name) => ({ name, span: show.span })))}`;
  const created = show.object.startsWith("CREATE ");
  return words(
    "SHOW",
    show.object,
    show.name && (created ? printQualified(show.name) : `FROM ${printQualified(show.name)}`),
    show.like !== undefined && `LIKE ${printString(show.like)}`,
  );
}

function printSet(set: SetStatement): string {
  if (set.key === undefined) return words("SET", set.scope);
  return words(
    "SET",
    set.scope,
    printString(set.key),
    "=",
    set.value === undefined ? "DEFAULT" : printString(set.value),
  );
}

function printSubscribe(subscribe: Subscribe): string {
  const { target, upsertKey, asOfEpoch, upToEpoch } = subscribe;
  return words(
    "SUBSCRIBE TO",
    target.kind === "name" ? printQualified(target.name) : `(${printQuery(target.query)})`,
    upsertKey && `ENVELOPE UPSERT (KEY ${printNames(upsertKey)})`,
    withOptions(subscribe.options),
    asOfEpoch && `AS OF EPOCH ${printExpr(asOfEpoch)}`,
    upToEpoch && `UP TO EPOCH ${printExpr(upToEpoch)}`,
  );
}

function printCopy(copy: Copy): string {
  return words(
    "COPY",
    printCopySource(copy.source),
    copy.direction,
    copy.options.length > 0 && `WITH ${printOptions(copy.options)}`,
  );
}

function printCopySource(source: Copy["source"]): string {
  switch (source.kind) {
    case "subscribe":
      return `(${printSubscribe(source.subscribe)})`;
    case "query":
      return `(${printQuery(source.query)})`;
    case "table":
      return words(printQualified(source.name), source.columns.length > 0 && printNames(source.columns));
    default:
      return source satisfies never;
  }
}

function printTransaction(transaction: Transaction): string {
  const action = transaction.action === "BEGIN" ? "BEGIN TRANSACTION" : transaction.action;
  const isolation = transaction.isolation && `ISOLATION LEVEL ${transaction.isolation}`;
  const modes = [isolation, transaction.access].filter((mode) => mode !== undefined).join(", ");
  return words(action, transaction.name && printName(transaction.name), modes);
}
