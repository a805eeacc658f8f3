/** WebAssembly and the interpreter agree: each instruction over extremes, each statement, random programs. */
import { expect, test } from "vitest";
import { constant, type Fn, fn, i32, instr, Label, load, type Statement, select, Term } from "../../src/wasm/ir.ts";
import { EngineMemory } from "../../src/wasm/memory.ts";
import { compileFunction, compileModule, isTrap, type WasmFunction, type WasmValue } from "../../src/wasm/module.ts";
import { instructions, type LoadName, loads, type StoreName, stores, type ValType } from "../../src/wasm/opcodes.ts";
import { type Random, seeded } from "./support.ts";

const integers = [
  0n,
  1n,
  2n,
  -1n,
  -2n,
  7n,
  31n,
  32n,
  33n,
  63n,
  64n,
  127n,
  128n,
  255n,
  0x7fffn,
  0x80000000n,
  2n ** 31n - 1n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  -(2n ** 31n),
  0x0123456789abcdefn,
];
const floats = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -0.5,
  -1.5,
  4503599627370495.5,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  -(2 ** 63),
  1e300,
  -1e-320,
  5e-324,
  1.1,
  16777217,
  3.5e38,
  Infinity,
  -Infinity,
  NaN,
];
const v128Bytes = [0, 1, 127, 128, 255];

const samples: Record<ValType, readonly WasmValue[]> = {
  i32: integers.map((x) => Number(BigInt.asIntN(32, x))),
  i64: integers,
  f32: floats.map((x) => Math.fround(x)),
  f64: floats,
  // A vector is made of two i32: (x, y) becomes bytes x, y side by side in its low half and x in its high one.
  v128: v128Bytes,
};

/** A trap, or the value; every NaN is the same. */
function outcome(f: WasmFunction, args: readonly WasmValue[]): unknown {
  try {
    return f(...args);
  } catch (error) {
    if (!isTrap(error)) throw error;
    return "trap";
  }
}

function both(f: Fn): [WasmFunction, WasmFunction] {
  const [a, b] = [new EngineMemory({ pages: 8 }), new EngineMemory({ pages: 8 })];
  return [compileFunction(a, f, { mode: "wasm" }), compileFunction(b, f, { mode: "interpret" })];
}

/** A function of the instruction; vectors pass through memory. */
function wrap(name: string): Fn {
  const def = instructions[name];
  if (def === undefined) throw new TypeError(name);
  const params = Object.fromEntries(def.operands.map((t, i) => [`x${i}`, t === "v128" ? "i32" : t] as const));
  const result = def.result === "v128" ? (["i64", "i64"] as const) : ([def.result] as const);
  return fn(name.replace(".", "_"), params, result, (f, terms) => {
    const at = i32(3 * 65536);
    const args = def.operands.map((t, i) => {
      const x = terms[`x${i}`];
      if (x === undefined) throw new TypeError("no parameter");
      if (t !== "v128") return x;
      for (let byte = 0; byte < 16; byte += 1) f.store.u8(at, byte % 3 === 0 ? x : x.add(byte * i), byte);
      return f.let("vector", load.v128(at));
    });
    const value = instr(name, ...args);
    if (def.result !== "v128") return f.return(value);
    f.store.v128(at, value, 16);
    f.return(load.i64(at, 16), load.i64(at, 24));
  });
}

test.each(Object.keys(instructions))("%s", (name) => {
  const [wasm, interpreted] = both(wrap(name));
  const [first = "i32", second] = instructions[name]?.operands ?? [];
  for (const a of samples[first]) {
    for (const b of second === undefined ? [undefined] : samples[second]) {
      const args = b === undefined ? [a] : [a, b];
      expect(outcome(interpreted, args), `${name}(${args.join(", ")})`).toEqual(outcome(wasm, args));
    }
  }
});

const AT = 3 * 65536;

