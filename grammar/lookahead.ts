/**
 * Lookahead of one token by first sets, each computed once for a rule. Chevrotain's own strategy lists the paths of every
 * decision anew, which is the larger part of the time to the first result; it still validates the grammar in the tests.
 */
import {
  Alternation,
  Alternative,
  type ILookaheadStrategy,
  type ILookaheadValidationError,
  type IOrAlt,
  type IProduction,
  type IToken,
  type LookaheadProductionType,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  type Rule,
  Terminal,
  type TokenType,
} from "chevrotain";

interface First {
  /** Indexes of token types, members of categories included. */
  readonly tokens: Set<number>;
  nullable: boolean;
}

/** The parser, as the functions below are called on it. */
interface TokenReader {
  LA(howMuch: number): IToken;
}

type Decide = (this: TokenReader) => boolean;
type Choose = (this: TokenReader, alternatives?: readonly IOrAlt<unknown>[]) => number | undefined;

export class FirstTokenStrategy implements ILookaheadStrategy {
  private readonly rules = new Map<Rule, First>();

  validate(): ILookaheadValidationError[] {
    return [];
  }

  buildLookaheadForAlternation(options: { prodOccurrence: number; rule: Rule; hasPredicates: boolean }): Choose {
    const production = find<Alternation>(options.rule.definition, Alternation, options.prodOccurrence);
    const firsts = production.definition.map((alternative) => this.of(alternative));
    if (options.hasPredicates) return gated(firsts);
    const choice = new Map<number, number>();
    let otherwise: number | undefined;
    firsts.forEach((first, i) => {
      if (otherwise !== undefined) return;
      for (const token of first.tokens) if (!choice.has(token)) choice.set(token, i);
      if (first.nullable) otherwise = i;
    });
    return function (this: TokenReader): number | undefined {
      return choice.get(nextToken(this)) ?? otherwise;
    };
  }

  buildLookaheadForOptional(options: {
    prodOccurrence: number;
    prodType: LookaheadProductionType;
    rule: Rule;
  }): Decide {
    const kind = repetitions[options.prodType];
    const production = find<IProduction & { idx: number }>(options.rule.definition, kind, options.prodOccurrence);
    const { tokens } = this.ofSequence(childrenOf(production));
    return function (this: TokenReader): boolean {
      return tokens.has(nextToken(this));
    };
  }

  private ofSequence(productions: readonly IProduction[]): First {
    const result: First = { tokens: new Set(), nullable: true };
    for (const production of productions) {
      const first = this.of(production);
      for (const token of first.tokens) result.tokens.add(token);
      if (first.nullable) continue;
      result.nullable = false;
      break;
    }
    return result;
  }

  private of(production: IProduction): First {
    if (production instanceof Terminal) return { tokens: new Set(members(production.terminalType)), nullable: false };
    if (production instanceof NonTerminal) return this.ofRule(production.referencedRule);
    if (production instanceof Alternation) {
      const firsts = production.definition.map((alternative) => this.of(alternative));
      return { tokens: union(firsts), nullable: firsts.some((first) => first.nullable) };
    }
    if (production instanceof Alternative) return this.ofSequence(production.definition);
    const inside = this.ofSequence(childrenOf(production));
    const mandatory =
      production instanceof RepetitionMandatory || production instanceof RepetitionMandatoryWithSeparator;
    return { tokens: inside.tokens, nullable: inside.nullable || !mandatory };
  }

  private ofRule(rule: Rule): First {
    const known = this.rules.get(rule);
    if (known !== undefined) return known;
    const first = this.ofSequence(rule.definition);
    this.rules.set(rule, first);
    return first;
  }
}

type Optional = new (...args: never[]) => IProduction & { idx: number };

const repetitions: Readonly<Record<LookaheadProductionType, Optional>> = {
  Alternation,
  Option,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  Repetition,
  RepetitionWithSeparator,
};

/** Of the alternatives whose gate is open, the first that can begin with the next token. */
function gated(firsts: readonly First[]): Choose {
  return function (this: TokenReader, alternatives: readonly IOrAlt<unknown>[] = []): number | undefined {
    const token = nextToken(this);
    const index = firsts.findIndex((first, i) => {
      const open = alternatives[i]?.GATE?.call(this) ?? true;
      return open && (first.nullable || first.tokens.has(token));
    });
    return index === -1 ? undefined : index;
  };
}

const nextToken = (parser: TokenReader): number => parser.LA(1).tokenTypeIdx;

const members = (type: TokenType): readonly number[] => [type.tokenTypeIdx ?? 0, ...(type.categoryMatches ?? [])];

const union = (firsts: readonly First[]): Set<number> => new Set(firsts.flatMap((first) => [...first.tokens]));

/** Everything but terminals and calls of rules has a definition. */
function childrenOf(production: IProduction): readonly IProduction[] {
  return "definition" in production && Array.isArray(production.definition)
    ? // A production's definition holds productions.
      (production.definition as readonly IProduction[])
    : [];
}

function find<P extends IProduction & { idx: number }>(
  productions: readonly IProduction[],
  kind: new (...args: never[]) => P,
  occurrence: number,
): P {
  const search = (list: readonly IProduction[]): P | undefined => {
    for (const production of list) {
      if (production instanceof kind && production.idx === occurrence) return production;
      const below = production instanceof NonTerminal ? undefined : search(childrenOf(production));
      if (below !== undefined) return below;
    }
    return undefined;
  };
  const found = search(productions);
  if (found === undefined) throw new Error(`no production ${occurrence} in the rule`);
  return found;
}
