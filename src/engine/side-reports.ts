/** Tells a program of bad, failed and late rows as they come; with a state directory when their epoch is durable, and once. */
import type { OpenOptions } from "../api.ts";
import type { SideTable } from "../runtime/accounting/side-table.ts";
import { toObject } from "../runtime/outputs/rows-to-js.ts";

export class SideReports {
  private readonly tell: OpenOptions["onSideRow"];
  private readonly isHeld: boolean;
  private held: (() => void)[] = [];

  constructor(tell: OpenOptions["onSideRow"], isHeld: boolean) {
    this.tell = tell;
    this.isHeld = isHeld;
  }

  /** Of what comes into a table from now on. `isHeld`: not before `publish`. */
  of(side: SideTable, isHeld: boolean = this.isHeld): void {
    const { tell } = this;
    if (tell === undefined) return;
    side.onRow((row) => {
      const now = (): void => tell(side.name, toObject(side.schema, row));
      if (isHeld) this.held.push(now);
      else now();
    });
  }

  /** An epoch is durable. One that is gone through again has been told. */
  publish(isAgain: boolean): void {
    const { held } = this;
    this.held = [];
    if (!isAgain) for (const now of held) now();
  }
}
