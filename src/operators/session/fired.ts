/** Sessions that have closed: copies of their slots, until the end of the run puts them, or the rows that they hold, out. */
import type { StageControl } from "../../expr/emit/arena.ts";
import { StageStatus } from "../../expr/emit/control.ts";
import { Stop } from "../aggregation/stops.ts";
import { call, type Functions } from "../aggregation/tables.ts";
import type { OperatorContext } from "../operator.ts";
import type { Output } from "../rows/output.ts";
import { CLOSE_LESS, CTL_FIRED, CTL_FIRED_END, CTL_ROWS, SessionStop } from "./fields.ts";

export class FiredSessions {
  private readonly context: OperatorContext;
  private readonly control: StageControl;
  private readonly stride: number;
  private block = 0;

  constructor(context: OperatorContext, control: StageControl, stride: number) {
    this.context = context;
    this.control = control;
    this.stride = stride;
    this.block = context.memory.allocate(1, context.owner);
    this.clear();
  }

  /** Where they lie, side by side. */
  get address(): number {
    return this.block;
  }
  get count(): number {
    return (this.control.word(CTL_FIRED) - this.block) / this.stride;
  }

  clear(): void {
    this.control.setWord(CTL_FIRED, this.block);
    this.control.setWord(CTL_FIRED_END, this.block + this.context.memory.capacity(this.block));
  }

  /** Room for twice as many sessions as there are. */
  grow(): void {
    const { memory, owner } = this.context;
    const used = this.control.word(CTL_FIRED) - this.block;
    const next = memory.allocate(2 * memory.capacity(this.block), owner);
    memory.u8.copyWithin(next, this.block, this.block + used);
    memory.release(this.block);
    this.block = next;
    this.clear();
    this.control.setWord(CTL_FIRED, next + used);
  }
}

export interface Putting {
  readonly functions: Functions;
  /** The stage that puts out: (list, from, to, limit, block, ctl) -> where it stopped. */
  readonly stage: string;
  readonly control: StageControl;
  readonly output: Output;
}

/**
 * Puts out what `bound` closes of a list: all from `from` to `to`, but of a sorted list up to what closes later. `stopped`
 * answers any other reason to stop with where to go on. Returns the first that was not put out.
 */
export function putClosed(
  { functions, stage, control, output }: Putting,
  list: number,
  [from, to]: readonly [from: number, to: number],
  bound: bigint,
  stopped: (status: number, at: number) => number,
): number {
  for (let at = from; ; ) {
    const block = output.room();
    control.setWord(CTL_ROWS, block.rows);
    at = call(functions, stage, list, at, to, bound + CLOSE_LESS, block.address, control.at);
    output.written(control.word(CTL_ROWS), bound);
    const status = control.status();
    if (status === StageStatus.DONE || status === SessionStop.NEXT_BOUND) return at;
    if (status !== Stop.BLOCK_FULL) at = stopped(status, at);
  }
}
