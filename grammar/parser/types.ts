/** Rules of types. */
import type { IToken } from "chevrotain";
import type { Span } from "../../src/base/value.ts";
import type {
  ElementType,
  IntervalUnit,
  QualifiedName,
  RowTypeField,
  ScalarTypeName,
  TypeNode,
} from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, BaseParser, type Rule, toIdentifier } from "./base.ts";

const { F, K } = t;

const scalarTypes: ReadonlyMap<string, ScalarTypeName> = new Map<string, ScalarTypeName>([
  ["BOOLEAN", "BOOLEAN"],
  ["BOOL", "BOOLEAN"],
  ["TINYINT", "TINYINT"],
  ["SMALLINT", "SMALLINT"],
  ["INT2", "SMALLINT"],
  ["INT", "INT"],
  ["INTEGER", "INT"],
  ["INT4", "INT"],
  ["BIGINT", "BIGINT"],
  ["INT8", "BIGINT"],
  ["FLOAT", "FLOAT"],
  ["REAL", "FLOAT"],
  ["FLOAT4", "FLOAT"],
  ["DOUBLE", "DOUBLE"],
  ["FLOAT8", "DOUBLE"],
  ["DOUBLE PRECISION", "DOUBLE"],
  ["DECIMAL", "DECIMAL"],
  ["DEC", "DECIMAL"],
  ["NUMERIC", "DECIMAL"],
  ["CHAR", "CHAR"],
  ["CHARACTER", "CHAR"],
  ["BPCHAR", "CHAR"],
  ["VARCHAR", "VARCHAR"],
  ["STRING", "VARCHAR"],
  ["TEXT", "VARCHAR"],
  ["CHARACTER VARYING", "VARCHAR"],
  ["CHAR VARYING", "VARCHAR"],
  ["BINARY", "BINARY"],
  ["VARBINARY", "VARBINARY"],
  ["BYTES", "VARBINARY"],
  ["BYTEA", "VARBINARY"],
  ["BINARY VARYING", "VARBINARY"],
  ["DATE", "DATE"],
  ["TIME", "TIME"],
  ["TIMESTAMP", "TIMESTAMP"],
  ["TIMESTAMP_NTZ", "TIMESTAMP"],
  ["DATETIME", "TIMESTAMP"],
  ["TIMESTAMP_LTZ", "TIMESTAMP_LTZ"],
  ["TIMESTAMPTZ", "TIMESTAMP_LTZ"],
  ["JSON", "JSON"],
  ["JSONB", "JSON"],
  ["UUID", "UUID"],
]);

const units: ReadonlyMap<string, IntervalUnit> = new Map(
  (
    ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"] as const
  ).flatMap((unit): [string, IntervalUnit][] => [
    [unit, unit],
    [`${unit}S`, unit],
  ]),
);

/** In the order in which they are suggested. */
export const unitWords: readonly string[] = [...units.keys()];

/** `MINUTE`, `minutes`; undefined where the word is no unit. */
export function intervalUnit(word: string): IntervalUnit | undefined {
  return units.get(word.toUpperCase());
}

export abstract class TypeParser extends BaseParser {
  readonly type: Rule<[], TypeNode> = this.RULE(
    "type",
    (): TypeNode =>
      this.deeper(() => {
        const start = this.LA(1);
        let type = this.OR({
          DEF: alternatives<TypeNode>([
            { ALT: () => this.SUBRULE(this.collectionType) },
            { ALT: () => this.SUBRULE(this.rowType) },
            { ALT: () => this.SUBRULE(this.intervalType) },
            { ALT: () => this.SUBRULE(this.namedType) },
          ]),
          ERR_MSG: "a type",
        });
        this.MANY(() => {
          this.OR1([
            {
              ALT: () => {
                this.CONSUME(t.LBracket);
                this.OPTION(() => this.CONSUME(t.IntegerLit));
                this.CONSUME(t.RBracket);
              },
            },
            { ALT: () => this.CONSUME(K.ARRAY) },
          ]);
          type = { kind: "arrayType", element: { type, notNull: false }, span: this.spanFrom(start) };
        });
        return type;
      }),
  );

  readonly elementType: Rule<[], ElementType> = this.RULE("elementType", (): ElementType => {
    const type = this.SUBRULE(this.type);
    return { type, notNull: this.SUBRULE(this.nullability) };
  });

  /** `NOT NULL`, `NULL` or nothing. */
  readonly nullability: Rule<[], boolean> = this.RULE("nullability", (): boolean => {
    let notNull = false;
    this.OPTION(() => {
      this.OPTION1(() => {
        this.CONSUME(K.NOT);
        notNull = true;
      });
      this.CONSUME(K.NULL);
    });
    return notNull;
  });

