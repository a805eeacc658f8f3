/** A program as the engine goes about it: its files parsed, and what is left to register once it is planned. */
import { parseStatements } from "../../grammar/parse.ts";
import type { ExecuteResult, SqlText } from "../api.ts";
import { SqlError, sortDiagnostics } from "../base/error.ts";
import type { ProgramStep, QueryPlan } from "../operators/physical.ts";
import type { Catalog } from "../plan/catalog/catalog.ts";
import { type PlanInput, type Planned, Planner, type PlanText } from "../plan/planner.ts";
import { codeListing } from "../runtime/code-listing.ts";
import type { EngineMemory } from "../wasm/memory.ts";

/** The statements of every file, and what could not be parsed. */
function parseProgram(files: readonly SqlText[]): {
  readonly texts: readonly PlanText[];
  readonly errors: readonly SqlError[];
} {
  const parsed = files.map(({ text, path, baseDirectory }) => ({
    text: { text, path, folder: baseDirectory },
    ...parseStatements(text),
  }));
  return {
    texts: parsed.map(({ text, statements, broken }) => ({ ...text, statements, broken })),
    errors: parsed.flatMap(({ text, errors }) => errors.map((error) => error.inFile(text.path))),
  };
}

/** One text as the files of a program. */
export function filesOf(
  sql: string | readonly SqlText[],
  { path = "", baseDirectory = process.cwd() }: { readonly path?: string; readonly baseDirectory?: string | undefined },
): readonly SqlText[] {
  return typeof sql === "string" ? [{ text: sql, path, baseDirectory }] : sql;
}

/** Parses, binds and plans; runs nothing. `catalog` is that of the program behind it, as far as it had no errors. */
export function planProgram(catalog: Catalog, files: readonly SqlText[], input: PlanInput): Planned {
  const { texts, errors } = parseProgram(files);
  const planned = new Planner(catalog).plan(texts, input);
  return { ...planned, errors: inOrderOfFiles(texts, sortDiagnostics([...errors, ...planned.errors])) };
}

/** File by file as they were given; what belongs to none comes first. */
function inOrderOfFiles(texts: readonly PlanText[], errors: readonly SqlError[]): readonly SqlError[] {
  const files = texts.map(({ path }) => path);
  const key = ({ file }: SqlError): number => (file === undefined ? -1 : files.indexOf(file));
  return [...errors].sort((a, b) => key(a) - key(b));
}

/** What a text registers: not what it drops again. */
export function queriesLeft(steps: readonly ProgramStep[]): readonly QueryPlan[] {
  const left = new Map<string, QueryPlan>();
  for (const s of steps) {
    if (s.kind === "registerQuery") left.set(s.query.name, s.query);
    else if (s.kind === "drop" && s.name !== undefined) left.delete(s.name);
  }
  return [...left.values()];
}

/** The one bare SELECT that the steps are; throws NOT_A_QUERY where they are anything else. */
export function onlyQuery(steps: readonly ProgramStep[]): QueryPlan {
  const [step] = steps;
  if (steps.length === 1 && step?.kind === "registerQuery" && step.query.sink.kind === "print") return step.query;
  throw new SqlError("NOT_A_QUERY", undefined, {});
}

/** No more rows may come: throws INPUT_ENDED where a step has some. */
export function refuseRows(steps: readonly ProgramStep[]): void {
  for (const step of steps) {
    if (step.kind === "insertRows") throw new SqlError("INPUT_ENDED", step.span, { table: step.table.name });
  }
}

/** What SHOW, DESCRIBE and EXPLAIN answer; of other steps nothing. */
export function answersTo(step: ProgramStep, memory: EngineMemory): ExecuteResult["answers"] {
  switch (step.kind) {
    case "show":
      return [{ columns: step.columns, rows: step.rows }];
    case "explain":
      return [{ text: step.format === "code" ? codeListing(step.query, memory) : step.text }];
    default:
      return [];
  }
}
