/** Emission of expression nodes: three-valued logic, laziness, strict calls, shared values. */
import { WATERMARK_MIN } from "../../base/batch.ts";
import { type Field, leafCount, type SqlType, storageOf } from "../../base/types.ts";
import { constant, i32, load, select, type Term } from "../../wasm/ir.ts";
import { emitCast } from "../cast/emit.ts";
import type { Expr } from "../expr.ts";
import type { Emitted } from "../function.ts";
import { emitInYears } from "./calendar.ts";
import type { ExprContext } from "./context.ts";
import { exprKey } from "./scope.ts";
import { assignValue, both, cellAddress, constantValue, isConstant, loadParts, part, valueLocals } from "./values.ts";

type Node<N extends Expr["node"]> = Extract<Expr, { node: N }>;

export function emitExpr(s: ExprContext, e: Expr): Emitted {
  if (e.node === "literal") return constantValue(s, e.type, e.value);
  const isShared = e.node !== "call" || e.fn.volatility === "immutable";
  const key = isShared ? exprKey(e) : "";
  const known = isShared ? s.scope.get(key) : undefined;
  if (known !== undefined) return known;
  const value = bound(s, emitNode(s, e));
  if (isShared) s.scope.set(key, value);
  return value;
}

function bound(s: ExprContext, v: Emitted): Emitted {
  const valid = v.valid === undefined ? undefined : s.bind("valid", [v.valid])[0];
  return { ...v, valid, parts: s.bind("v", v.parts) };
}

function emitNode(s: ExprContext, e: Exclude<Expr, Node<"literal">>): Emitted {
  switch (e.node) {
    case "column":
      return emitColumn(s, e.leaf, e.type, e.nullable);
    case "call":
      return emitCall(s, e);
    case "cast":
      return emitCastNode(s, e);
    case "notNull": {
      const a = emitExpr(s, e.arg);
      if (a.valid !== undefined) s.fail(a.valid.eqz(), "NULL_NOT_ALLOWED");
      return { ...a, valid: undefined };
    }
    case "and":
    case "or":
      return emitLogic(s, e);
    case "not": {
      const a = emitExpr(s, e.arg);
      return { type: e.type, valid: a.valid, parts: [part(a).eqz()] };
    }
    case "isNull": {
      const valid = emitExpr(s, e.arg).valid ?? i32(1);
      return { type: e.type, valid: undefined, parts: [e.negated ? valid : valid.eqz()] };
    }
    case "case":
      return emitCase(s, e);
    case "coalesce":
      return emitCoalesce(s, e);
    case "row":
      return { type: e.type, valid: undefined, parts: [], fields: e.fields.map((x) => emitExpr(s, x)) };
    case "field": {
      const a = emitExpr(s, e.arg);
      const field = a.fields?.[e.index];
      if (field === undefined) throw new TypeError("a ROW without this field");
      return { ...field, valid: both(a.valid, field.valid) };
    }
    case "watermark":
      return emitWatermark(s, e.type);
    default:
      return e satisfies never;
  }
}

function emitColumn(s: ExprContext, leaf: number, type: SqlType, nullable: boolean): Emitted {
  const column = s.column(leaf);
  const isComputed = leaf >= s.computedFrom;
  let valid = nullable || isComputed ? s.f.let("valid", load.u8(column.valid.add(s.row))) : undefined;
  if (isComputed && valid !== undefined) {
    const byte = valid;
    s.failWith(select(byte.gtU(1), byte, 0));
    if (!nullable) valid = undefined;
  }
  if (type.kind === "ROW") {
    let next = leaf + 1;
    const fields = type.fields.map((x: Field) => {
      const value = emitColumn(s, next, x.type, x.nullable || nullable);
      next += leafCount(x.type);
      return bound(s, value);
    });
    return { type, valid, parts: [], fields };
  }
  const storage = storageOf(type);
  return { type, valid, parts: loadParts(storage, cellAddress(column.data, storage, s.row)) };
}

function emitWatermark(s: ExprContext, type: SqlType): Emitted {
  const w = s.f.let("watermark", s.watermark());
  return { type, valid: w.ne(WATERMARK_MIN), parts: [w] };
}

const hasBytes = (type: SqlType): boolean => {
  const storage = storageOf(type);
  return storage === "bytes" || storage === "none";
};

function emitCall(s: ExprContext, e: Node<"call">): Emitted {
  const { fn } = e;
  const args = e.args.map((a) => emitExpr(s, a));
  const types = { args: e.args.map((a) => a.type), result: e.type };
  const emit = fn.emit;
  if (emit === undefined) throw new TypeError(`${fn.name} has no emitted form: it should have been split off`);
  const emitted = (): Emitted => ({ ...emit.call(fn, s, args, types), type: e.type });
  if (fn.nulls === "custom") return emitted();
  const compute = (): Emitted => (fn.canFail ? emitInYears(s, emitted()) : emitted());
  const isSpeculative = fn.speculative === true || (!fn.canFail && ![...types.args, e.type].some(hasBytes));
  return strict(s, args, e.type, isSpeculative, compute);
}

