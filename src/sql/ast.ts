/** The typed AST of the whole dialect, in one import: closed unions by `kind`, a span on every node. */
export type * from "./ast/broken.ts";
export type * from "./ast/name.ts";
export type * from "./ast/query.ts";
export type * from "./ast/statement.ts";
export type * from "./ast/table.ts";
export type * from "./ast/type.ts";
