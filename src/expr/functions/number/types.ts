/** How numeric operators resolve: the types of the operands and of the result (V1, V2). */
import { DOUBLE, isApproximate, isInteger, isNumeric, type SqlType } from "../../../base/types.ts";
import { asDecimal, commonType, decimalResult } from "../../coerce.ts";
import type { ArgumentType, CallTypes, Signature } from "../../function.ts";

export type Sign = "+" | "-" | "*" | "/" | "%";

/** The types of numeric arguments: a bare NULL or a string literal takes the type of the others; undefined where one is no number. */
export function numericTypes(args: readonly ArgumentType[]): readonly SqlType[] | undefined {
  const isOpen = (a: ArgumentType): boolean => a.type.kind === "NULL" || typeof a.literal === "string";
  const known = commonType(args.filter((a) => !isOpen(a)).map((a) => a.type));
  if (known === undefined || !isNumeric(known)) return undefined;
  return args.map((a) => (isOpen(a) ? known : a.type));
}

/** `a sign b` over numbers. */
export function resolveArithmetic(sign: Sign, args: readonly ArgumentType[]): Signature | undefined {
  const types = args.length === 2 ? numericTypes(args) : undefined;
  const [a, b] = types ?? [];
  if (a === undefined || b === undefined) return undefined;
  const common = commonType([a, b]) ?? DOUBLE;
  if (isApproximate(common) || isInteger(common)) return { params: [common, common], result: common };
  const x = asDecimal(a);
  const y = asDecimal(b);
  if (x === undefined || y === undefined) return undefined;
  return { params: [x, y], result: decimalResult(sign, x, y) };
}

export const isNumericCall = (types: CallTypes): boolean => isNumeric(types.result) && types.args.every(isNumeric);
