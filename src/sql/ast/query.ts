/**
 * The AST of expressions and queries: what the parser builds and the binder reads. One file, because they contain each
 * other: SELECT, VALUES, set operations, FROM, MATCH_RECOGNIZE, EMIT; calls, windows, subqueries.
 *
 * Spellings that mean the same thing give the same node: `x::INT` is a cast, `!=` is `<>`, `SUBSTRING(a FROM 1 FOR 2)` is
 * a call of three arguments, `CURRENT_DATE` a call without arguments, `5s` an interval. Parentheses leave no trace.
 */
import type { Span } from "../../base/value.ts";
import type { Identifier, QualifiedName } from "./name.ts";
import type { IntervalUnit, TypeNode } from "./type.ts";

// ---- Expressions ----

export type Expr =
  | NullLiteral
  | BooleanLiteral
  | NumberLiteral
  | StringLiteral
  | BytesLiteral
  | DatetimeLiteral
  | IntervalLiteral
  | Parameter
  | ColumnRef
  | FieldAccess
  | Subscript
  | Unary
  | Binary
  | Logical
  | Cast
  | Case
  | Between
  | InList
  | InQuery
  | Exists
  | Like
  | IsTest
  | IsDistinct
  | Quantified
  | Call
  | Extract
  | RoundTo
  | AtTimeZone
  | Collate
  | RowExpr
  | ArrayExpr
  | ArrayQuery
  | MapExpr
  | ScalarSubquery
  | JsonAccess
  | JsonConstructor
  | MatchSemantics;

export interface NullLiteral {
  readonly kind: "null";
  readonly span: Span;
}

export interface BooleanLiteral {
  readonly kind: "boolean";
  readonly value: boolean;
  readonly span: Span;
}

/** `text` as written, unsigned: `12` integer, `1.5` decimal, `1e3` double. */
export interface NumberLiteral {
  readonly kind: "number";
  readonly form: "integer" | "decimal" | "double";
  readonly text: string;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly span: Span;
}

/** `X'CAFE'`: upper-case hexadecimal digits, an even number of them. */
export interface BytesLiteral {
  readonly kind: "bytes";
  readonly hex: string;
  readonly span: Span;
}

/** `DATE '2026-01-01'`: the text is not yet checked. */
export interface DatetimeLiteral {
  readonly kind: "datetime";
  readonly type: "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ";
  readonly text: string;
  readonly span: Span;
}

/**
 * Every spelling of an interval: `INTERVAL '10' MINUTE`, `INTERVAL 1 HOURS`, `5s` (text "5", from SECOND),
 * `INTERVAL '1 12:30' DAY TO MINUTE` (to MINUTE), `INTERVAL '10 minutes'` (no unit: PostgreSQL's text form).
 */
export interface IntervalLiteral {
  readonly kind: "interval";
  readonly text: string;
  readonly from: IntervalUnit | undefined;
  readonly to: IntervalUnit | undefined;
  readonly span: Span;
}

/** `:name`, `$1` or `?` (numbered from 1 in order of the statement). */
export interface Parameter {
  readonly kind: "parameter";
  readonly name: string | undefined;
  readonly index: number | undefined;
  readonly span: Span;
}

/** `c`, `t.c`, `t.c.field`: the binder finds out where table, column and field begin. */
export interface ColumnRef {
  readonly kind: "column";
  readonly parts: readonly Identifier[];
  readonly span: Span;
}

/** `(expr).field`, `a[1].field`; never directly on a ColumnRef, whose `parts` hold the path. */
export interface FieldAccess {
  readonly kind: "field";
  readonly base: Expr;
  readonly name: Identifier;
  readonly span: Span;
}

export interface Subscript {
  readonly kind: "subscript";
  readonly base: Expr;
  readonly index: Expr;
  readonly span: Span;
}

export interface Unary {
  readonly kind: "unary";
  readonly op: "-" | "+" | "~" | "NOT";
  readonly operand: Expr;
  readonly span: Span;
}

