/** Compiles functions over an EngineMemory, as WebAssembly or through the interpreter: one calling convention for both. */
import { checkedFunctions } from "./check.ts";
import { encode } from "./encode.ts";
import { Interpreter, Trap } from "./interpret.ts";
import type { Fn } from "./ir.ts";
import type { EngineMemory, Execution } from "./memory.ts";
import { webAssembly } from "./webassembly.ts";

/** i32 goes in as any number and comes out signed (>>> 0 makes an address of it), i64 is a bigint. */
export type WasmValue = number | bigint;
/** No result: undefined. One: the value. More: an array. */
export type WasmResult = WasmValue | WasmValue[] | undefined;
export type WasmFunction = (...args: WasmValue[]) => WasmResult;

/** The exported functions by their names. What is not overridden here is as `memory.execution` says. */
export function compileModule(
  memory: EngineMemory,
  exports: readonly Fn[],
  options: Partial<Execution> = {},
): Record<string, WasmFunction> {
  const { mode, checked } = { ...memory.execution, ...options };
  const names = new Set(exports.map((f) => f.name));
  if (names.size !== exports.length) throw new TypeError("two exports of a module have the same name");
  const fns = checked ? checkedFunctions(exports) : exports;
  if (mode === "interpret") return new Interpreter(memory).exports(fns);
  if (webAssembly === undefined || memory.memory === undefined) {
    throw new TypeError("this process has no WebAssembly: compile with mode 'interpret'");
  }
  const module = new webAssembly.Module(encode(fns, { shared: true, memoryPages: memory.pages }));
  const instance = new webAssembly.Instance(module, { env: { memory: memory.memory } });
  // The module exports functions only, of types that the IR has checked.
  return instance.exports as Record<string, WasmFunction>;
}

/** One function on its own: `const count = compileFunction(memory, countRows)`. */
export function compileFunction(memory: EngineMemory, fn: Fn, options: Partial<Execution> = {}): WasmFunction {
  const compiled = compileModule(memory, [fn], options)[fn.name];
  if (compiled === undefined) throw new TypeError(`${fn.name} is not exported`);
  return compiled;
}

/** Whether an error is a trap of emitted code (a bug of the generator, never of user data). */
export function isTrap(error: unknown): boolean {
  return error instanceof Trap || (webAssembly !== undefined && error instanceof webAssembly.RuntimeError);
}
