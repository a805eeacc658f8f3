/**
 * A job: the queries of one file (or one call), the readers they share, and the loop that takes rows through them in
 * the order of rule T13 and cuts epochs. One job is sequential; it lets others run between steps.
 */
import type { Clock, Scheduler } from "../../base/machine.ts";
import { BadDataError } from "../bad-data.ts";
import type { JobDurability, SavedJob } from "../durability/job-durability.ts";
import type { JobState, TakenMeta } from "../durability/job-state.ts";
import type { InputMark } from "../durability/records.ts";
import type { Pipeline } from "../pipeline.ts";
import type { TableInput } from "../sources/table-input.ts";
import { Redo } from "./turns/redo.ts";
import { type Step, Turns, type TurnsOptions } from "./turns/turns.ts";

/** Rows after which the job lets the rest of the process have its turn. */
const TURN_ROWS = 65_536;

export interface JobOptions extends TurnsOptions {
  /** Those that were not stopped. */
  readonly pipelines: () => readonly Pipeline[];
  readonly clock: Clock & Scheduler;
  /** The rows of VALUES lists. */
  pushValues(pipeline: Pipeline): void;
  /** What ends the job early, told before anyone who waits for its rows learns that it is gone. */
  failed(error: unknown): void;
  /** After every epoch: what was put out becomes visible. `mark`: what the job has taken in; `isEnd`: all there is. */
  endEpoch(mark: InputMark, isEnd: boolean): void | Promise<void>;
  /** Where the job has been in the life of an earlier process. */
  readonly durability: JobDurability | undefined;
  /** The state of its queries and inputs, with what was taken in up to an epoch. */
  saveState(epoch: number, taken: TakenMeta): JobState;
  restoreState(state: JobState): void;
  /** The job has what it needs, and is where an earlier process was. */
  begun(): void;
  /** Resolves when whoever takes the rows has room for more; undefined: there is room. */
  whenRoom(): Promise<unknown> | undefined;
}

/** Something that is done between two steps. */
interface Request {
  readonly action: () => void | Promise<void>;
  readonly done: PromiseWithResolvers<unknown>;
}

export class Job {
  private readonly options: JobOptions;
  private readonly turns: Turns;
  private sinceTurn = 0;
  private stopping = false;
  private hasEnded = false;
  private readonly requests: Request[] = [];
  private wakeUp: (() => void) | undefined;
  epochs = 0;

  constructor(options: JobOptions) {
    this.options = options;
    this.turns = new Turns(options);
  }

  /** Finishes the epoch and leaves watermarks where they are (T5). */
  drain(): void {
    this.stopping = true;
    this.disturb();
  }

  /** Does `action` after an epoch, when no step is under way; resolves when it is done. */
  async between(action: () => void | Promise<void>): Promise<void> {
    if (this.hasEnded) {
      await action();
      return;
    }
    const done = Promise.withResolvers<unknown>();
    this.requests.push({ action, done });
    this.disturb();
    await done.promise;
  }

  /** Whoever waits has something else to do first. */
  private disturb(): void {
    this.wakeUp?.();
    this.options.feeds.wake();
  }

  private disturbed(): Promise<void> {
    if (this.stopping || this.requests.length > 0) return Promise.resolve();
    return new Promise<void>((resolve) => (this.wakeUp = resolve));
  }

  private async serve(): Promise<void> {
    for (const { action, done } of this.requests.splice(0)) {
      // An action that fails is the error of who asked for it.
      await new Promise<void>((resolve) => resolve(action())).then(done.resolve, done.reject);
    }
  }

  /** No query reads the input any more. */
  abandon(input: TableInput): Promise<void> {
    return this.turns.abandon(input);
  }

