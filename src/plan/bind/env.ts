/** What binding one statement needs and leaves behind. */
import { type Diagnostic, isSqlError, type SqlError } from "../../base/error.ts";
import type { Span, Value } from "../../base/value.ts";
import type { Expr } from "../../expr/expr.ts";
import { BrokenReference, type Catalog } from "../catalog/catalog.ts";
import type { CatalogTable, CatalogView } from "../catalog/entries.ts";

/** Thrown when errors have been collected and the statement cannot go on: nothing more to say. */
export class Reported extends Error {}

export interface SideRead {
  readonly of: string;
  readonly name: string;
  readonly span: Span;
}

export class Env {
  readonly catalog: Catalog;
  /** By name without colon, or by number (`1`). Text takes the type that its place asks for. */
  readonly params: ReadonlyMap<string, Value>;
  /** Keys of those that were asked for. */
  readonly usedParameters: Set<string> = new Set();
  readonly errors: SqlError[] = [];
  readonly warnings: Diagnostic[] = [];
  /** Names of WITH in force, innermost last. */
  readonly commonTables: CatalogView[] = [];
  /** Tables of bad or late rows that were read, and what they belong to. */
  readonly sideReads: SideRead[] = [];
  readonly #used = new Set<string>();
  /** By place, one object for each: what has been said of it. */
  #told = new WeakMap<Span, Set<string>>();
  readonly #spans = new WeakMap<Expr, Span>();

  constructor(catalog: Catalog, params: ReadonlyMap<string, Value>) {
    this.catalog = catalog;
    this.params = params;
  }

  /** An Env over a copy of the catalog: what is done with it leaves no trace but errors and warnings. */
  scratch(): Env {
    const env = new Env(this.catalog.copy(), this.params);
    env.#told = this.#told;
    return env;
  }

  /** Warns of a place once: that of a view is met again in every query that reads it, under another operator's number. */
  warnOnce(warning: Diagnostic): void {
    const { code, span, details } = warning;
    if (span !== undefined) {
      const told = this.#told.get(span) ?? new Set();
      const what = `${code} ${String(details["table"] ?? "")}`;
      if (told.has(what)) return;
      this.#told.set(span, told.add(what));
    }
    this.warnings.push(warning);
  }

  absorb(other: Env): void {
    this.errors.push(...other.errors);
    this.warnings.push(...other.warnings);
    for (const key of other.usedParameters) this.usedParameters.add(key);
  }

  /** The statement reads `entry`: a table of bad or late rows counts as what it belongs to. */
  use(entry: CatalogTable | CatalogView, span: Span): void {
    const isSide = entry.kind === "table" && entry.plan.connector === "system" && entry.name.includes("$");
    const name = isSide ? entry.name.slice(0, entry.name.lastIndexOf("$")) : entry.name;
    this.#used.add(name);
    if (isSide) this.sideReads.push({ of: name, name: entry.name, span });
  }

  /** What was read since the last call. */
  takeUsed(): readonly string[] {
    const used = [...this.#used];
    this.#used.clear();
    return used;
  }

  /** Remembers where an expression stands, for errors that are found later. */
  mark<E extends Expr>(e: E, span: Span): E {
    this.#spans.set(e, span);
    return e;
  }

  spanOf(e: Expr): Span | undefined {
    return this.#spans.get(e);
  }

  /** Runs `f`; an error is collected, so that others of the same statement are found as well. */
  attempt<T>(f: () => T): T | undefined {
    try {
      return f();
    } catch (error) {
      this.collect(error);
      return undefined;
    }
  }

  /** Collects an error of the user; faults of the planner itself go on their way. */
  collect(error: unknown): void {
    if (isSqlError(error)) this.errors.push(error);
    else if (!(error instanceof Reported || error instanceof BrokenReference)) throw error;
  }

  /** As `map`, but all errors are collected; throws Reported if there were any. */
  each<T, R>(items: readonly T[], f: (item: T, index: number) => R): readonly R[] {
    const results: R[] = [];
    let failed = false;
    for (const [i, item] of items.entries()) {
      try {
        results.push(f(item, i));
      } catch (error) {
        this.collect(error);
        failed = true;
      }
    }
    if (failed) throw new Reported();
    return results;
  }
}
