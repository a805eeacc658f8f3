/** Rules of WITH options, settings and FORMAT .. ENCODE. */
import type { IToken } from "chevrotain";
import type { Span } from "../../src/base/value.ts";
import type { FormatEncode, SqlOption } from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { alternatives, type Rule } from "./base.ts";
import { MatchParser } from "./match.ts";

const { K } = t;

/** A text and where it stands. */
export interface Located {
  readonly text: string;
  readonly span: Span;
}

export abstract class OptionParser extends MatchParser {
  /** `WITH ( 'k' = 'v', .. )`. */
  readonly withOptions: Rule<[], readonly SqlOption[]> = this.RULE("withOptions", (): readonly SqlOption[] => {
    this.CONSUME(K.WITH);
    return this.SUBRULE(this.options);
  });

  /** `( 'k' = 'v', k = v, )`: a comma may stand at the end. */
  readonly options: Rule<[], readonly SqlOption[]> = this.RULE("options", (): readonly SqlOption[] => {
    const options: SqlOption[] = [];
    const before = this.errorCount;
    this.CONSUME(t.LParen);
    this.unless(t.RParen, () => {
      this.part("option", () => options.push(this.SUBRULE(this.sqlOption)));
      this.MANY({
        GATE: () => !this.sees(t.RParen, 2),
        DEF: () => {
          this.CONSUME(t.Comma);
          this.part("option", () => options.push(this.SUBRULE1(this.sqlOption)));
        },
      });
      this.OPTION(() => this.CONSUME1(t.Comma));
    });
    this.close(before, () => this.CONSUME(t.RParen));
    return options;
  });

  readonly sqlOption: Rule<[], SqlOption> = this.RULE("sqlOption", (): SqlOption => {
    const start = this.LA(1);
    const key = this.SUBRULE(this.key);
    this.CONSUME(t.Equal);
    const value = this.SUBRULE(this.value);
    const span = this.spanFrom(start);
    return this.ACTION(() => ({ key: key.text, keySpan: key.span, value: value.text, valueSpan: value.span, span }));
  });

  /** `'k'`, `k`, `scan.startup.mode`. */
  readonly key: Rule<[], Located> = this.RULE("key", (): Located => {
    const start = this.LA(1);
    return this.OR({
      DEF: alternatives<Located>([
        { ALT: () => ({ text: this.SUBRULE(this.stringValue), span: this.spanFrom(start) }) },
        { ALT: () => this.SUBRULE(this.dottedWord) },
      ]),
      ERR_MSG: "an option name",
    });
  });

  readonly dottedWord: Rule<[], Located> = this.RULE("dottedWord", (): Located => {
    const start = this.LA(1);
    const words: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Dot, DEF: () => words.push(wordText(this.CONSUME(t.Word))) });
    return { text: words.join("."), span: this.spanFrom(start) };
  });

  /** A string, number, duration or word: its text. */
  readonly value: Rule<[], Located> = this.RULE("value", (): Located => {
    const start = this.LA(1);
    const text = this.OR({
      DEF: alternatives<string>([
        { ALT: () => this.SUBRULE(this.stringValue) },
        {
          ALT: () => {
            let sign = "";
            this.OPTION(() => {
              this.CONSUME(t.Minus);
              sign = "-";
            });
            return sign + this.CONSUME(t.NumberLit).image;
          },
        },
        { ALT: () => this.CONSUME(t.DurationLit).image },
        {
          ALT: () => {
            const { text: word } = this.SUBRULE(this.dottedWord);
            return this.ACTION(() => (/^(?:true|false)$/i.test(word) ? word.toLowerCase() : word));
          },
        },
      ]),
      ERR_MSG: "a value",
    });
    return { text, span: this.spanFrom(start) };
  });

  /** `FORMAT PLAIN ENCODE JSON ( .. )`. */
  readonly format: Rule<[], FormatEncode> = this.RULE("format", (): FormatEncode => {
    const start = this.CONSUME(K.FORMAT);
    const format = this.CONSUME(t.Name).image.toUpperCase();
    this.CONSUME(K.ENCODE);
    const encode = this.CONSUME1(t.Name).image.toUpperCase();
    const options = this.OPTION(() => this.SUBRULE(this.options)) ?? [];
    return { format, encode, options, span: this.spanFrom(start) };
  });
}

function wordText(token: IToken): string {
  return String(token.payload ?? token.image);
}
