/** Functions of several kinds of types under one name (`+` of numbers, of times): each kind is an overload of its own. */
import type { Value } from "../../base/value.ts";
import type { CallTypes, Emitted, ScalarFunction } from "../function.ts";

export interface Overload extends Pick<ScalarFunction, "resolve" | "evaluate" | "emit" | "canEmit"> {
  /** Whether a call that resolved to these types is one of this kind. */
  matches(types: CallTypes): boolean;
}

type Common = Omit<ScalarFunction, "resolve" | "evaluate" | "emit" | "canEmit">;

/** The first overload that resolves is taken. */
export function overloaded(common: Common, overloads: readonly Overload[]): ScalarFunction {
  const of = (types: CallTypes): Overload => {
    const found = overloads.find((o) => o.matches(types));
    if (found === undefined) throw new TypeError(`${common.name} was not resolved`);
    return found;
  };
  return {
    ...common,
    resolve(args) {
      let reason: ReturnType<ScalarFunction["resolve"]>;
      for (const o of overloads) {
        const found = o.resolve(args);
        if (found !== undefined && "params" in found) return found;
        reason ??= found;
      }
      return reason;
    },
    evaluate: (args, types) => of(types).evaluate(args, types),
    emit(e, args, types): Emitted {
      const { emit } = of(types);
      if (emit === undefined) throw new TypeError(`${common.name} has no emitted form for these types`);
      return emit(e, args, types);
    },
    canEmit(types: CallTypes, literals: readonly (Value | undefined)[]): boolean {
      const o = of(types);
      return o.emit !== undefined && (o.canEmit?.(types, literals) ?? true);
    },
  };
}
