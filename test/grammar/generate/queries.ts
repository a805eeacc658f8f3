/** Random queries. */
import type {
  AfterMatch,
  Emission,
  Emit,
  GroupBy,
  GroupingElement,
  Hint,
  Join,
  JoinConstraint,
  MatchRecognize,
  Query,
  QueryBody,
  RowPattern,
  Select,
  SelectItem,
  StreamWindow,
  TableAlias,
  TableRef,
} from "../../../src/sql/ast.ts";
import { Expressions } from "./expressions.ts";
import { type Source, span } from "./source.ts";

type Makers<Node extends { kind: string }> = { readonly [K in Node["kind"]]: () => Extract<Node, { kind: K }> };

const emitModes: Readonly<Record<Emit["mode"], true>> = {
  CHANGES: true,
  "ON UPDATE": true,
  IMMEDIATELY: true,
  FINAL: true,
  "ON WINDOW CLOSE": true,
  "AFTER WINDOW CLOSE": true,
  PERIODIC: true,
};
// Object.keys forgets its keys: they are exactly the modes.
const emitModeNames = Object.keys(emitModes) as Emit["mode"][];

export class Queries {
  private readonly g: Source;
  readonly exprs: Expressions;

  constructor(g: Source) {
    this.g = g;
    this.exprs = new Expressions(g, () => this.query());
  }

  query(): Query {
    return this.g.deeper(() => {
      const query = this.queryOf(this.body());
      // Parentheses around a whole query say nothing.
      return query.body.kind === "nested" && !hasClauses(query) ? query.body.query : query;
    });
  }

  private queryOf(body: QueryBody): Query {
    const { g } = this;
    const withClause = g.maybe(
      () => ({
        recursive: g.flag(),
        tables: g.some(() => ({ name: g.name(), columns: g.names(), query: this.query(), span }), 1, 2),
        span,
      }),
      g.isDeep ? 0 : 20,
    );
    return {
      kind: "query",
      with: withClause,
      body,
      orderBy: g.chance(20) ? this.exprs.orderItems(1) : [],
      limit: g.maybe(() => this.exprs.expr(), 15),
      offset: g.maybe(() => this.exprs.expr(), 10),
      emission: g.maybe(() => this.emission(), 15),
      span,
    };
  }

  private emission(): Emission | undefined {
    const { g } = this;
    const mode = g.pick(emitModeNames);
    const emit = (): Emit => ({
      mode,
      period: mode === "PERIODIC" ? this.exprs.expr() : undefined,
      delay: g.maybe(() => this.exprs.expr()),
      timeout: g.maybe(() => this.exprs.expr()),
      span,
    });
    const made = {
      emit: g.maybe(emit, 70),
      allowLateness: g.maybe(() => this.exprs.expr()),
      lateTo: g.maybe(() => g.qualified()),
      span,
    };
    return (made.emit ?? made.allowLateness ?? made.lateTo) ? made : undefined;
  }

  private body(): QueryBody {
    const { g } = this;
    const makers: Makers<QueryBody> = {
      select: () => this.select(),
      values: () => ({ kind: "values", rows: g.some(() => ({ items: this.exprs.exprs(1), span }), 1), span }),
      tableQuery: () => ({ kind: "tableQuery", name: g.qualified(), span }),
      nested: () => ({ kind: "nested", query: this.withClauses(), span }),
      setOperation: () => ({
        kind: "setOperation",
        op: g.pick(["UNION", "EXCEPT", "INTERSECT"] as const),
        all: g.flag(),
        left: this.body(),
        right: this.body(),
        span,
      }),
    };
    return g.isDeep || g.chance(60) ? makers.select() : g.oneOf<QueryBody>(makers);
  }

  /** Parentheses around a query without clauses of its own leave no trace. */
  private withClauses(): Query {
    const query = this.query();
    return hasClauses(query) ? query : { ...query, limit: this.exprs.expr() };
  }