  readonly collectionType: Rule<[], TypeNode> = this.RULE("collectionType", (): TypeNode => {
    const start = this.LA(1);
    return this.OR<Alternatives<TypeNode>>([
      {
        ALT: () => {
          this.CONSUME(F.ARRAY_TYPE);
          const element = this.SUBRULE(this.angleElement);
          return { kind: "arrayType", element, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.MULTISET_TYPE);
          const element = this.SUBRULE1(this.angleElement);
          return { kind: "multisetType", element, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.MAP_TYPE);
          this.CONSUME(t.Less);
          const key = this.SUBRULE(this.elementType);
          this.CONSUME(t.Comma);
          const value = this.SUBRULE1(this.elementType);
          this.CONSUME(t.Greater);
          return { kind: "mapType", key, value, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  readonly angleElement: Rule<[], ElementType> = this.RULE("angleElement", (): ElementType => {
    this.CONSUME(t.Less);
    const element = this.SUBRULE(this.elementType);
    this.CONSUME(t.Greater);
    return element;
  });

  readonly rowType: Rule<[], TypeNode> = this.RULE("rowType", (): TypeNode => {
    const start = this.LA(1);
    let fields: readonly RowTypeField[] = [];
    this.OR([
      {
        ALT: () => {
          this.CONSUME(F.ROW_TYPE);
          this.CONSUME(t.Less);
          fields = this.SUBRULE(this.rowFields);
          this.CONSUME(t.Greater);
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.ROW);
          this.CONSUME(t.LParen);
          fields = this.SUBRULE1(this.rowFields);
          this.CONSUME(t.RParen);
        },
      },
    ]);
    return { kind: "rowType", fields, span: this.spanFrom(start) };
  });

  readonly rowFields: Rule<[], readonly RowTypeField[]> = this.RULE("rowFields", (): readonly RowTypeField[] => {
    const fields: RowTypeField[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const start = this.LA(1);
        const name = this.SUBRULE(this.identifier);
        this.OPTION1(() => this.CONSUME(t.Colon));
        const type = this.SUBRULE(this.type);
        const notNull = this.SUBRULE(this.nullability);
        let comment: string | undefined;
        this.OPTION(() => {
          comment = this.SUBRULE(this.stringValue);
        });
        fields.push({ name, type, notNull, comment, span: this.spanFrom(start) });
      },
    });
    return fields;
  });

  readonly intervalType: Rule<[], TypeNode> = this.RULE("intervalType", (): TypeNode => {
    const start = this.CONSUME(F.INTERVAL);
    // Without a unit before the comment of a field, where it looks like a literal.
    const from = this.OPTION1(() => this.SUBRULE(this.unit));
    let to: IntervalUnit | undefined;
    this.OPTION(() => {
      this.CONSUME(K.TO);
      to = this.SUBRULE1(this.unit);
    });
    return { kind: "intervalType", from, to, span: this.spanFrom(start) };
  });

  /** A unit of time with an optional precision, which says nothing here: `SECOND(3)`. */
  readonly unit: Rule<[], IntervalUnit> = this.RULE("unit", (): IntervalUnit => {
    const word = this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.LParen);
      this.CONSUME(t.IntegerLit);
      this.CONSUME(t.RParen);
    });
    return this.ACTION(
      () => intervalUnit(word.image) ?? this.fail(`"${word.image}" is not a unit of time`, this.spanFrom(word)),
    );
  });

  readonly namedType: Rule<[], TypeNode> = this.RULE("namedType", (): TypeNode => {
    const start = this.LA(1);
    const name = this.OR1<Alternatives<QualifiedName>>([
      { ALT: () => this.SUBRULE(this.qualifiedName) },
      // Before the comment of a field it looks like a literal: ROW<at TIMESTAMP 'when'>.
      {
        ALT: () => {
          const identifier = toIdentifier(this.CONSUME(F.DATETIME));
          return { parts: [identifier], span: identifier.span };
        },
      },
    ]);
    const word = this.OPTION(() =>
      this.OR<Alternatives<IToken>>([{ ALT: () => this.CONSUME(K.PRECISION) }, { ALT: () => this.CONSUME(K.VARYING) }]),
    );
    const args: number[] = [];
    this.OPTION1(() => {
      this.CONSUME(t.LParen);
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => args.push(this.SUBRULE(this.integerValue)) });
      this.CONSUME(t.RParen);
    });
    const zoned =
      this.OPTION2({
        GATE: () => this.sees(K.TIME, 2) || this.sees(K.LOCAL, 2),
        DEF: () => this.SUBRULE(this.zoneSuffix),
      }) ?? false;
    const span = this.spanFrom(start);
    return this.ACTION(() =>
      resolveType(name, word === undefined ? "" : ` ${word.image.toUpperCase()}`, args, zoned, span),
    );
  });

  /** `WITH [LOCAL] TIME ZONE`, `WITHOUT TIME ZONE`: whether with. */
  readonly zoneSuffix: Rule<[], boolean> = this.RULE("zoneSuffix", (): boolean => {
    const zoned = this.OR([
      {
        ALT: () => {
          this.CONSUME(K.WITH);
          this.OPTION(() => this.CONSUME(K.LOCAL));
          return true;
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.WITHOUT);
          return false;
        },
      },
    ]);
    this.CONSUME(K.TIME);
    this.CONSUME(K.ZONE);
    return zoned;
  });
}

function resolveType(
  name: QualifiedName,
  suffix: string,
  args: readonly number[],
  zoned: boolean,
  span: Span,
): TypeNode {
  const last = name.parts.at(-1)?.name ?? "";
  const first = name.parts[0]?.name.toLowerCase();
  const builtIn = name.parts.length === 1 || (name.parts.length === 2 && first === "pg_catalog");
  const word = last.toUpperCase() + suffix;
  if (builtIn && word === "INTERVAL") return { kind: "intervalType", from: undefined, to: undefined, span };
  const scalar = builtIn ? scalarTypes.get(word) : undefined;
  if (scalar === undefined) return { kind: "namedType", name, args, span };
  return { kind: "scalarType", name: scalar === "TIMESTAMP" && zoned ? "TIMESTAMP_LTZ" : scalar, args, span };
}