export type ArithmeticOp = "+" | "-" | "*" | "/" | "%" | "^";
export type ComparisonOp = "=" | "<>" | "<" | "<=" | ">" | ">=";
export type BitOp = "&" | "|" | "#" | "<<" | ">>";
export type RegexOp = "~" | "~*" | "!~" | "!~*";
export type JsonOp = "->" | "->>" | "#>" | "#>>" | "@>" | "<@" | "?" | "?|" | "?&" | "#-" | "@?" | "@@";
export type BinaryOp = ArithmeticOp | ComparisonOp | BitOp | RegexOp | JsonOp | "||" | "OVERLAPS" | "&&";

export interface Binary {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  /** Of the operator itself. */
  readonly opSpan: Span;
  readonly span: Span;
}

/** `a AND b AND c`: two or more operands, in order. */
export interface Logical {
  readonly kind: "logical";
  readonly op: "AND" | "OR";
  readonly operands: readonly Expr[];
  readonly span: Span;
}

/** `safe`: TRY_CAST. */
export interface Cast {
  readonly kind: "cast";
  readonly operand: Expr;
  readonly type: TypeNode;
  readonly safe: boolean;
  readonly span: Span;
}

export interface Case {
  readonly kind: "case";
  readonly operand: Expr | undefined;
  readonly branches: readonly CaseBranch[];
  readonly otherwise: Expr | undefined;
  readonly span: Span;
}

export interface CaseBranch {
  readonly when: Expr;
  readonly then: Expr;
  readonly span: Span;
}

export interface Between {
  readonly kind: "between";
  readonly operand: Expr;
  readonly low: Expr;
  readonly high: Expr;
  readonly symmetric: boolean;
  readonly negated: boolean;
  readonly span: Span;
}

export interface InList {
  readonly kind: "inList";
  readonly operand: Expr;
  readonly items: readonly Expr[];
  readonly negated: boolean;
  readonly span: Span;
}

export interface InQuery {
  readonly kind: "inQuery";
  readonly operand: Expr;
  readonly query: Query;
  readonly negated: boolean;
  readonly span: Span;
}

export interface Exists {
  readonly kind: "exists";
  readonly query: Query;
  readonly span: Span;
}

export interface Like {
  readonly kind: "like";
  readonly op: "LIKE" | "ILIKE" | "SIMILAR TO";
  readonly operand: Expr;
  readonly pattern: Expr;
  readonly escape: Expr | undefined;
  readonly negated: boolean;
  readonly span: Span;
}

export interface IsTest {
  readonly kind: "is";
  readonly operand: Expr;
  readonly test:
    | "NULL"
    | "TRUE"
    | "FALSE"
    | "UNKNOWN"
    | "JSON"
    | "JSON VALUE"
    | "JSON OBJECT"
    | "JSON ARRAY"
    | "JSON SCALAR";
  readonly negated: boolean;
  readonly span: Span;
}

/** `a IS [NOT] DISTINCT FROM b`; negated: with NOT. */
export interface IsDistinct {
  readonly kind: "isDistinct";
  readonly left: Expr;
  readonly right: Expr;
  readonly negated: boolean;
  readonly span: Span;
}

/** `a = ANY (query)`, `a > ALL (array)`; SOME is ANY. */
export interface Quantified {
  readonly kind: "quantified";
  readonly op: BinaryOp;
  readonly quantifier: "ANY" | "ALL";
  readonly left: Expr;
  readonly right: { readonly kind: "query"; readonly query: Query } | { readonly kind: "array"; readonly expr: Expr };
  readonly span: Span;
}

/** `EXTRACT(HOUR FROM ts)`; `field` in upper case, not yet checked. */
export interface Extract {
  readonly kind: "extract";
  readonly field: Identifier;
  readonly operand: Expr;
  readonly span: Span;
}

/** `FLOOR(ts TO HOUR)`; `unit` in upper case, not yet checked. */
export interface RoundTo {
  readonly kind: "roundTo";
  readonly direction: "FLOOR" | "CEIL";
  readonly operand: Expr;
  readonly unit: Identifier;
  readonly span: Span;
}

