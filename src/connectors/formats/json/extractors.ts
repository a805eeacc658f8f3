/**
 * The extractor of a source, shared by its partitions: emitted from the layouts that the data has shown so far, and
 * again when others turn out to be frequent.
 */
import type { Fn } from "../../../wasm/ir.ts";
import type { EngineMemory } from "../../../wasm/memory.ts";
import { compileFunction, type WasmFunction } from "../../../wasm/module.ts";
import { canExtract, type ExtractorShape, emitJsonExtractor } from "./extract.ts";
import type { Layout } from "./layout.ts";

const LAYOUTS_MAX = 12;
const COMPILES_MAX = 8;

export class JsonExtractors {
  readonly shape: ExtractorShape;
  /** What runs now; undefined while there is no layout. */
  run: WasmFunction | undefined;
  /** For EXPLAIN and tests: the function as IR. */
  code: Fn | undefined;
  private readonly memory: EngineMemory;
  private readonly layouts = new Map<string, Layout>();
  private compiles = 0;

  constructor(memory: EngineMemory, shape: ExtractorShape) {
    this.memory = memory;
    this.shape = shape;
  }

  /** Whether more layouts would be taken. */
  get isOpen(): boolean {
    return this.compiles < COMPILES_MAX && this.layouts.size < LAYOUTS_MAX;
  }

  /** Takes in the layouts of a sample of records that no extractor took: those seen more than once, the most frequent first. */
  add(sample: readonly Layout[]): void {
    const counts = new Map<string, number>();
    const found = new Map<string, Layout>();
    for (const layout of sample) {
      counts.set(layout.key, (counts.get(layout.key) ?? 0) + 1);
      found.set(layout.key, layout);
    }
    const wanted = [...counts]
      .filter(([key, count]) => !this.layouts.has(key) && (count > 1 || sample.length < 4))
      .sort((a, b) => b[1] - a[1]);
    let added = false;
    for (const [key] of wanted) {
      const layout = found.get(key);
      if (layout === undefined || !this.isOpen || !canExtract(layout, this.shape.leaves)) continue;
      this.layouts.set(key, layout);
      added = true;
    }
    if (!added) return;
    this.compiles += 1;
    this.code = emitJsonExtractor([...this.layouts.values()], this.shape);
    this.run = compileFunction(this.memory, this.code);
  }
}
