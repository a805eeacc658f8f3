/**
 * What the names of a file stand for: tables, views, sinks and running queries, in one namespace (N1). Changed by DDL
 * as statements are planned one after the other.
 */
import { didYouMean, SqlError } from "../../base/error.ts";
import type { Span } from "../../base/value.ts";
import type { Identifier, QualifiedName } from "../../sql/ast.ts";
import type { CatalogEntry, CatalogTable, CatalogView } from "./entries.ts";
import { resolveName } from "./names.ts";
import { Settings } from "./settings.ts";
import { systemTable } from "./system-tables.ts";

/** Thrown where a name stands for something whose own statement failed: that error is enough. */
export class BrokenReference extends Error {}

/** Schemas that a name may be qualified with; they mean nothing here. */
const ACCEPTED_SCHEMAS = new Set(["default_catalog", "default_database", "public", "tidemark"]);

export class Catalog {
  readonly #entries = new Map<string, CatalogEntry>();
  readonly #broken = new Set<string>();
  readonly #read = new Set<string>();
  #ordinal = 0;
  #prints = 0;
  /** SET lasts as long as the catalog. */
  readonly settings: Settings;

  constructor(settings: Settings = new Settings()) {
    this.settings = settings;
  }

  /** A catalog of its own with the same entries: what is done to it can be thrown away. */
  copy(): Catalog {
    const other = new Catalog(this.settings.copy());
    for (const [name, entry] of this.#entries) other.#entries.set(name, entry);
    for (const name of this.#broken) other.#broken.add(name);
    for (const name of this.#read) other.#read.add(name);
    other.#ordinal = this.#ordinal;
    other.#prints = this.#prints;
    return other;
  }

  /** Running number of bare SELECTs (N1). */
  nextPrint(): number {
    return ++this.#prints;
  }

  /** How many numbers `nextPrint` has given. */
  get prints(): number {
    return this.#prints;
  }

  /** Running number of CREATE TABLE, for ties among sources (T13). */
  nextOrdinal(): number {
    return this.#ordinal++;
  }

  entries(): readonly CatalogEntry[] {
    return [...this.#entries.values()];
  }

  has(name: string): boolean {
    const lower = name.toLowerCase();
    return this.entries().some((e) => e.name.toLowerCase() === lower);
  }

  add(entry: CatalogEntry): void {
    this.#entries.set(entry.name, entry);
    this.#broken.delete(entry.name.toLowerCase());
  }

  remove(name: string): void {
    this.#entries.delete(name);
    this.#read.delete(name);
  }

  /** The query called `name` has come to its end; it keeps its name. */
  markEnded(name: string): void {
    const entry = this.#entries.get(name);
    if (entry?.kind === "query") this.#entries.set(name, { ...entry, ended: true });
    else if (entry?.kind === "table" && entry.query !== undefined) {
      this.#entries.set(name, { ...entry, query: { ...entry.query, ended: true } });
    }
  }

  /** Names of what was made from `name` and is not ended: it must go first. */
  usersOf(name: string): readonly string[] {
    return this.entries().flatMap((e) => (e.name !== name && needs(e, name) ? [e.name] : []));
  }

  /** The statement that creates `name` failed. */
  markBroken(name: string): void {
    if (!this.has(name)) this.#broken.add(name.toLowerCase());
  }

  /** The entry called `name`; undefined where there is none. Throws where several differ only in case. */
  find(name: QualifiedName): CatalogEntry | undefined {
    const { name: text, span } = objectName(name);
    const found = resolveName(text, this.entries(), (e) => e.name);
    if (found.kind === "found") return found.value;
    if (found.kind === "ambiguous") {
      throw new SqlError("AMBIGUOUS_TABLE", span, { name: text, candidates: found.values.map((e) => e.name) });
    }
    return this.#system(text, span);
  }

  /** As `find`, but it must exist, and not be only a query. */
  relation(name: QualifiedName): CatalogTable | CatalogView {
    const entry = this.find(name);
    const { name: text, span } = objectName(name);
    if (entry === undefined) throw this.unknown(text, span);
    if (entry.kind === "query") {
      throw new SqlError("WRONG_OBJECT", span, { name: text, actual: "query", expected: "table" });
    }
    return entry;
  }

  unknown(name: string, span: Span): Error {
    if (this.#isBroken(name.toLowerCase())) return new BrokenReference();
    const tables = this.entries().flatMap((e) => (e.kind === "query" ? [] : [e.name]));
    const details = { name, ...(tables.length === 0 ? { hint: "no table has been created yet" } : { tables }) };
    return new SqlError("UNKNOWN_TABLE", span, details, didYouMean(name, tables));
  }

  /** Also of `q$late`, and of the later of several queries that feed one table. */
  #isBroken(name: string): boolean {
    const owner = name.replace(/\$\w+$/, "");
    return [name, owner, owner.replace(/_insert_\d+$/, "_insert")].some((each) => this.#broken.has(each));
  }

  /** Refuses a name that a new object cannot have. Undefined is returned where `ifNotExists` finds it there. */
  checkNew(name: QualifiedName, ifNotExists: boolean): string | undefined {
    const { name: text, span } = objectName(name);
    checkUserName(text, span);
    const lower = text.toLowerCase();
    const there = this.entries().find((e) => e.name.toLowerCase() === lower);
    if (there === undefined) return text;
    if (ifNotExists && there.name === text) return undefined;
    throw new SqlError("DUPLICATE_TABLE", span, { name: there.name, kind: describeKind(there) });
  }

  /** The queries that a plain view is a part of, through other views too. */
  #readersOf(view: string): readonly string[] {
    const users = this.entries().filter((e) => needs(e, view));
    return [...new Set(users.flatMap((e) => (e.kind === "view" ? this.#readersOf(e.name) : [e.name])))];
  }

  /** Whether a query has been registered that reads the table itself. */
  isRead(table: string): boolean {
    return this.#read.has(table);
  }

  markRead(tables: readonly string[]): void {
    for (const table of tables) this.#read.add(table);
  }

  /** `t$errors`, `q$errors` and `q$late` exist for every table and query (N5). */
  #system(name: string, span: Span): CatalogTable | undefined {
    const dollar = name.lastIndexOf("$");
    if (dollar < 0) return undefined;
    const found = resolveName(name.slice(0, dollar), this.entries(), (e) => e.name);
    if (found.kind !== "found") return undefined;
    const owner = found.value;
    const suffix = name.slice(dollar + 1).toLowerCase();
    // A sink has the name of its query; the rows that a materialized view holds stand in for it in a query of the moment.
    const isQuery = owner.kind !== "table" || owner.query !== undefined || owner.plan.connector === "system";
    const table = systemTable(owner.name, suffix, isQuery);
    if (table === undefined || owner.kind !== "view") return table;
    const readers = this.#readersOf(owner.name);
    const tables = readers.length === 0 ? ["that of a query over it"] : readers.map((each) => `"${each}$${suffix}"`);
    throw new SqlError("NO_SIDE_TABLE", span, { name, view: owner.name, tables });
  }
}

function needs(e: CatalogEntry, name: string): boolean {
  switch (e.kind) {
    case "table":
      return e.query?.ended === false && e.query.uses.includes(name);
    case "view":
    case "materialized view":
      return e.uses.includes(name);
    case "query":
      return !e.ended && e.uses.includes(name);
    default:
      return e satisfies never;
  }
}

export function describeKind(e: CatalogEntry): string {
  return e.kind === "table" ? (e.plan.role === "table" ? "table" : e.plan.role) : e.kind;
}

/** The last part of a name; the parts before it must be schemas that mean nothing here. */
export function objectName(name: QualifiedName): Identifier {
  const last = name.parts.at(-1);
  if (last === undefined) throw new TypeError("a name has parts");
  for (const part of name.parts.slice(0, -1)) {
    if (!ACCEPTED_SCHEMAS.has(part.name.toLowerCase())) {
      throw new SqlError("UNKNOWN_OBJECT", part.span, { kind: "schema", name: part.name });
    }
  }
  return last;
}

export function checkUserName(name: string, span: Span): void {
  if (name.includes("$")) {
    const reason = "a name with $ belongs to the system, like t$errors";
    throw new SqlError("RESERVED_NAME", span, { name, reason });
  }
}
