/** Patterns that are the second argument of a function (of LIKE, DATE_FORMAT, a regular expression), parsed: few, and the same for many rows. */
import { RowError } from "../../base/row-error.ts";
import type { Value } from "../../base/value.ts";

/** When there are more they are forgotten, so that patterns from a column do not fill the memory. */
const PATTERNS_MAX = 256;

/** `parse` throws RowError for a wrong pattern; `options` is what its meaning depends on besides, the same text for the same meaning. */
export class Patterns<T> {
  private readonly parse: (pattern: string, options: string) => T;
  private readonly known = new Map<string, T | RowError>();

  constructor(parse: (pattern: string, options: string) => T) {
    this.parse = parse;
  }

  /** Throws RowError where the pattern is wrong. */
  get(pattern: string, options = ""): T {
    const found = this.find(pattern, options);
    if (found instanceof RowError) throw found;
    return found;
  }

  /** Throws RowError where a constant is a wrong pattern. */
  check(pattern: Value | undefined, options: Value | undefined = ""): void {
    if (typeof pattern === "string" && typeof options === "string") this.get(pattern, options);
  }

  /** Of a constant, for emitted code; undefined where it is none, or wrong: then each row that needs it fails. */
  constant(pattern: Value | undefined, options: Value | undefined = ""): T | undefined {
    if (typeof pattern !== "string" || typeof options !== "string") return undefined;
    const found = this.find(pattern, options);
    return found instanceof RowError ? undefined : found;
  }

  private find(pattern: string, options: string): T | RowError {
    const key = `${options.length} ${options}${pattern}`;
    let found = this.known.get(key);
    if (found === undefined) {
      found = this.attempt(pattern, options);
      if (this.known.size >= PATTERNS_MAX) this.known.clear();
      this.known.set(key, found);
    }
    return found;
  }

  private attempt(pattern: string, options: string): T | RowError {
    try {
      return this.parse(pattern, options);
    } catch (error) {
      if (error instanceof RowError) return error;
      throw error;
    }
  }
}
