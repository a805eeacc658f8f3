/** What a name of the catalog stands for. */
import type { TablePlan } from "../../operators/physical.ts";
import type { LogicalPlan } from "../logical/plan.ts";

/** A column of a relation as it is named and ordered for people; `index` into the schema of its plan. */
export interface NamedColumn {
  readonly name: string;
  readonly index: number;
}

export interface CatalogTable {
  readonly kind: "table";
  readonly name: string;
  readonly plan: TablePlan;
  /** In the order of the declaration. */
  readonly columns: readonly NamedColumn[];
  /** By column of the full schema, for DESCRIBE: what it is computed from, as written. */
  readonly extras: ReadonlyMap<number, string>;
  readonly watermarkText: string | undefined;
  /** Of a sink: the query that fills it. */
  readonly query?: Dependent;
}

/** What was made from others: they cannot go before it. */
export interface Dependent {
  /** Names of the tables, views and queries that its text reads, `t` for `"t$errors"` too, and of the table that it writes. */
  readonly uses: readonly string[];
  /** Whether it has ended: what it read is free to go. */
  readonly ended: boolean;
}

/** Views are bound when they are created and inlined where they are used; so are materialized ones (R5). */
export interface CatalogView {
  readonly kind: "view" | "materialized view";
  readonly name: string;
  readonly plan: LogicalPlan;
  readonly columns: readonly NamedColumn[];
  readonly sql: string;
  /** As a Dependent's; a view lasts longer than its query. */
  readonly uses: readonly string[];
}

/** A query that is registered under its own name: INSERT INTO, a bare SELECT. */
export interface CatalogQuery extends Dependent {
  readonly kind: "query";
  readonly name: string;
  readonly sql: string;
  /** Names of the tables that it reads, and of the one that it writes. */
  readonly reads: readonly string[];
  readonly writes: string | undefined;
}

export type CatalogEntry = CatalogTable | CatalogView | CatalogQuery;