test.each([...Object.keys(loads), ...Object.keys(stores)])("%s at odd addresses and at the end of memory", (name) => {
  // The names are the keys of the two tables.
  const read = loads[name as LoadName] as (typeof loads)[LoadName] | undefined;
  const f = fn("access", { at: "i32", value: "i64" }, ["i64", "i64"], (f, { at, value }) => {
    f.store.i64(AT, value);
    f.store.i64(AT, value.mul(0x9e3779b97f4a7c15n), 8);
    if (read !== undefined) {
      const loaded = f.let("loaded", new Term(read.type, { op: "load", name: name as LoadName, at, offset: 3 }));
      f.store.i64(AT, 0n, 32);
      f.store.i64(AT, 0n, 40);
      const whole = {
        i32: "i32.store",
        i64: "i64.store",
        f32: "f32.store",
        f64: "f64.store",
        v128: "v128.store",
      } as const;
      f.put({ s: "store", name: whole[read.type], at: i32(AT), offset: 32, value: loaded });
    } else {
      const type = stores[name as StoreName].type;
      const values: Record<ValType, Term> = {
        i32: value.toI32(),
        i64: value,
        f32: instr("f32.reinterpret_i32", value.toI32()),
        f64: value.asF64(),
        v128: load.v128(AT),
      };
      f.store.i64(AT, -1n, 32);
      f.store.i64(AT, -1n, 40);
      f.put({ s: "store", name: name as StoreName, at, offset: 3, value: values[type] });
    }
    f.return(load.i64(AT, 32), load.i64(AT, 40));
  });
  const [wasm, interpreted] = both(f);
  const size = read?.size ?? stores[name as StoreName].size;
  const start = read === undefined ? AT + 29 : AT - 3;
  for (const at of [start, start + 1, 8 * 65536 - size - 3, 8 * 65536 - size - 2, -1, -4]) {
    for (const value of [0x0123456789abcdefn, -2n, 0x3ff123456789abcdn, 0x80808080c0c0c0c0n]) {
      expect(outcome(interpreted, [at, value]), `${name} at ${at}`).toEqual(outcome(wasm, [at, value]));
    }
  }
});

test("constants of every size survive the encoding", () => {
  for (const value of [
    ...integers,
    ...Array.from({ length: 64 }, (_, i) => -(1n << BigInt(i))),
    ...Array.from({ length: 64 }, (_, i) => (1n << BigInt(i)) - 1n),
  ]) {
    const f = fn("c", {}, ["i64", "i32"], (f) => f.return(value, Number(BigInt.asIntN(32, value))));
    const [wasm, interpreted] = both(f);
    const expected = [BigInt.asIntN(64, value), Number(BigInt.asIntN(32, value))];
    expect(wasm()).toEqual(expected);
    expect(interpreted()).toEqual(expected);
  }
  for (const value of floats) {
    const f = fn("c", {}, ["f64", "f32"], (f) => f.return(value, value));
    for (const run of both(f)) expect(run()).toEqual([value, Math.fround(value)]);
  }
});

test("copy and fill: overlaps, nothing at all, beyond the end", () => {
  const f = fn("move", { to: "i32", from: "i32", bytes: "i32" }, ["i64"], (f, { to, from, bytes }) => {
    f.store.i64(AT, 0x0807060504030201n);
    f.copy(to, from, bytes);
    f.fill(to.add(20), to, bytes);
    f.return(load.i64(AT).xor(load.i64(AT, 20).rotl(32)));
  });
  const [wasm, interpreted] = both(f);
  const cases: readonly (readonly number[])[] = [
    [AT + 1, AT, 5],
    [AT, AT + 1, 5],
    [AT, AT, 0],
    [-8, AT, 8],
    [AT, -8, 8],
    [AT, -4, 9],
    [-1, AT, 0],
    [AT, AT, -1],
  ];
  for (const args of cases) expect(outcome(interpreted, args), args.join()).toEqual(outcome(wasm, args));
});

