/** Rows of TypeScript values into the blocks of an Output: for operators whose rows are few. */
import type { Schema, SqlType } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { writeCell } from "../../expr/columns.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { Output, OutputContext } from "./output.ts";

const ARENA_BYTES = 65536;
const ARENA_SLACK = 16;

export class RowOutput {
  private readonly output: Output;
  private readonly context: OutputContext;
  private readonly schema: Schema;
  private readonly memory: EngineMemory;
  private arenaTop = 0;
  private arenaEnd = 0;

  constructor(output: Output, context: OutputContext, schema: Schema) {
    this.output = output;
    this.context = context;
    this.schema = schema;
    this.memory = context.memory;
  }

  /** `bound`: the watermark that causes the row (Output.written). */
  add(values: readonly Value[], change: number, bound: bigint): void {
    const block = this.output.room();
    let leaf = 0;
    this.schema.forEach((field, i) => {
      leaf = this.write(block, leaf, field.type, values[i] ?? null);
    });
    const { layout } = this.output;
    if (layout.change !== undefined) this.memory.u8[block.address + layout.change + block.rows] = change;
    this.output.written(block.rows + 1, bound);
  }

  /** Puts the rows out; strings live until the end of the run. */
  endRun(): void {
    this.arenaTop = 0;
    this.arenaEnd = 0;
  }

  private write(block: { address: number; rows: number }, leaf: number, type: SqlType, value: Value): number {
    const { layout } = this.output;
    const valid = layout.valid[leaf];
    if (valid !== undefined) this.memory.u8[block.address + valid + block.rows] = value === null ? 0 : 1;
    if (type.kind === "ROW") {
      let next = leaf + 1;
      type.fields.forEach((f, i) => {
        // A value of type ROW is an array, or NULL.
        const below = Array.isArray(value) ? ((value as readonly Value[])[i] ?? null) : null;
        next = this.write(block, next, f.type, below);
      });
      return next;
    }
    const data = layout.data[leaf];
    if (value !== null && data !== undefined) {
      writeCell(this.memory, block.address + data, type, block.rows, value, (bytes) => this.keep(bytes));
    }
    return leaf + 1;
  }

  private keep(bytes: Uint8Array): number {
    if (this.arenaTop + bytes.length > this.arenaEnd || this.arenaTop === 0) {
      const block = this.memory.allocate(Math.max(ARENA_BYTES, bytes.length + ARENA_SLACK), this.context.owner);
      this.context.releaseAfterRun(block);
      this.arenaTop = block;
      this.arenaEnd = block + this.memory.capacity(block) - ARENA_SLACK;
    }
    const at = this.arenaTop;
    this.memory.u8.set(bytes, at);
    this.arenaTop += bytes.length;
    return at;
  }
}