  /** Runs until all inputs have ended, or a drain. */
  async run(): Promise<void> {
    try {
      const { durability } = this.options;
      await this.turns.open(durability?.start);
      if (durability !== undefined) await this.beginDurable(durability);
      for (const pipeline of this.options.pipelines()) {
        pipeline.attempt(() => this.options.pushValues(pipeline));
      }
      if (durability !== undefined) await this.goThroughAgain(durability);
      this.options.begun();
      while ((!this.stopping || this.mustGoOn) && this.isWanted()) {
        if (this.requests.length > 0 && !this.mustGoOn) {
          await this.cutEpoch();
          await this.serve();
          continue;
        }
        const before = this.turns.partitions.sequence;
        const step = this.turns.step();
        this.sinceTurn += Number(this.turns.partitions.sequence - before);
        if (step === "ended") break;
        if (step === "ran") {
          if (this.turns.isEpochFull || this.sinceTurn >= TURN_ROWS) await this.turn();
        } else if (step === "settle") await this.cutEpoch();
        else await this.wait(step);
      }
      await this.cutEpoch(!this.stopping);
      durability?.end(this.options.saveState(this.epochs, this.turns.partitions.save()));
    } catch (error) {
      // What came before the bad record is put out: it does not depend on where a run would have ended.
      if (error instanceof BadDataError) await this.cutEpoch();
      this.options.failed(error);
      throw error;
    } finally {
      await this.turns.close();
      this.hasEnded = true;
      await this.serve();
    }
  }

  private async beginDurable(durability: JobDurability): Promise<void> {
    await durability.begin(this.turns.partitions.starts);
    const { saved } = durability;
    if (saved !== undefined) {
      this.turns.partitions.restore(saved.meta.taken);
      this.epochs = saved.meta.epoch;
      this.options.restoreState(saved);
    }
    durability.takenUp();
  }

  /** The epochs that an earlier process was in. */
  private async goThroughAgain(durability: JobDurability): Promise<void> {
    const redo = new Redo(this.turns);
    for (let again = durability.next; again !== undefined; again = durability.next) {
      this.epochs = again.epoch - 1;
      await redo.epoch(again);
      await this.cutEpoch();
      await this.options.clock.sleep(0);
    }
    await durability.caughtUp((capture) => this.saved(capture));
  }

  /** What `capture` makes of the state between two epochs; undefined: the job has ended. */
  private async saved(capture: (state: JobState) => SavedJob): Promise<SavedJob | undefined> {
    const slot: { saved?: SavedJob } = {};
    await this.between(() => {
      if (this.hasEnded) return;
      slot.saved = capture(this.options.saveState(this.epochs, this.turns.partitions.save()));
    });
    return slot.saved;
  }

  /** Whether a query is left for which to read on: an input without end would be read for ever for none. */
  private isWanted(): boolean {
    return this.options.pipelines().some((p) => p.isActive);
  }

  /** What a life shows must not depend on where it ended, so an epoch that is cut by position has all its rows. */
  private get mustGoOn(): boolean {
    return this.options.durability !== undefined && this.turns.isInsideEpoch;
  }

  private async turn(): Promise<void> {
    if (this.turns.isEpochFull) await this.epochAndRoom();
    if (this.sinceTurn < TURN_ROWS) return;
    this.sinceTurn = 0;
    await this.options.clock.sleep(0);
  }

  private async wait({ epoch, until, forMs }: Exclude<Step, string>): Promise<void> {
    if (epoch) await this.epochAndRoom();
    // A read that nobody else waits for is waited for to its end.
    if (until !== undefined && !epoch) {
      await until;
      return;
    }
    this.sinceTurn = 0;
    const first = this.mustGoOn ? [] : [this.disturbed()];
    if (until !== undefined) first.push(until.then(() => undefined));
    if (forMs !== undefined) first.push(this.options.clock.sleep(forMs));
    await Promise.race(first);
  }

  /** Cuts an epoch, then waits for those who take its rows. */
  private async epochAndRoom(): Promise<void> {
    await this.cutEpoch();
    for (;;) {
      const room = this.options.whenRoom();
      if (room === undefined || this.stopping || this.requests.length > 0) return;
      await Promise.race([room, this.disturbed()]);
    }
  }

  private async cutEpoch(isEnd = false): Promise<void> {
    this.turns.beginEpoch();
    this.epochs++;
    for (const pipeline of this.options.pipelines()) pipeline.attempt(() => pipeline.endEpoch());
    await this.options.endEpoch(this.turns.partitions.mark(), isEnd);
  }
}