/** NULL where an argument is NULL, else what `compute` emits: guarded by a branch unless it may run over anything. */
export function strict(
  s: ExprContext,
  args: readonly Emitted[],
  type: SqlType,
  isSpeculative: boolean,
  compute: () => Emitted,
): Emitted {
  const { f } = s;
  const all = args.reduce<Term | undefined>((v, a) => both(v, a.valid), undefined);
  const valid = all === undefined ? undefined : s.bind("all_valid", [all])[0];
  if (valid === undefined) return compute();
  if (isConstant(valid)) return constantValue(s, type, null);
  if (isSpeculative) {
    const outer = s.guard;
    s.guard = both(outer, valid);
    const value = compute();
    s.guard = outer;
    return { ...value, valid: both(valid, value.valid) };
  }
  const result = valueLocals(f, "r", type, true);
  if (result.valid !== undefined) f.set(result.valid, 0);
  f.if(valid, () => s.branch(() => assignValue(f, result, compute())));
  return result;
}

function emitCastNode(s: ExprContext, e: Node<"cast">): Emitted {
  const arg = emitExpr(s, e.arg);
  // Casts among numbers and times neither trap nor read memory, whatever lies in a NULL.
  const isSpeculative = !hasBytes(e.arg.type) && !hasBytes(e.type);
  const cast = (): Emitted =>
    strict(s, [arg], e.type, isSpeculative, () => emitInYears(s, emitCast(s, arg, e.type, e.isAssignment === true)));
  if (!e.isTry) return cast();
  const { value, error } = s.capture(e.type, cast);
  return { ...value, valid: (value.valid ?? i32(1)).and(error.eqz()) };
}

/** AND and OR: the argument that decides (FALSE, TRUE) ends it; otherwise NULL where one was NULL. */
function emitLogic(s: ExprContext, e: Node<"and" | "or">): Emitted {
  const { f } = s;
  const decisive = e.node === "and" ? 0 : 1;
  const value = f.local(e.node, "i32");
  const nullable = e.args.some((a) => a.nullable);
  const valid = f.local(`${e.node}_valid`, "i32");
  if (nullable) f.set(valid, 1);
  f.block(e.node, (leave) => {
    const step = (arg: Expr, isLast: boolean): void => {
      const a = emitExpr(s, arg);
      if (a.valid === undefined) f.set(value, part(a));
      else {
        // A NULL does not decide: it goes on with the neutral value.
        f.set(value, select(a.valid, part(a), 1 - decisive));
        f.set(valid, valid.and(a.valid));
      }
      if (!isLast) leave(decisive === 1 ? value : value.eqz());
    };
    const [first, ...rest] = e.args;
    if (first === undefined) f.set(value, 1 - decisive);
    else step(first, rest.length === 0);
    s.branch(() => {
      rest.forEach((arg, i) => {
        step(arg, i === rest.length - 1);
      });
    });
  });
  return { type: e.type, valid: nullable ? valid.or(value.eq(decisive)) : undefined, parts: [value] };
}

export function emitIsTrue(s: ExprContext, e: Expr): Term {
  if (e.node !== "and" || e.args.length < 2) {
    const v = emitExpr(s, e);
    return both(v.valid, part(v)) ?? i32(0);
  }
  const { f } = s;
  const result = f.local("is_true", "i32");
  f.block("where", (leave) => {
    const from = (index: number): void => {
      const arg = e.args[index];
      if (arg === undefined) return;
      f.set(result, emitIsTrue(s, arg));
      if (index < e.args.length - 1) leave(result.eqz());
      // Only the first conjunct is always computed; each later one knows what those before it computed.
      s.branch(() => from(index + 1));
    };
    from(0);
  });
  return result;
}

function emitCase(s: ExprContext, e: Node<"case">): Emitted {
  const { f } = s;
  const result = valueLocals(f, "case", e.type, e.nullable);
  const from = (index: number): void => {
    const branch = e.branches[index];
    if (branch === undefined) return assignValue(f, result, emitExpr(s, e.otherwise));
    const when = emitIsTrue(s, branch.when);
    f.if(
      when,
      () => s.branch(() => assignValue(f, result, emitExpr(s, branch.then))),
      () => s.branch(() => from(index + 1)),
    );
  };
  from(0);
  return result;
}

function emitCoalesce(s: ExprContext, e: Node<"coalesce">): Emitted {
  const { f } = s;
  const [first, ...rest] = e.args;
  if (first === undefined) return constantValue(s, e.type, null);
  const head = emitExpr(s, first);
  if (head.valid === undefined || rest.length === 0) return head;
  const result = valueLocals(f, "coalesce", e.type, true);
  assignValue(f, result, head);
  const valid = result.valid ?? constant("i32", 1);
  const from = (index: number): void => {
    const arg = rest[index];
    if (arg === undefined) return;
    f.if(valid.eqz(), () =>
      s.branch(() => {
        assignValue(f, result, emitExpr(s, arg));
        from(index + 1);
      }),
    );
  };
  from(0);
  return e.nullable ? result : { ...result, valid: undefined };
}