export interface AtTimeZone {
  readonly kind: "atTimeZone";
  readonly operand: Expr;
  readonly zone: Expr;
  readonly span: Span;
}

export interface Collate {
  readonly kind: "collate";
  readonly operand: Expr;
  readonly collation: QualifiedName;
  readonly span: Span;
}

/** `ROW(a, b)` and `(a, b)`. */
export interface RowExpr {
  readonly kind: "row";
  readonly items: readonly Expr[];
  readonly span: Span;
}

export interface ArrayExpr {
  readonly kind: "array";
  readonly items: readonly Expr[];
  readonly span: Span;
}

/** `ARRAY(SELECT ..)`. */
export interface ArrayQuery {
  readonly kind: "arrayQuery";
  readonly query: Query;
  readonly span: Span;
}

/** `MAP[k1, v1, k2, v2]`. */
export interface MapExpr {
  readonly kind: "map";
  readonly entries: readonly { readonly key: Expr; readonly value: Expr }[];
  readonly span: Span;
}

export interface ScalarSubquery {
  readonly kind: "subquery";
  readonly query: Query;
  readonly span: Span;
}

/** What JSON_VALUE and its kin give instead of a missing or broken value. */
export type JsonBehavior =
  | {
      readonly kind: "word";
      readonly word: "NULL" | "ERROR" | "TRUE" | "FALSE" | "UNKNOWN" | "EMPTY ARRAY" | "EMPTY OBJECT";
    }
  | { readonly kind: "default"; readonly value: Expr };

export interface JsonAccess {
  readonly kind: "jsonAccess";
  readonly function: "JSON_VALUE" | "JSON_QUERY" | "JSON_EXISTS";
  readonly input: Expr;
  readonly path: Expr;
  readonly returning: TypeNode | undefined;
  readonly wrapper: "WITHOUT" | "CONDITIONAL" | "UNCONDITIONAL" | undefined;
  readonly onEmpty: JsonBehavior | undefined;
  readonly onError: JsonBehavior | undefined;
  readonly span: Span;
}

/** JSON_OBJECT and JSON_OBJECTAGG have keys, JSON_ARRAY and JSON_ARRAYAGG have none. */
export interface JsonConstructor {
  readonly kind: "jsonConstructor";
  readonly function: "JSON_OBJECT" | "JSON_ARRAY" | "JSON_OBJECTAGG" | "JSON_ARRAYAGG";
  readonly entries: readonly { readonly key: Expr | undefined; readonly value: Expr }[];
  readonly onNull: "NULL" | "ABSENT" | undefined;
  readonly filter: Expr | undefined;
  readonly over: WindowSpec | undefined;
  readonly span: Span;
}

/** `FINAL LAST(A.price)`, `RUNNING SUM(A.price)` in MATCH_RECOGNIZE. */
export interface MatchSemantics {
  readonly kind: "matchSemantics";
  readonly mode: "FINAL" | "RUNNING";
  readonly operand: Expr;
  readonly span: Span;
}

// ---- Calls and their arguments ----

/**
 * Any call: scalar function, aggregate, window function, group window (`TUMBLE(ts, ..)`) and, in FROM, table function.
 * `COUNT(*)` has one argument of kind "star".
 */
export interface Call {
  readonly kind: "call";
  readonly name: QualifiedName;
  readonly distinct: boolean;
  readonly args: readonly Argument[];
  /** Inside the parentheses: `STRING_AGG(x, ',' ORDER BY y)`. */
  readonly orderBy: readonly OrderItem[];
  readonly nulls: "IGNORE" | "RESPECT" | undefined;
  readonly withinGroup: readonly OrderItem[];
  readonly filter: Expr | undefined;
  readonly over: WindowSpec | undefined;
  readonly span: Span;
}

export type Argument = Expr | StarArgument | NamedArgument | TableArgument | DescriptorArgument;

export interface StarArgument {
  readonly kind: "star";
  readonly span: Span;
}

