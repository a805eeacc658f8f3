/** What the generators of syntax trees share: chance, depth, names and texts of all kinds. */
import type { Span } from "../../../src/base/value.ts";
import type { Identifier, QualifiedName } from "../../../src/sql/ast.ts";
import { beforeParen, free, niladic, noAlias, reserved } from "../../../src/sql/keywords.ts";
import { Random } from "../../oracle/random.ts";

/** Trees are compared without their spans. */
export const span: Span = { start: 0, end: 0 };

const typeWords = ["array", "map", "row", "struct", "multiset", "int", "decimal", "interval", "timestamp", "double"];
const words: readonly string[] = [...reserved, ...noAlias, ...free, ...beforeParen, ...niladic, ...typeWords];
const odd = [
  'a"b',
  "a b",
  "1a",
  "ß",
  "日本",
  "a.b",
  "a$b",
  "select",
  "Left",
  "`",
  "'",
  "--",
  "/*",
  "\n",
  "é",
  "😀",
  ";",
  "*",
];
const plain = ["a", "b", "t", "ts", "price", "Bids", "x1", "_y"];
const texts = ["", "a", "it's", '"', "10", "1 day", "\\", "a\nb", "😀", "--", "/* */", "$$", ":x", "?", "é", " "];

export class Source {
  readonly random: Random;
  /** How much deeper the tree may grow. */
  private depth = 5;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  get isDeep(): boolean {
    return this.depth <= 0;
  }

  /** `make` one level further down. */
  deeper<T>(make: () => T): T {
    this.depth--;
    const made = make();
    this.depth++;
    return made;
  }

  pick<T>(items: readonly T[]): T {
    return this.random.pick(items);
  }

  chance(percent: number): boolean {
    return this.random.chance(percent);
  }

  maybe<T>(make: () => T, percent = 30): T | undefined {
    return this.chance(percent) ? make() : undefined;
  }

  /** `min` to `max` of them; where the tree is deep as few as may be. */
  some<T>(make: () => T, min = 0, max = 3): readonly T[] {
    const count = this.isDeep ? min : this.random.between(min, max);
    return Array.from({ length: count }, make);
  }

  /** Each key of `makers` as likely as the others. */
  oneOf<T>(makers: Readonly<Record<string, () => T>>): T {
    return this.deeper(this.pick(Object.values(makers)));
  }

  word(): string {
    const kind = this.random.below(10);
    if (kind < 6) return this.pick(plain);
    const word = this.pick(words);
    return kind < 9 ? (this.chance(50) ? word : word.toLowerCase()) : this.pick(odd);
  }

  name(): Identifier {
    return { name: this.word(), span };
  }

  names(min = 0): readonly Identifier[] {
    return this.some(() => this.name(), min);
  }

  qualified(): QualifiedName {
    return { parts: this.some(() => this.name(), 1), span };
  }

  text(): string {
    return this.pick(texts);
  }

  flag(): boolean {
    return this.chance(50);
  }

  integer(): number {
    return this.pick([0, 1, 2, 3, 10, 38, 100_000]);
  }
}
