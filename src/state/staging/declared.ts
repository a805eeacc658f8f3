/** The state that an operator declares while it is opened: all that it may keep beyond an epoch. */
import type { StatePart } from "./part.ts";

export class DeclaredState {
  private readonly declared: StatePart[] = [];
  private isOpened = false;

  /** Throws a TypeError where the operator is open already, and for a name that another part has. */
  add(parts: readonly StatePart[]): void {
    if (this.isOpened) throw new TypeError("an operator declares its state while it is opened");
    for (const part of parts) {
      if (this.declared.some(({ name }) => name === part.name)) throw new TypeError(`two states named "${part.name}"`);
      this.declared.push(part);
    }
  }

  /** The operator is open. What it has declared, in the order in which it is restored. */
  opened(): readonly StatePart[] {
    this.isOpened = true;
    return this.declared;
  }
}
