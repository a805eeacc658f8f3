/** The part of the WebAssembly JavaScript API that the engine uses; it is absent under --jitless. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}
export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}
export interface WasmApi {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => WasmInstance;
  readonly RuntimeError: ErrorConstructor;
}

// The compiler's lib without "dom" does not declare WebAssembly.
export const webAssembly: WasmApi | undefined = (globalThis as { WebAssembly?: WasmApi }).WebAssembly;
