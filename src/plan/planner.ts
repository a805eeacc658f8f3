/**
 * The planner: statements -> the steps of a program. Statements are planned one after the other, so that later ones see
 * what earlier ones created; a statement with errors does not keep the others from being checked.
 */
import { type Diagnostic, didYouMean, SqlError, sortDiagnostics, sqlWarning } from "../base/error.ts";
import type { Span, Value } from "../base/value.ts";
import type { ProgramStep } from "../operators/physical.ts";
import type * as ast from "../sql/ast.ts";
import { Env, type SideRead } from "./bind/env.ts";
import type { Catalog } from "./catalog/catalog.ts";
import type { Source } from "./ddl/create-table.ts";
import { type Parameters, parameterName, parameterValues } from "./parameters.ts";
import { planStatement, type StatementContext } from "./statements.ts";

/** A file of a program, or a text of its own. */
export interface PlanText extends Source {
  readonly statements: readonly ast.Statement[];
  /** Those that did not parse. */
  readonly broken?: readonly ast.BrokenStatement[];
}

export interface PlanInput {
  /** Values of `:name` and `$1`: each must stand in the text. */
  readonly parameters?: Parameters;
  /** Values for whoever asks. */
  readonly sharedParameters?: Parameters;
  /** Settings from outside the file; a SET in it overrides them. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Planned {
  readonly steps: readonly ProgramStep[];
  /** In order of position. Where there are any, nothing may be run. */
  readonly errors: readonly SqlError[];
  readonly warnings: readonly Diagnostic[];
}

export class Planner {
  readonly #catalog: Catalog;

  /** `catalog` is changed by DDL: give a copy where planning must leave no trace. */
  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** The texts are one program: each sees what the ones before it created. */
  plan(texts: readonly PlanText[], input: PlanInput): Planned {
    const own = parameterValues(input.parameters ?? {});
    const env = new Env(this.#catalog, new Map([...parameterValues(input.sharedParameters ?? {}), ...own]));
    for (const [key, value] of Object.entries(input.settings ?? {})) {
      if (this.#catalog.settings.isSet(key)) continue;
      env.attempt(() => this.#catalog.settings.set(key, value, { key: undefined, value: undefined }));
    }
    const steps: ProgramStep[] = [];
    const errors: SqlError[] = [...env.errors.splice(0)];
    const warnings: Diagnostic[] = [];
    const sideReads: (SideRead & { readonly file: string })[] = [];
    for (const text of texts) {
      steps.push(...this.#planText(text, env));
      errors.push(...unique(env.errors.splice(0)).map((error) => error.inFile(text.path)));
      warnings.push(
        ...beside(env.warnings.splice(0), errors, text.path).map((warning) => ({ ...warning, file: text.path })),
      );
      sideReads.push(...env.sideReads.splice(0).map((read) => ({ ...read, file: text.path })));
    }
    // A query further down may read the table.
    for (const read of sideReads) warnings.push(...this.#emptyFor(read).map((w) => ({ ...w, file: read.file })));
    // A statement with errors may not have come to its parameters.
    const isWhole = errors.length === 0 && texts.every((text) => (text.broken ?? []).length === 0);
    if (isWhole) errors.push(...surplus(own, env, texts));
    return { steps, errors: sortDiagnostics(errors), warnings: sortDiagnostics(warnings) };
  }

  /** Bad records of a table are found by the queries that read it. */
  #emptyFor({ of, name, span }: SideRead): readonly Diagnostic[] {
    const owner = this.#catalog.entries().find((e) => e.name === of);
    const isTable = owner?.kind === "table" && owner.plan.role !== "sink";
    return !isTable || this.#catalog.isRead(of) ? [] : [sqlWarning("TABLE_NOT_READ", span, { name, table: of })];
  }

  #planText({ statements, broken: left = [], ...source }: PlanText, env: Env): readonly ProgramStep[] {
    const context: StatementContext = { env, source };
    const steps: ProgramStep[] = [];
    const broken = [...left];
    for (const s of statements) {
      while (broken[0] !== undefined && broken[0].span.start < s.span.start) this.#leaveOut(broken.shift());
      const before = env.errors.length;
      const made = env.attempt(() => planStatement(s, context));
      env.commonTables.length = 0;
      env.takeUsed();
      if (made !== undefined && env.errors.length === before) steps.push(...made);
      else this.#leaveOut(missing(s, this.#catalog.prints));
    }
    return steps;
  }

  /** A statement with errors: that a later one needs it is no error of its own. */
  #leaveOut(statement: Missing | undefined): void {
    const catalog = this.#catalog;
    for (const name of statement?.names ?? []) {
      if (statement?.effect === "drops") catalog.remove(name);
      catalog.markBroken(statement?.effect === "feeds" ? `${name}_insert` : name);
    }
    if (statement?.effect === "query") catalog.markBroken(`query_${catalog.nextPrint()}`);
  }
}

/** Without the warnings of parts that are refused anyway. */
const beside = (warnings: readonly Diagnostic[], errors: readonly SqlError[], file: string): readonly Diagnostic[] =>
  warnings.filter(
    ({ code, span }) =>
      code !== "ALWAYS_FAILS" ||
      !errors.some((e) => e.file === file && e.span !== undefined && span !== undefined && within(span, e.span)),
  );

const within = (inner: Span, outer: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

type Missing = Pick<ast.BrokenStatement, "effect" | "names">;

/** `prints`: how many bare queries there have been, with `s`. */
function missing(s: ast.Statement, prints: number): Missing | undefined {
  switch (s.kind) {
    case "createTable":
    case "createView":
    case "createSink":
      return { effect: "creates", names: lastPart(s.name) };
    case "insert":
      return { effect: "feeds", names: lastPart(s.table) };
    case "statementSet":
      return { effect: "feeds", names: s.inserts.flatMap(({ table }) => lastPart(table)) };
    case "queryStatement":
      return { effect: "creates", names: [`query_${prints}`] };
    default:
      return undefined;
  }
}

const lastPart = (name: ast.QualifiedName): readonly string[] => name.parts.slice(-1).map((part) => part.name);

/** Values that no statement has asked for: probably a name or a number that is wrong. */
function surplus(given: ReadonlyMap<string, Value>, env: Env, texts: readonly PlanText[]): SqlError[] {
  const [{ statements, path } = { statements: [], path: "" }] = texts;
  const span = { start: statements[0]?.span.start ?? 0, end: statements.at(-1)?.span.end ?? 0 };
  const used = [...env.usedParameters].map(parameterName);
  const parameters = used.length === 0 ? { hint: "it has none" } : { parameters: used };
  return [...given.keys()]
    .filter((key) => !env.usedParameters.has(key))
    .map((key) => {
      const name = parameterName(key);
      return new SqlError("SURPLUS_PARAMETER", span, { name, ...parameters }, didYouMean(name, used)).inFile(path);
    });
}

/** A part that is bound twice says its error once. */
function unique(errors: readonly SqlError[]): readonly SqlError[] {
  const seen = new Set<string>();
  return errors.filter((e) => {
    const key = `${e.span?.start}:${e.span?.end}:${e.code}:${e.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