/** `SIZE => INTERVAL '1' MINUTE`. */
export interface NamedArgument {
  readonly kind: "namedArgument";
  readonly name: Identifier;
  readonly value: Expr | TableArgument | DescriptorArgument;
  readonly span: Span;
}

/**
 * `TABLE t [PARTITION BY ..] [ORDER BY ..]`, `TABLE (query)`. A bare name `t` is a ColumnRef and a bare `(query)` a
 * ScalarSubquery unless PARTITION BY follows: the binder takes those as tables where a table is expected.
 */
export interface TableArgument {
  readonly kind: "tableArgument";
  readonly source:
    | { readonly kind: "name"; readonly name: QualifiedName }
    | { readonly kind: "query"; readonly query: Query };
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly span: Span;
}

export interface DescriptorArgument {
  readonly kind: "descriptor";
  readonly columns: readonly QualifiedName[];
  readonly span: Span;
}

// ---- ORDER BY items, window specifications and frames ----

export interface OrderItem {
  readonly expr: Expr;
  readonly descending: boolean;
  /** undefined: the default (last ascending, first descending). */
  readonly nulls: "FIRST" | "LAST" | undefined;
  readonly span: Span;
}

/** `OVER w` is `{ base: w }` with nothing else and `bare` true; `OVER (w ORDER BY ..)` extends w. */
export interface WindowSpec {
  readonly base: Identifier | undefined;
  readonly bare: boolean;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: Frame | SessionGap | undefined;
  readonly span: Span;
}

export interface Frame {
  readonly kind: "frame";
  readonly unit: "ROWS" | "RANGE" | "GROUPS";
  readonly start: FrameBound;
  /** `ROWS n PRECEDING` alone ends at CURRENT ROW. */
  readonly end: FrameBound;
  readonly exclude: "CURRENT ROW" | "GROUP" | "TIES" | undefined;
  readonly span: Span;
}

export type FrameBound =
  | { readonly kind: "unboundedPreceding"; readonly span: Span }
  | { readonly kind: "unboundedFollowing"; readonly span: Span }
  | { readonly kind: "currentRow"; readonly span: Span }
  | { readonly kind: "preceding"; readonly offset: Expr; readonly span: Span }
  | { readonly kind: "following"; readonly offset: Expr; readonly span: Span };

/** `SESSION WITH GAP INTERVAL '10' MINUTE` in the place of a frame. */
export interface SessionGap {
  readonly kind: "sessionGap";
  readonly gap: Expr;
  readonly span: Span;
}

// ---- Queries ----

export interface Query {
  readonly kind: "query";
  readonly with: With | undefined;
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  /** LIMIT ALL is undefined; FETCH FIRST ROW ONLY is 1. */
  readonly limit: Expr | undefined;
  readonly offset: Expr | undefined;
  /** EMIT, ALLOW LATENESS, LATE TO: the binder refuses them below the outermost query. */
  readonly emission: Emission | undefined;
  readonly span: Span;
}

export interface With {
  readonly recursive: boolean;
  readonly tables: readonly CommonTable[];
  readonly span: Span;
}

export interface CommonTable {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: Query;
  readonly span: Span;
}

export type QueryBody = Select | Values | SetOperation | TableQuery | NestedQuery;

export interface Select {
  readonly kind: "select";
  readonly hints: readonly Hint[];
  readonly distinct: boolean;
  /** DISTINCT ON (..): then `distinct` is true as well. */
  readonly distinctOn: readonly Expr[];
  readonly items: readonly SelectItem[];
  /** Empty without FROM; `a, b` is two. */
  readonly from: readonly TableRef[];
  /** ksqlDB's `WINDOW TUMBLING (SIZE 1 MINUTE)` after FROM. */
  readonly streamWindow: StreamWindow | undefined;
  readonly where: Expr | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expr | undefined;
  readonly windows: readonly NamedWindow[];
  readonly qualify: Expr | undefined;
  readonly span: Span;
}