test("loops, early exits, several results and recursion", () => {
  const divide = fn("divide", { a: "i32", b: "i32" }, ["i32", "i32"], (f, { a, b }) => f.return(a.div(b), a.rem(b)));
  const collatz = fn("collatz", { n: "i64" }, ["i32", "i64"], (f, { n }) => {
    const steps = f.local("steps", "i32");
    const most = f.let("most", n);
    f.loop("steps", (next, leave) => {
      leave(n.le(1n));
      f.set(steps, steps.add(1));
      f.if(
        n.and(1n).toI32(),
        () => f.set(n, n.mul(3n).add(1n)),
        () => f.set(n, n.shr(1)),
      );
      f.set(most, select(n.gt(most), n, most));
      next(steps.lt(1000));
      leave();
    });
    f.return(steps, most);
  });
  const factorial: Fn = fn("factorial", { n: "i64" }, ["i64"], (f, { n }) => {
    f.if(n.le(1n), () => f.return(1n));
    // It calls itself: f is what `fn` returns.
    f.return(n.mul(f.call(f, n.sub(1n))));
  });
  const digits = fn("digits", { n: "i32" }, ["i32"], (f, { n }) => {
    const { q, r } = f.callNamed(["q", "r"], divide, n, 10);
    const [q2] = f.callMany("d", divide, q, 10);
    f.do(f.call(factorial, 3n));
    f.return(r.mul(1000).add(q2 ?? 0));
  });
  for (const mode of ["wasm", "interpret"] as const) {
    const m = compileModule(new EngineMemory({ pages: 8 }), [collatz, factorial, digits, divide], { mode });
    expect(m["collatz"]?.(27n)).toEqual([111, 9232n]);
    expect(m["factorial"]?.(20n)).toBe(2432902008176640000n);
    expect(m["digits"]?.(4567)).toBe(7045);
    expect(m["divide"]?.(-7, 2)).toEqual([-3, -1]);
    expect(() => m["divide"]?.(1, 0)).toThrow(/divide by zero/);
  }
});

/** Random programs over two locals of each type: they end, for every loop counts down. */
function randomProgram(random: Random, index: number): Fn {
  const types = ["i32", "i64", "f64", "f32"] as const;
  const params = { a: "i32", b: "i32", c: "i64", d: "i64", e: "f64", g: "f32" } as const;
  const byResult = (type: ValType): string[] =>
    Object.entries(instructions)
      .filter(([n, d]) => d.result === type && !/v128|i8x16/.test(n) && d.operands.every((t) => t !== "v128"))
      .map(([n]) => n);
  return fn(`program${index}`, params, ["i32", "i64", "f64", "f32"], (f, p) => {
    const locals: Term[] = Object.values(p);
    const term = (type: ValType, depth: number): Term => {
      const known = locals.filter((l) => l.type === type);
      if (depth === 0 || random.below(5) === 0) {
        return random.below(3) > 0 ? random.pick(known) : constant(type, random.pick(samples[type]));
      }
      const kind = random.below(8);
      if (kind === 0) return select(term("i32", depth - 1), term(type, depth - 1), term(type, depth - 1));
      if (kind === 1 && type !== "v128") {
        const names = { i32: load.i16, i64: load.i64FromU32, f64: load.f64, f32: load.f32 };
        return names[type](
          term("i32", depth - 1)
            .and(0xff)
            .add(AT),
          5,
        );
      }
      const name = random.pick(byResult(type));
      return instr(name, ...(instructions[name]?.operands ?? []).map((t) => term(t, depth - 1)));
    };
    const statements = (depth: number): void => {
      for (let i = 1 + random.below(3); i > 0; i -= 1) statement(depth);
    };
    const statement = (depth: number): void => {
      const kind = random.below(depth === 0 ? 4 : 8);
      const type = random.pick(types);
      if (kind < 2) f.set(random.pick(locals.filter((l) => l.type === type)), term(type, 3));
      else if (kind === 2) f.store.i64(term("i32", 2).and(0xff).add(AT), term("i64", 2), 1);
      else if (kind === 3) f.store.u16(term("i32", 2).and(0xff).add(AT), term("i32", 2));
      else if (kind === 4)
        f.if(
          term("i32", 2),
          () => statements(depth - 1),
          random.below(2) === 0 ? undefined : () => statements(depth - 1),
        );
      else if (kind === 5) {
        f.block("block", (leave) => {
          statements(depth - 1);
          leave(term("i32", 2));
          statements(depth - 1);
        });
      } else if (kind === 6) {
        const turns = f.let("turns", i32(random.below(5)));
        f.while(
          "loop",
          () => turns.gt(0),
          (next) => {
            f.set(turns, turns.sub(1));
            statements(depth - 1);
            next(term("i32", 1));
            statements(depth - 1);
          },
        );
      } else f.copy(term("i32", 1).and(0xff).add(AT), term("i32", 1).and(0xff).add(AT), term("i32", 1).and(0x1f));
    };
    statements(3);
    f.return(...types.map((type) => term(type, 2)));
  });
}

