/** Sessions that have closed: copies of their slots, until the end of the run puts them out. */
import type { StageControl } from "../../expr/emit/arena.ts";
import type { OperatorContext } from "../operator.ts";
import { CTL_FIRED, CTL_FIRED_END } from "./fields.ts";

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
