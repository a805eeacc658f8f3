/** Rules of MATCH_RECOGNIZE. */
import type { IToken } from "chevrotain";
import type { AfterMatch, MatchRecognize, Measure, RowPattern, TableRef } from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule } from "./base.ts";
import { TableParser } from "./tables.ts";

const { F, K } = t;

type Subset = MatchRecognize["subsets"][number];
type Definition = MatchRecognize["define"][number];

export abstract class MatchParser extends TableParser {
  readonly matchRecognize: Rule<[TableRef, IToken], TableRef> = this.RULE(
    "matchRecognize",
    (input: TableRef, start: IToken): TableRef => {
      this.CONSUME(K.MATCH_RECOGNIZE);
      this.CONSUME(t.LParen);
      const partitionBy = this.OPTION(() => this.SUBRULE(this.partitionBy)) ?? [];
      const orderBy = this.OPTION1(() => this.SUBRULE(this.orderBy)) ?? [];
      const measures: Measure[] = [];
      this.OPTION2(() => {
        this.CONSUME(K.MEASURES);
        this.AT_LEAST_ONE_SEP({
          SEP: t.Comma,
          DEF: () => this.part("measure", () => measures.push(this.SUBRULE(this.measure))),
        });
      });
      const output = this.OPTION3(() => this.SUBRULE(this.rowsPerMatch));
      const afterMatch = this.OPTION4(() => this.SUBRULE(this.afterMatch));
      this.CONSUME(K.PATTERN);
      this.CONSUME1(t.LParen);
      const pattern = this.SUBRULE(this.pattern);
      this.CONSUME1(t.RParen);
      const within = this.OPTION5(() => {
        this.CONSUME(K.WITHIN);
        return this.SUBRULE(this.duration);
      });
      const subsets: Subset[] = [];
      this.OPTION6(() => {
        this.CONSUME(K.SUBSET);
        this.AT_LEAST_ONE_SEP1({
          SEP: t.Comma,
          DEF: () => {
            const name = this.SUBRULE(this.identifier);
            this.CONSUME(t.Equal);
            subsets.push({ name, members: this.SUBRULE(this.nameList) });
          },
        });
      });
      const define: Definition[] = [];
      this.OPTION7(() => {
        this.CONSUME(K.DEFINE);
        this.AT_LEAST_ONE_SEP2({
          SEP: t.Comma,
          DEF: () => this.part("definition", () => define.push(this.SUBRULE(this.definition))),
        });
      });
      this.CONSUME(t.RParen);
      const alias = this.SUBRULE(this.tableAlias);
      const rows = output?.rows;
      const emptyMatches = output?.emptyMatches;
      const clauses = {
        partitionBy,
        orderBy,
        measures,
        rows,
        emptyMatches,
        afterMatch,
        pattern,
        within,
        subsets,
        define,
      };
      return { kind: "matchRecognize", input, ...clauses, alias, span: this.spanFrom(start) };
    },
  );

  readonly definition: Rule<[], Definition> = this.RULE("definition", (): Definition => {
    const name = this.SUBRULE(this.identifier);
    this.CONSUME(K.AS);
    return { name, condition: this.SUBRULE(this.expr) };
  });

  readonly measure: Rule<[], Measure> = this.RULE("measure", (): Measure => {
    const start = this.LA(1);
    const expr = this.SUBRULE(this.expr);
    const alias = this.SUBRULE(this.alias);
    return { expr, alias, span: this.spanFrom(start) };
  });

  readonly rowsPerMatch: Rule<[], Pick<MatchRecognize, "rows" | "emptyMatches">> = this.RULE(
    "rowsPerMatch",
    (): Pick<MatchRecognize, "rows" | "emptyMatches"> => {
      const rows = this.OR<Alternatives<MatchRecognize["rows"]>>([
        { ALT: () => (this.CONSUME(K.ONE), this.CONSUME(K.ROW), "ONE ROW") },
        { ALT: () => (this.CONSUME(K.ALL), this.CONSUME(K.ROWS), "ALL ROWS") },
      ]);
      this.CONSUME(K.PER);
      this.CONSUME(K.MATCH);
      const emptyMatches = this.OPTION(() =>
        this.OR1<Alternatives<MatchRecognize["emptyMatches"]>>([
          { ALT: () => (this.CONSUME(K.SHOW), this.SUBRULE(this.emptyMatches), "SHOW") },
          { ALT: () => (this.CONSUME(K.OMIT), this.SUBRULE1(this.emptyMatches), "OMIT") },
          {
            ALT: () => {
              this.CONSUME(K.WITH);
              this.CONSUME(K.UNMATCHED);
              this.CONSUME1(K.ROWS);
              return "WITH UNMATCHED";
            },
          },
        ]),
      );
      return { rows, emptyMatches };
    },
  );

  /** `EMPTY MATCHES`. */
  readonly emptyMatches: Rule<[], void> = this.RULE("emptyMatches", (): void => {
    this.CONSUME(K.EMPTY);
    this.CONSUME(K.MATCHES);
  });

