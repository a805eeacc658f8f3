/** The tables of bad and late rows (base/system-tables.ts) in the catalog, read through the connector `system`. */
import { ERRORS_SCHEMA, LATE_SCHEMA } from "../../base/system-tables.ts";
import type { Schema } from "../../base/types.ts";
import type { CatalogTable } from "./entries.ts";
import { SIDE_MAX_AGE } from "./settings.ts";

/** The system table `suffix` of `owner`; undefined where there is none of that name. */
export function systemTable(owner: string, suffix: string, isQuery: boolean): CatalogTable | undefined {
  const schema = suffix === "errors" ? ERRORS_SCHEMA : suffix === "late" && isQuery ? LATE_SCHEMA : undefined;
  if (schema === undefined) return undefined;
  return engineTable(`${owner}$${suffix}`, schema);
}

/** A table whose rows the engine itself holds: side tables, and a materialized view as it stands. */
export function engineTable(name: string, schema: Schema): CatalogTable {
  return {
    kind: "table",
    name,
    columns: schema.map((f, index) => ({ name: f.name, index })),
    extras: new Map(),
    watermarkText: undefined,
    plan: {
      name,
      role: "source",
      connector: "system",
      options: new Map(),
      onError: "keep",
      errorsMaxAge: SIDE_MAX_AGE,
      physical: schema,
      metadata: schema.map(() => undefined),
      schema,
      computed: [],
      notNull: [],
      eventTime: undefined,
      watermark: undefined,
      primaryKey: [],
      partitionedBy: [],
      always: [],
      ordinal: Number.MAX_SAFE_INTEGER,
      span: { start: 0, end: 0 },
      file: "",
      folder: "",
    },
  };
}