export type SelectItem =
  | { readonly kind: "item"; readonly expr: Expr; readonly alias: Identifier | undefined; readonly span: Span }
  /** `*`, `t.*`, `* EXCEPT (a, b)`: qualifier and except may be empty. */
  | {
      readonly kind: "star";
      readonly qualifier: readonly Identifier[];
      readonly except: readonly Identifier[];
      readonly span: Span;
    };

/** `VALUES (1, 'a'), (2, 'b')`. */
export interface Values {
  readonly kind: "values";
  readonly rows: readonly ValuesRow[];
  readonly span: Span;
}

export interface ValuesRow {
  readonly items: readonly Expr[];
  readonly span: Span;
}

/** INTERSECT binds closer than UNION and EXCEPT; all associate to the left. MINUS is EXCEPT. */
export interface SetOperation {
  readonly kind: "setOperation";
  readonly op: "UNION" | "EXCEPT" | "INTERSECT";
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
  readonly span: Span;
}

/** `TABLE t`. */
export interface TableQuery {
  readonly kind: "tableQuery";
  readonly name: QualifiedName;
  readonly span: Span;
}

/** A parenthesised query with clauses of its own: `(SELECT .. LIMIT 1) UNION ..`. */
export interface NestedQuery {
  readonly kind: "nested";
  readonly query: Query;
  readonly span: Span;
}

export interface GroupBy {
  readonly distinct: boolean;
  readonly elements: readonly GroupingElement[];
  readonly span: Span;
}

export type GroupingElement =
  | { readonly kind: "groupingExpr"; readonly expr: Expr; readonly span: Span }
  /** `()` or `(a, b)`; `(a)` is a groupingExpr. */
  | { readonly kind: "groupingSet"; readonly items: readonly Expr[]; readonly span: Span }
  | { readonly kind: "rollup"; readonly elements: readonly GroupingElement[]; readonly span: Span }
  | { readonly kind: "cube"; readonly elements: readonly GroupingElement[]; readonly span: Span }
  | { readonly kind: "groupingSets"; readonly elements: readonly GroupingElement[]; readonly span: Span };

export interface NamedWindow {
  readonly name: Identifier;
  readonly spec: WindowSpec;
  readonly span: Span;
}

export interface TableAlias {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly span: Span;
}

export type TableRef = NamedTable | DerivedTable | FunctionTable | UnnestTable | Join | MatchRecognize | SampledTable;

export interface NamedTable {
  readonly kind: "table";
  readonly name: QualifiedName;
  /** `FOR SYSTEM_TIME AS OF expr`. */
  readonly systemTime: Expr | undefined;
  readonly hints: readonly Hint[];
  readonly alias: TableAlias | undefined;
  readonly span: Span;
}

export interface DerivedTable {
  readonly kind: "derived";
  readonly query: Query;
  readonly lateral: boolean;
  readonly alias: TableAlias | undefined;
  readonly span: Span;
}

/** `TUMBLE(...)`, `TABLE(TUMBLE(...))`, `LATERAL TABLE(f(x))`. */
export interface FunctionTable {
  readonly kind: "function";
  readonly call: Call;
  readonly lateral: boolean;
  readonly withOrdinality: boolean;
  readonly alias: TableAlias | undefined;
  readonly span: Span;
}

export interface UnnestTable {
  readonly kind: "unnest";
  readonly exprs: readonly Expr[];
  readonly lateral: boolean;
  readonly withOrdinality: boolean;
  readonly alias: TableAlias | undefined;
  readonly span: Span;
}

export interface Join {
  readonly kind: "join";
  readonly type: "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS" | "SEMI" | "ANTI";
  readonly asof: boolean;
  readonly left: TableRef;
  readonly right: TableRef;
  readonly constraint: JoinConstraint;
  readonly span: Span;
}

export type JoinConstraint =
  | { readonly kind: "none" }
  | { readonly kind: "natural" }
  /** `matchCondition`: ASOF's `MATCH_CONDITION (..)`. */
  | { readonly kind: "on"; readonly condition: Expr; readonly matchCondition: Expr | undefined }
  | { readonly kind: "using"; readonly columns: readonly Identifier[]; readonly matchCondition: Expr | undefined };