  readonly afterMatch: Rule<[], AfterMatch> = this.RULE("afterMatch", (): AfterMatch => {
    this.CONSUME(K.AFTER);
    this.CONSUME(K.MATCH);
    this.CONSUME(K.SKIP);
    return this.OR<Alternatives<AfterMatch>>([
      { ALT: () => (this.CONSUME(K.PAST), this.CONSUME(K.LAST), this.CONSUME(K.ROW), { kind: "pastLastRow" }) },
      {
        ALT: () => {
          this.CONSUME(K.TO);
          return this.OR1({
            MAX_LOOKAHEAD: 1,
            DEF: alternatives<AfterMatch>([
              {
                GATE: () => this.sees(K.ROW, 2),
                ALT: () => (this.CONSUME(K.NEXT), this.CONSUME1(K.ROW), { kind: "nextRow" }),
              },
              {
                GATE: () => this.sees(t.Name, 2),
                ALT: () => (this.CONSUME(K.FIRST), { kind: "first", variable: this.SUBRULE(this.identifier) }),
              },
              {
                GATE: () => this.sees(t.Name, 2),
                ALT: () => (this.CONSUME1(K.LAST), { kind: "last", variable: this.SUBRULE1(this.identifier) }),
              },
              { ALT: () => ({ kind: "last", variable: this.SUBRULE2(this.identifier) }) },
            ]),
            IGNORE_AMBIGUITIES: true,
          });
        },
      },
    ]);
  });

  readonly pattern: Rule<[], RowPattern> = this.RULE(
    "pattern",
    (): RowPattern =>
      this.deeper(() => {
        const start = this.LA(1);
        const items: RowPattern[] = [];
        // A sequence may be empty: AT_LEAST_ONE_SEP would need its first token.
        items.push(this.SUBRULE(this.patternSequence));
        this.MANY(() => {
          this.CONSUME(t.Pipe);
          items.push(this.SUBRULE1(this.patternSequence));
        });
        const [only] = items;
        if (only !== undefined && items.length === 1) return only;
        return { kind: "alternation", items, span: this.spanFrom(start) };
      }),
  );

  readonly patternSequence: Rule<[], RowPattern> = this.RULE("patternSequence", (): RowPattern => {
    const start = this.LA(1);
    const items: RowPattern[] = [];
    this.MANY(() => items.push(this.SUBRULE(this.patternItem)));
    const [only] = items;
    const span = this.spanFrom(start);
    if (only !== undefined && items.length === 1) return only;
    return items.length === 0 ? { kind: "empty", span } : { kind: "sequence", items, span };
  });

  readonly patternItem: Rule<[], RowPattern> = this.RULE("patternItem", (): RowPattern => {
    const start = this.LA(1);
    const item = this.SUBRULE(this.patternPrimary);
    const bounds = this.OPTION({
      // {- .. -} is the next pattern; behind ^ a ? looks like a parameter.
      GATE: () =>
        !(this.sees(t.LBrace) && this.sees(t.Minus, 2)) && !(this.sees(t.ParameterLit) && this.LA(1).image !== "?"),
      DEF: () => this.SUBRULE(this.quantifier),
    });
    const reluctant = this.OPTION1({
      GATE: () => bounds !== undefined && this.LA(1).image === "?",
      DEF: () => this.OR([{ ALT: () => this.CONSUME(t.Question) }, { ALT: () => this.CONSUME(t.ParameterLit) }]),
    });
    if (bounds === undefined) return item;
    return { kind: "repeat", item, ...bounds, reluctant: reluctant !== undefined, span: this.spanFrom(start) };
  });

  readonly patternPrimary: Rule<[], RowPattern> = this.RULE("patternPrimary", (): RowPattern => {
    const start = this.LA(1);
    return this.OR({
      DEF: alternatives<RowPattern>([
        { ALT: () => ({ kind: "variable", name: this.SUBRULE(this.identifier), span: this.spanFrom(start) }) },
        {
          ALT: () => {
            this.CONSUME(t.LParen);
            const inner = this.SUBRULE(this.pattern);
            this.CONSUME(t.RParen);
            return inner;
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LBrace);
            this.CONSUME(t.Minus);
            const item = this.SUBRULE1(this.pattern);
            this.CONSUME1(t.Minus);
            this.CONSUME(t.RBrace);
            return { kind: "exclusion", item, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(F.PERMUTE);
            this.CONSUME1(t.LParen);
            const items: RowPattern[] = [];
            items.push(this.SUBRULE2(this.pattern));
            this.MANY(() => {
              this.CONSUME(t.Comma);
              items.push(this.SUBRULE3(this.pattern));
            });
            this.CONSUME1(t.RParen);
            return { kind: "permute", items, span: this.spanFrom(start) };
          },
        },
        { ALT: () => (this.CONSUME(t.Caret), { kind: "anchor", at: "start", span: this.spanFrom(start) }) },
        { ALT: () => (this.CONSUME(t.Dollar), { kind: "anchor", at: "end", span: this.spanFrom(start) }) },
      ]),
      ERR_MSG: "a pattern variable",
    });
  });

  readonly quantifier: Rule<[], { min: number; max: number | undefined }> = this.RULE(
    "quantifier",
    (): { min: number; max: number | undefined } =>
      this.OR<Alternatives<{ min: number; max: number | undefined }>>([
        { ALT: () => (this.CONSUME(t.Star), { min: 0, max: undefined }) },
        { ALT: () => (this.CONSUME(t.Plus), { min: 1, max: undefined }) },
        { ALT: () => (this.CONSUME(t.Question), { min: 0, max: 1 }) },
        { ALT: () => (this.CONSUME(t.ParameterLit), { min: 0, max: 1 }) },
        {
          ALT: () => {
            this.CONSUME(t.LBrace);
            const min = this.OPTION(() => this.SUBRULE(this.integerValue));
            const range = this.OPTION1(() => {
              this.CONSUME(t.Comma);
              return { max: this.OPTION2(() => this.SUBRULE1(this.integerValue)) };
            });
            const close = this.CONSUME(t.RBrace);
            return this.ACTION(() => {
              const max = range === undefined ? min : range.max;
              if (range === undefined && min === undefined) this.fail("{} needs a number", this.spanFrom(close));
              if (max !== undefined && max < (min ?? 0))
                this.fail("the bounds are in the wrong order", this.spanFrom(close));
              return { min: min ?? 0, max };
            });
          },
        },
      ]),
  );
}
