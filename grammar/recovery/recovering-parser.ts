/**
 * Recovery from errors. A rule calls `part` for what can be wrong on its own; where it is, the error is noted, the rest
 * of the part is skipped, and parsing goes on. Chevrotain's own recovery guesses tokens and gives errors that follow from
 * others; here an error counts only where something was read since the last one.
 */
import { EmbeddedActionsParser, EOF, type IParserConfig, type IToken, type TokenType } from "chevrotain";
import { isSqlError, SqlError } from "../../src/base/error.ts";
import type { Span } from "../../src/base/value.ts";
import * as t from "../tokens.ts";
import { depthOf, type Layout, layoutOf } from "./layout.ts";
import { isClauseWord, misspelt } from "./mistakes.ts";
import { endsPart, expectedAfter, type Mismatch, nextPart, type PartKind } from "./parts.ts";
import { trusted } from "./trust.ts";

/** What does not fit, or what was found wrong at the token `at`. */
export type Failure = Mismatch | { readonly error: SqlError; readonly at: number };

/** Of one statement: after so many it is not read further. */
const FAILURES_MAX = 100;

export abstract class RecoveringParser extends EmbeddedActionsParser {
  private tokens: readonly IToken[] = [];
  private found: Failure[] = [];
  private readonly handled = new Set<unknown>();
  private indexes: Map<IToken, number> | undefined;
  private knownLayout: Layout | undefined;
  /** Index of the token up to which a wrong part was skipped: an error there is a part of the last one. */
  private stopped = -1;
  protected depth = 0;

  protected constructor(vocabulary: TokenType[], config: IParserConfig) {
    super(vocabulary, config);
  }

  /** Sets the tokens of one statement. */
  begin(tokens: readonly IToken[]): void {
    this.input = [...tokens];
    this.tokens = tokens;
    this.found = [];
    this.handled.clear();
    this.indexes = undefined;
    this.knownLayout = undefined;
    this.stopped = -1;
    this.depth = 0;
  }

  /** All that is wrong with the statement just parsed. `read`: up to its end, and not only until a limit. */
  failures(read: boolean): readonly Failure[] {
    for (const error of read ? this.errors : []) {
      if (this.handled.has(error)) continue;
      this.handled.add(error);
      this.note({ expected: error.message, at: this.indexOf(error.token), kind: undefined, partStart: 0 });
    }
    return trusted(this.found, this.layout);
  }

  get layout(): Layout {
    this.knownLayout ??= layoutOf(this.tokens);
    return this.knownLayout;
  }

  /** What `parse` gives, or undefined where it fails: then the error is noted and the part skipped. */
  protected part<T>(kind: PartKind, parse: () => T): T | undefined {
    if (this.RECORDING_PHASE) return parse();
    const start = this.LA(1);
    const { depth } = this;
    const before = this.found.length;
    let partStart: number | undefined;
    try {
      const result = parse();
      const next = this.LA(1);
      const isEnd = endsPart(kind, next.tokenType) && !(next.tokenType === t.RParen && this.closesNothing(next));
      if (isEnd) return result;
      partStart = this.indexOf(start);
      this.note({ expected: expectedAfter(kind), at: this.indexOf(next), kind, partStart });
    } catch (error) {
      this.depth = depth;
      partStart = this.indexOf(start);
      this.recoverFrom(error, kind, partStart, before);
    }
    this.skip(kind, partStart);
    return undefined;
  }

  /** Notes `error`, or throws it where the statement cannot be read further. */
  private recoverFrom(error: unknown, kind: PartKind, partStart: number, before: number): void {
    if (this.found.length >= FAILURES_MAX) throw error;
    if (isSqlError(error)) {
      if (error.code !== "INVALID_SYNTAX") throw error;
      // What is said about a part of which something is missing may not be true.
      if (this.found.length === before) this.found.push({ error, at: this.indexOf(this.LA(0)) });
      return;
    }
    const failure = this.errors.at(-1);
    if (failure !== error || failure === undefined) throw error;
    this.handled.add(failure);
    this.note({ expected: failure.message, at: this.indexOf(failure.token), kind, partStart });
  }

  private note(failure: Mismatch): void {
    if (failure.at !== this.stopped) this.found.push(failure);
  }

  /** An error that does not keep the parser from reading on. */
  protected complain(reason: string, span: Span, hint: string): void {
    const error = new SqlError("INVALID_SYNTAX", span, { reason, hint });
    const at = this.tokens.findIndex(({ startOffset }) => startOffset === span.start);
    if (at !== this.stopped) this.found.push({ error, at });
  }

  private skip(kind: PartKind, partStart: number): void {
    const { layout } = this;
    const next = this.indexOf(this.LA(1));
    const last = this.found.at(-1);
    const meant = last === undefined || "error" in last ? undefined : misspelt(last, this.tokens);
    // FORM t, u: what comes after the comma belongs to the clause, not to the list before it.
    const commas = meant === undefined || !isClauseWord(meant.word);
    // A comma that does not fit separates nothing: what comes after it belongs to the same mistake.
    const isComma = last?.at === next && this.LA(1).tokenType === t.Comma;
    const end = nextPart(kind, this.tokens, layout, isComma ? next + 1 : next, depthOf(layout, partStart), commas);
    for (let i = next; i < end; i++) this.SKIP_TOKEN();
    this.stopped = end;
  }

  /** Notes that something else was expected here, and skips it. */
  protected refuse(kind: PartKind, expected: string): void {
    const partStart = this.indexOf(this.LA(1));
    this.note({ expected, at: partStart, kind, partStart });
    this.skip(kind, partStart);
  }

  /** Is there nothing left of the statement? */
  protected atEnd(): boolean {
    return this.LA(1).tokenType === EOF;
  }

  /** Consumes a closing parenthesis by `consume`, unless it is missing behind something wrong that was reported. */
  protected close(errorsBefore: number, consume: () => unknown): void {
    const isMissing = !this.RECORDING_PHASE && this.LA(1).tokenType !== t.RParen && this.found.length > errorsBefore;
    if (!isMissing) consume();
  }

  protected get errorCount(): number {
    return this.found.length;
  }

  private closesNothing(token: IToken): boolean {
    return this.layout.unpaired.has(this.indexOf(token));
  }

  private indexOf(token: IToken): number {
    this.indexes ??= new Map(this.tokens.map((each, i) => [each, i]));
    return this.indexes.get(token) ?? this.tokens.length;
  }
}