/** `t TABLESAMPLE BERNOULLI (10)`: the binder refuses it by name. */
export interface SampledTable {
  readonly kind: "sample";
  readonly input: TableRef;
  readonly method: Identifier;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export interface MatchRecognize {
  readonly kind: "matchRecognize";
  readonly input: TableRef;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly measures: readonly Measure[];
  readonly rows: "ONE ROW" | "ALL ROWS" | undefined;
  readonly emptyMatches: "SHOW" | "OMIT" | "WITH UNMATCHED" | undefined;
  readonly afterMatch: AfterMatch | undefined;
  readonly pattern: RowPattern;
  readonly within: Expr | undefined;
  readonly subsets: readonly { readonly name: Identifier; readonly members: readonly Identifier[] }[];
  readonly define: readonly { readonly name: Identifier; readonly condition: Expr }[];
  readonly alias: TableAlias | undefined;
  readonly span: Span;
}

export interface Measure {
  readonly expr: Expr;
  readonly alias: Identifier;
  readonly span: Span;
}

export type AfterMatch =
  | { readonly kind: "pastLastRow" }
  | { readonly kind: "nextRow" }
  | { readonly kind: "first"; readonly variable: Identifier }
  | { readonly kind: "last"; readonly variable: Identifier };

export type RowPattern =
  | { readonly kind: "variable"; readonly name: Identifier; readonly span: Span }
  | { readonly kind: "sequence"; readonly items: readonly RowPattern[]; readonly span: Span }
  | { readonly kind: "alternation"; readonly items: readonly RowPattern[]; readonly span: Span }
  | { readonly kind: "permute"; readonly items: readonly RowPattern[]; readonly span: Span }
  | { readonly kind: "exclusion"; readonly item: RowPattern; readonly span: Span }
  | { readonly kind: "anchor"; readonly at: "start" | "end"; readonly span: Span }
  | { readonly kind: "empty"; readonly span: Span }
  /** `A+`, `A*?`, `A{2,4}`; max undefined: no bound. */
  | {
      readonly kind: "repeat";
      readonly item: RowPattern;
      readonly min: number;
      readonly max: number | undefined;
      readonly reluctant: boolean;
      readonly span: Span;
    };

/** `/*+ OPTIONS('k'='v') BROADCAST(t) *\/`: name and arguments as words. */
export interface Hint {
  readonly name: Identifier;
  readonly args: readonly HintArgument[];
  readonly span: Span;
}

/** `'k' = 'v'` has both, `t` only a value. */
export interface HintArgument {
  readonly key: string | undefined;
  readonly value: string;
}

export interface StreamWindow {
  readonly kind: "TUMBLING" | "HOPPING" | "SESSION";
  /** SIZE, or the gap of a SESSION. */
  readonly size: Expr;
  readonly advanceBy: Expr | undefined;
  readonly gracePeriod: Expr | undefined;
  readonly retention: Expr | undefined;
  readonly span: Span;
}

export interface Emission {
  readonly emit: Emit | undefined;
  readonly allowLateness: Expr | undefined;
  readonly lateTo: QualifiedName | undefined;
  readonly span: Span;
}

/** IMMEDIATELY is ON UPDATE's kin in Feldera and RisingWave; each spelling keeps its mode, the binder unites them (E1, E2). */
export interface Emit {
  readonly mode:
    | "CHANGES"
    | "ON UPDATE"
    | "IMMEDIATELY"
    | "FINAL"
    | "ON WINDOW CLOSE"
    | "AFTER WINDOW CLOSE"
    | "PERIODIC";
  /** Of PERIODIC. */
  readonly period: Expr | undefined;
  /** WITH DELAY. */
  readonly delay: Expr | undefined;
  /** AND TIMEOUT. */
  readonly timeout: Expr | undefined;
  readonly span: Span;
}