test("random programs end in the same results, traps and memory, checked or not", () => {
  const random = seeded("programs");
  // NaNs differ in their bits between the two; here they are stored and reinterpreted, so bits are looked at without.
  const isNaNFree = (f: Fn): boolean =>
    !/reinterpret_f|f64\.store|f32\.store/.test(
      JSON.stringify(f.body, (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v)),
    );
  let compared = 0;
  for (let index = 0; index < 250; index += 1) {
    const program = randomProgram(random, index);
    if (!isNaNFree(program)) continue;
    compared += 1;
    const args = (["i32", "i32", "i64", "i64", "f64", "f32"] as const).map((t) => random.pick(samples[t]));
    const runs = (["wasm", "interpret"] as const).flatMap((mode) =>
      [false, true].map((checked) => {
        const memory = new EngineMemory({ pages: 8, mode, checked });
        const block = memory.allocate(65536, memory.createOwner("program"));
        expect(block).toBe(AT);
        for (let i = 0; i < 300; i += 1) memory.u8[AT + i] = i * 7;
        // A NaN in memory has its bits from the loop above, in both.
        const result = outcome(compileFunction(memory, program), args);
        return { result, bytes: memory.u8.slice(AT, AT + 300) };
      }),
    );
    for (const run of runs.slice(1)) expect(run, `program ${index}`).toEqual(runs[0]);
  }
  expect(compared).toBeGreaterThan(100);
});

test("a module refuses two exports of one name", () => {
  const f = fn("same", {}, [], (f) => f.return());
  const g = fn("same", {}, [], (f) => f.return());
  expect(() => compileModule(new EngineMemory({ pages: 8 }), [f, g])).toThrow("same name");
});

test("a jump out of two blocks at once", () => {
  const outer = new Label("outer");
  const statement: Statement = { s: "br", label: outer, cond: undefined };
  const f = fn("out", { x: "i32" }, ["i32"], (f, { x }) => {
    f.put({
      s: "block",
      label: outer,
      body: [{ s: "block", label: new Label("inner"), body: [statement] }, { s: "unreachable" }],
    });
    f.return(x.add(1));
  });
  for (const run of both(f)) expect(run(41)).toBe(42);
});

test("a jump to a label that is not around it is refused", () => {
  const f = fn("astray", {}, [], (f) => f.put({ s: "br", label: new Label("elsewhere"), cond: undefined }));
  const memory = new EngineMemory({ pages: 8 });
  for (const mode of ["wasm", "interpret"] as const) {
    expect(() => compileFunction(memory, f, { mode })()).toThrow("a jump to elsewhere from outside of it");
  }
});
