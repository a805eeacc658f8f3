/**
 * SQL text -> Chevrotain tokens. By hand rather than by Chevrotain's lexer: one pass, linear in the text whatever it
 * holds (an unclosed string, a megabyte of quotes), with an error of our own for each fault, and no start-up cost.
 * Comments and spaces leave no token; hints do.
 */
import type { IToken, TokenType } from "chevrotain";
import { SqlError } from "../src/base/error.ts";
import { unescapeBackslashes, unescapeUnicode } from "./escapes.ts";
import {
  BytesLit,
  Caret,
  Colon,
  Comma,
  Dollar,
  Dot,
  DoubleColon,
  DurationLit,
  Equal,
  Greater,
  Hint,
  Identifier,
  IntegerLit,
  K,
  LBrace,
  LBracket,
  Less,
  LParen,
  Minus,
  NamedArrow,
  NumberLit,
  OtherOperator,
  ParameterLit,
  Pipe,
  Plus,
  Question,
  RBrace,
  RBracket,
  RParen,
  Semicolon,
  Star,
  StringLit,
  Tilde,
} from "./tokens.ts";

export interface LexResult {
  readonly tokens: IToken[];
  readonly errors: readonly SqlError[];
}

/** After so many faults the text is hardly SQL: the rest is not read. */
const ERRORS_MAX = 100;

const keywords: ReadonlyMap<string, TokenType> = new Map(Object.entries(K));

const spaces = /[\s\ufeff]+/y;
const lineComment = /--[^\n]*/y;
const word = /[\p{L}_][\p{L}\p{M}\p{Nd}_$]*/uy;
const number = /(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const duration = /(?:ms|us|[smhdw])(?![\p{L}\p{M}\p{Nd}_$])/uy;
const parameter = /:[A-Za-z_]\w*|\$\d+/y;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{M}\p{Nd}_]*)?\$/uy;
/** Something in typographic quotes, on one line. */
const typographic =
  /[\u2018\u2019\u201a\u2032\u00b4][^\n'\u2018\u2019\u2032\u00b4]+['\u2018\u2019\u2032\u00b4]|[\u201c-\u201e][^\n"\u201c-\u201e]+["\u201c-\u201e]/y;
/** Longest first. */
const operators = /->>|#>>|!~\*|->|#>|#-|@>|<@|@\?|@@|\?\||\?&|~\*|!~|\|\||&&|<<|>>|<=|>=|<>|!=|==|[&#%/]/y;

const single: ReadonlyMap<string, TokenType> = new Map([
  ["*", Star],
  ["+", Plus],
  ["-", Minus],
  ["~", Tilde],
  ["=", Equal],
  ["<", Less],
  [">", Greater],
  ["?", Question],
  ["|", Pipe],
  ["^", Caret],
  ["(", LParen],
  [")", RParen],
  ["[", LBracket],
  ["]", RBracket],
  ["{", LBrace],
  ["}", RBrace],
  [",", Comma],
  [".", Dot],
  [":", Colon],
  ["$", Dollar],
  [";", Semicolon],
]);

/** One spelling for operators that mean the same. */
const canonicalOperator: ReadonlyMap<string, string> = new Map([
  ["!=", "<>"],
  ["==", "="],
]);

export function lex(text: string): LexResult {
  return new Lex(text).run();
}

class Lex {
  private readonly text: string;
  private readonly tokens: IToken[] = [];
  private readonly errors: SqlError[] = [];
  private at = 0;
  private unexpectedEnd = -1;

  constructor(text: string) {
    this.text = text;
  }

  run(): LexResult {
    while (this.at < this.text.length && this.errors.length < ERRORS_MAX) this.next();
    return { tokens: this.tokens, errors: this.errors };
  }

  private next(): void {
    if (this.match(spaces) !== undefined || this.match(lineComment) !== undefined) return;
    const c = this.text.charAt(this.at);
    if (c === "'") return this.string(this.at, this.at + 1, (raw) => raw);
    if (c === '"' || c === "`") return this.quotedName(c);
    if (c === "/" && this.text.startsWith("/*", this.at)) return this.blockComment();
    if ((c >= "0" && c <= "9") || (c === "." && /\d/.test(this.text.charAt(this.at + 1)) && !this.afterName())) {
      return this.number();
    }
    if (c === "$" && this.dollarString()) return;
    if (c === ":" || c === "$") {
      const image = this.match(parameter);
      if (image !== undefined) return this.push(ParameterLit, this.at - image.length);
    }
    const prefix = this.prefixedString(c);
    if (prefix) return;
    const image = this.match(word);
    if (image !== undefined) return this.word(image);
    this.symbol(c);
  }

