/**
 * AST -> canonical SQL text on one line: keywords in upper case, names quoted where they must be, parentheses only where
 * they say something. Parsing the text gives the same tree, spans apart.
 */
export { printExpr } from "./print/query.ts";
export { printStatement } from "./print/statement.ts";