  private select(): Select {
    const { g } = this;
    const distinctOn = g.chance(10) ? this.exprs.exprs(1) : [];
    return {
      kind: "select",
      hints: g.chance(10) ? g.some(() => this.hint()) : [],
      distinct: distinctOn.length > 0 || g.chance(20),
      distinctOn,
      items: g.some(() => this.item(), 1),
      from: g.some(() => this.table(), 0, 2),
      streamWindow: g.maybe(() => this.streamWindow(), 10),
      where: g.maybe(() => this.exprs.expr()),
      groupBy: g.maybe(() => this.groupBy()),
      having: g.maybe(() => this.exprs.expr(), 15),
      windows: g.chance(15) ? g.some(() => ({ name: g.name(), spec: this.exprs.window(), span })) : [],
      qualify: g.maybe(() => this.exprs.expr(), 10),
      span,
    };
  }

  item(): SelectItem {
    const { g } = this;
    const makers: Makers<SelectItem> = {
      item: () => ({ kind: "item", expr: this.exprs.expr(), alias: g.maybe(() => g.name()), span }),
      star: () => ({ kind: "star", qualifier: g.names(), except: g.chance(20) ? g.names() : [], span }),
    };
    return g.chance(80) ? makers.item() : makers.star();
  }

  private hint(): Hint {
    const { g } = this;
    const key = (): string | undefined => g.maybe(() => this.hintText(), 50);
    return {
      name: { name: g.name().name.replaceAll(/[/*]/g, "h"), span },
      args: g.some(() => ({ key: key(), value: this.hintText() })),
      span,
    };
  }

  /** Without what begins or ends a comment. */
  private hintText(): string {
    return this.g.text().replaceAll(/[/*]/g, "");
  }

  private streamWindow(): StreamWindow {
    const { g } = this;
    return {
      kind: g.pick(["TUMBLING", "HOPPING", "SESSION"] as const),
      size: this.exprs.expr(),
      advanceBy: g.maybe(() => this.exprs.expr()),
      gracePeriod: g.maybe(() => this.exprs.expr()),
      retention: g.maybe(() => this.exprs.expr()),
      span,
    };
  }

  private groupBy(): GroupBy {
    return { distinct: this.g.chance(20), elements: this.g.some(() => this.grouping(), 1), span };
  }

  private grouping(): GroupingElement {
    const { g } = this;
    const elements = (): readonly GroupingElement[] => g.some(() => this.grouping(), 1);
    const makers: Makers<GroupingElement> = {
      groupingExpr: () => ({ kind: "groupingExpr", expr: this.exprs.expr(), span }),
      groupingSet: () => ({
        kind: "groupingSet",
        items: g.flag() ? [] : [this.exprs.expr(), ...this.exprs.exprs(1)],
        span,
      }),
      rollup: () => ({ kind: "rollup", elements: elements(), span }),
      cube: () => ({ kind: "cube", elements: elements(), span }),
      groupingSets: () => ({ kind: "groupingSets", elements: elements(), span }),
    };
    return g.isDeep || g.chance(50) ? makers.groupingExpr() : g.oneOf<GroupingElement>(makers);
  }

  // ---- FROM ----

  private alias(): TableAlias | undefined {
    return this.g.maybe(() => ({ name: this.g.name(), columns: this.g.chance(30) ? this.g.names() : [], span }), 50);
  }

  table(): TableRef {
    const { g } = this;
    const lateral = g.chance(20);
    const alias = this.alias();
    const makers: Makers<TableRef> = {
      table: () => ({
        kind: "table",
        name: g.qualified(),
        systemTime: g.maybe(() => this.exprs.expr(), 15),
        hints: g.chance(10) ? g.some(() => this.hint()) : [],
        alias,
        span,
      }),
      derived: () => ({ kind: "derived", query: this.query(), lateral, alias, span }),
      function: () => ({ kind: "function", call: this.exprs.call(), lateral, withOrdinality: g.flag(), alias, span }),
      unnest: () => ({ kind: "unnest", exprs: this.exprs.exprs(1), lateral, withOrdinality: g.flag(), alias, span }),
      join: () => this.join(),
      matchRecognize: () => this.match(alias),
      sample: () => ({ kind: "sample", input: this.table(), method: g.name(), args: this.exprs.exprs(1), span }),
    };
    return g.isDeep || g.chance(40) ? makers.table() : g.oneOf<TableRef>(makers);
  }

  private join(): Join {
    const { g } = this;
    const matchCondition = g.maybe(() => this.exprs.expr(), 15);
    const makers: Makers<JoinConstraint> = {
      none: () => ({ kind: "none" }),
      natural: () => ({ kind: "natural" }),
      on: () => ({ kind: "on", condition: this.exprs.expr(), matchCondition }),
      using: () => ({ kind: "using", columns: g.names(1), matchCondition }),
    };
    const constraint = g.oneOf<JoinConstraint>(makers);
    const types = ["INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"] as const;
    return {
      kind: "join",
      // CROSS alone has no condition.
      type: constraint.kind === "none" ? "CROSS" : g.pick(types),
      asof: g.chance(15),
      left: this.table(),
      right: this.table(),
      constraint,
      span,
    };
  }

  private match(alias: TableAlias | undefined): MatchRecognize {
    const { g } = this;
    const rows = g.maybe(() => g.pick(["ONE ROW", "ALL ROWS"] as const), 60);
    return {
      kind: "matchRecognize",
      input: this.table(),
      partitionBy: this.exprs.keys(),
      orderBy: this.exprs.orderItems(),
      measures: g.some(() => ({ expr: this.exprs.expr(), alias: g.name(), span })),
      rows,
      emptyMatches: rows && g.maybe(() => g.pick(["SHOW", "OMIT", "WITH UNMATCHED"] as const)),
      afterMatch: g.maybe(() => this.afterMatch(), 60),
      pattern: this.pattern(),
      within: g.maybe(() => this.exprs.expr()),
      subsets: g.some(() => ({ name: g.name(), members: g.names(1) })),
      define: g.some(() => ({ name: g.name(), condition: this.exprs.expr() })),
      alias,
      span,
    };
  }

  private afterMatch(): AfterMatch {
    const makers: Makers<AfterMatch> = {
      pastLastRow: () => ({ kind: "pastLastRow" }),
      nextRow: () => ({ kind: "nextRow" }),
      first: () => ({ kind: "first", variable: this.g.name() }),
      last: () => ({ kind: "last", variable: this.g.name() }),
    };
    return this.g.oneOf<AfterMatch>(makers);
  }

  private pattern(): RowPattern {
    const { g } = this;
    const patterns = (min: number): readonly RowPattern[] => g.some(() => this.pattern(), min);
    const makers: Makers<RowPattern> = {
      variable: () => ({ kind: "variable", name: g.name(), span }),
      sequence: () => ({ kind: "sequence", items: [this.pattern(), ...patterns(1)], span }),
      alternation: () => ({ kind: "alternation", items: [this.pattern(), ...patterns(1)], span }),
      permute: () => ({ kind: "permute", items: patterns(1), span }),
      exclusion: () => ({ kind: "exclusion", item: this.pattern(), span }),
      anchor: () => ({ kind: "anchor", at: g.pick(["start", "end"] as const), span }),
      empty: () => ({ kind: "empty", span }),
      repeat: () => {
        const min = g.pick([0, 1, 2, 3]);
        const max = g.maybe(() => min + g.pick([0, 1, 5]), 70);
        return { kind: "repeat", item: this.pattern(), min, max, reluctant: g.flag(), span };
      },
    };
    return g.isDeep ? makers.variable() : g.oneOf<RowPattern>(makers);
  }
}

function hasClauses({ with: tables, orderBy, limit, offset, emission }: Query): boolean {
  return orderBy.length > 0 || [tables, limit, offset, emission].some((clause) => clause !== undefined);
}