  /** Matches a sticky pattern here and moves past it. */
  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found[0];
  }

  private push(type: TokenType, start: number, payload?: string, image?: string): void {
    this.tokens.push({
      image: image ?? this.text.slice(start, this.at),
      startOffset: start,
      endOffset: this.at - 1,
      tokenType: type,
      tokenTypeIdx: type.tokenTypeIdx ?? 0,
      payload,
    });
  }

  private word(image: string): void {
    const start = this.at - image.length;
    const keyword = keywords.get(image.toUpperCase());
    this.push(keyword ?? Identifier, start, image);
  }

  private afterName(): boolean {
    const last = this.tokens.at(-1);
    return last !== undefined && last.endOffset === this.at - 1 && /[\p{L}\p{M}\p{Nd}_$"`)\]]$/u.test(last.image);
  }

  private number(): void {
    const start = this.at;
    const image = this.match(number) ?? "";
    const integer = /^\d+$/.test(image);
    if (integer && this.match(duration) !== undefined) return this.push(DurationLit, start);
    const tail = this.match(word);
    if (tail !== undefined) {
      const text = this.text.slice(start, Math.min(this.at, start + 40));
      this.errors.push(new SqlError("INVALID_NUMBER", { start, end: this.at }, { text }));
    }
    this.push(integer ? IntegerLit : NumberLit, start);
  }

  /** From an opening quote at `open - 1`; `decode` makes the value of what stands between the quotes. */
  private string(start: number, open: number, decode: (raw: string) => string, backslashes = false): void {
    let end = open;
    for (;;) {
      end = this.text.indexOf("'", end);
      if (end === -1) break;
      if (backslashes && this.escaped(open, end)) end++;
      else if (this.text.charAt(end + 1) === "'") end += 2;
      else break;
    }
    if (end === -1) return this.unterminated("UNTERMINATED_STRING", start, "'", StringLit);
    this.at = end + 1;
    const raw = this.text.slice(open, end);
    this.push(StringLit, start, decode(backslashes ? raw : raw.replaceAll("''", "'")));
  }

  /** Is the quote at `end` behind an odd number of backslashes? Each run of them is counted once: linear. */
  private escaped(open: number, end: number): boolean {
    let count = 0;
    for (let i = end - 1; i >= open && this.text.charAt(i) === "\\"; i--) count++;
    return count % 2 === 1;
  }

  private unterminated(
    code: "UNTERMINATED_STRING" | "UNTERMINATED_IDENTIFIER",
    start: number,
    quote: string,
    type: TokenType,
  ): void {
    const lineEnd = this.text.indexOf("\n", start);
    const end = lineEnd === -1 ? this.text.length : lineEnd;
    this.errors.push(new SqlError(code, { start, end }, { quote }));
    this.at = this.text.length;
    this.push(type, start, "");
  }

  private quotedName(quote: string): void {
    const start = this.at;
    let end = start + 1;
    for (;;) {
      end = this.text.indexOf(quote, end);
      if (end === -1) return this.unterminated("UNTERMINATED_IDENTIFIER", start, quote, Identifier);
      if (this.text.charAt(end + 1) !== quote) break;
      end += 2;
    }
    this.at = end + 1;
    const name = this.text.slice(start + 1, end).replaceAll(quote + quote, quote);
    if (name === "") this.errors.push(new SqlError("EMPTY_IDENTIFIER", { start, end: this.at }, {}));
    this.push(Identifier, start, name);
  }

  private blockComment(): void {
    const start = this.at;
    const isHint = this.text.charAt(start + 2) === "+";
    const edge = /\/\*|\*\//g;
    edge.lastIndex = start + 2;
    for (let depth = 1; depth > 0; ) {
      const found = edge.exec(this.text);
      if (found === null) {
        this.errors.push(new SqlError("UNTERMINATED_COMMENT", { start, end: start + 2 }, {}));
        this.at = this.text.length;
        return;
      }
      depth += found[0] === "/*" ? 1 : -1;
    }
    this.at = edge.lastIndex;
    if (isHint) this.push(Hint, start);
  }

  /** `$$ .. $$`, `$tag$ .. $tag$`. */
  private dollarString(): boolean {
    const start = this.at;
    const tag = this.match(dollarTag);
    if (tag === undefined) return false;
    const open = this.at;
    const end = this.text.indexOf(tag, open);
    if (end === -1) {
      this.unterminated("UNTERMINATED_STRING", start, tag, StringLit);
      return true;
    }
    this.at = end + tag.length;
    this.push(StringLit, start, this.text.slice(open, end));
    return true;
  }

  /** E'..', U&'..', X'..', N'..'. */
  private prefixedString(c: string): boolean {
    const start = this.at;
    const letter = c.toUpperCase();
    const report = (error: { escape: string; at: number }, open: number): void => {
      const from = open + error.at;
      this.errors.push(new SqlError("INVALID_ESCAPE", { start: from, end: from + error.escape.length }, error));
    };
    if (letter === "U" && this.text.startsWith("&'", start + 1)) {
      this.string(start, start + 3, (raw) => unescapeUnicode(raw, (error) => report(error, start + 3)));
      return true;
    }
    if (this.text.charAt(start + 1) !== "'") return false;
    if (letter === "E") {
      this.string(start, start + 2, (raw) => unescapeBackslashes(raw, (error) => report(error, start + 2)), true);
    } else if (letter === "N") {
      this.string(start, start + 2, (raw) => raw);
    } else if (letter === "X") {
      this.string(start, start + 2, (raw) => raw.toUpperCase());
      this.asBytes();
    } else {
      return false;
    }
    return true;
  }

  /** Turns the string just pushed into bytes. */
  private asBytes(): void {
    const last = this.tokens.pop();
    if (last === undefined) return;
    const hex = String(last.payload);
    const start = last.startOffset;
    if (!/^(?:[0-9A-F]{2})*$/.test(hex)) {
      this.errors.push(new SqlError("INVALID_BYTES", { start, end: this.at }, { text: hex.slice(0, 40) }));
    }
    this.push(BytesLit, start, hex);
  }

  private symbol(c: string): void {
    const start = this.at;
    if (this.text.startsWith("::", start)) {
      this.at += 2;
      return this.push(DoubleColon, start);
    }
    if (this.text.startsWith("=>", start)) {
      this.at += 2;
      return this.push(NamedArrow, start);
    }
    const image = this.match(operators);
    if (image !== undefined) {
      const canonical = canonicalOperator.get(image) ?? image;
      return this.push(canonical === "=" ? Equal : OtherOperator, start, undefined, canonical);
    }
    const type = single.get(c);
    if (type !== undefined) {
      this.at += 1;
      return this.push(type, start);
    }
    this.unexpected();
  }

  /** A character of no token. Of a run of them only the first is reported. */
  private unexpected(): void {
    const start = this.at;
    const character = String.fromCodePoint(this.text.codePointAt(start) ?? 0);
    const isNew = this.unexpectedEnd !== start;
    const quoted = isNew ? this.match(typographic) : undefined;
    if (quoted === undefined) this.at += character.length;
    this.unexpectedEnd = this.at;
    if (isNew) {
      const span = { start, end: start + character.length };
      this.errors.push(new SqlError("UNEXPECTED_CHARACTER", span, { character, hint: characterHint(character) }));
    }
    // Read as what it was meant to be, so that its other end is no second error.
    if (quoted !== undefined) {
      const type = /[\u201c-\u201e]/.test(character) ? Identifier : StringLit;
      this.push(type, start, quoted.slice(1, -1));
    }
  }
}

function characterHint(character: string): string | undefined {
  if (/[\u2018\u2019\u201a\u2032\u00b4]/.test(character)) return "strings are written in straight quotes: '..'";
  if (/[\u201c\u201d\u201e]/.test(character)) return 'names are quoted with straight quotes: ".."';
  if (character === "!") return "write NOT, or <> for not equal";
  return undefined;
}
