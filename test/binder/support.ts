/** Plans SQL text over a few tables and says the outcome in one line each: output columns, or errors with their place. */
import { parseStatements } from "../../grammar/parse.ts";
import { type Diagnostic, sortDiagnostics } from "../../src/base/error.ts";
import { typeText } from "../../src/base/types.ts";
import type { ProgramStep, QueryPlan } from "../../src/operators/physical.ts";
import { Catalog } from "../../src/plan/catalog/catalog.ts";
import { type Planned, Planner } from "../../src/plan/planner.ts";

export const tables: string = `
CREATE TABLE bids (
  auction BIGINT, bidder BIGINT NOT NULL, price DECIMAL(10, 2), channel STRING, small SMALLINT, tiny TINYINT, i INT,
  x DOUBLE, f FLOAT, ok BOOLEAN, day DATE, code CHAR(3), at TIMESTAMP(6), info ROW<a INT, b ROW<c STRING NOT NULL>>,
  ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
CREATE TABLE zoned (k INT, at TIMESTAMP_LTZ(3), WATERMARK FOR at AS at - INTERVAL '1' SECOND);
CREATE TABLE plain (a INT, "B" INT, ts TIMESTAMP(3));
`;

export interface Outcome extends Planned {
  readonly text: string;
}

export function plan(sql: string, parameters: Readonly<Record<string, unknown>> = {}): Outcome {
  const text = tables + sql;
  const parsed = parseStatements(text);
  const planned = new Planner(new Catalog()).plan([{ ...parsed, text, path: "test.sql", folder: "" }], { parameters });
  return {
    ...planned,
    errors: sortDiagnostics([...parsed.errors.map((e) => e.inFile("test.sql")), ...planned.errors]),
    text,
  };
}

export function queryOf(outcome: Outcome): QueryPlan | undefined {
  return outcome.steps.flatMap((s) => (s.kind === "registerQuery" ? [s.query] : [])).at(-1);
}

/** `a INT, b STRING NOT NULL` of the last query, or its errors. */
export function outputOf(sql: string, parameters: Readonly<Record<string, unknown>> = {}): string {
  const outcome = plan(sql, parameters);
  if (outcome.errors.length > 0) return errorsText(outcome);
  const query = queryOf(outcome);
  if (query === undefined) return "no query";
  return query.root.schema.map((f) => `${f.name} ${typeText(f.type)}${f.nullable ? "" : " NOT NULL"}`).join(", ");
}

export const errorsOf = (sql: string): string => errorsText(plan(sql));

/** `42703 column "x" does not exist [x] hint: .. did you mean: ..`, one a line. */
export function errorsText(outcome: Outcome): string {
  return outcome.errors.map((e) => diagnosticText(e, outcome.text)).join("\n");
}

/** The columns of bids, which would make every line long. */
const COLUMNS = "auction, bidder, price, channel, small, tiny, i, x, f, ok, day, code, at, info, ts";

export function diagnosticText(d: Diagnostic, text: string): string {
  const place = d.span === undefined ? "" : ` [${text.slice(d.span.start, d.span.end)}]`;
  const hint = d.hint === undefined ? "" : ` hint: ${d.hint.replace(COLUMNS, "..")}`;
  const meant = d.didYouMean === undefined ? "" : ` did you mean: ${d.didYouMean}`;
  return `${d.sqlstate} ${d.message}${place}${hint}${meant}`;
}

/** The steps that are not the tables above. */
export const stepsOf = (outcome: Outcome): readonly ProgramStep[] => outcome.steps.slice(3);
