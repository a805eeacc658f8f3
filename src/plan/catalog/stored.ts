/** The catalog as a query of the moment sees it: materialized views are the rows that they hold. */
import type { Schema } from "../../base/types.ts";
import type { Catalog } from "./catalog.ts";
import { engineTable } from "./system-tables.ts";

/** `schemaOf`: of the views whose rows are kept. */
export function storedCatalog(catalog: Catalog, schemaOf: (view: string) => Schema | undefined): Catalog {
  const copy = catalog.copy();
  for (const entry of catalog.entries()) {
    const schema = schemaOf(entry.name);
    if (entry.kind === "materialized view" && schema !== undefined) copy.add(engineTable(entry.name, schema));
  }
  return copy;
}
