/** Why a stage over keyed tables stops, and the words of its control block that say more. */
import { CTL_OWN, StageStatus } from "../../expr/emit/control.ts";

const { OPERATOR } = StageStatus;

export const Stop: Readonly<Record<"TABLE_FULL" | "ARENA_FULL" | "OPEN" | "LATE" | "BLOCK_FULL" | "MENDED", number>> = {
  /** The table at CTL_TABLE has no room for another slot. */
  TABLE_FULL: OPERATOR,
  /** The arena of the table at CTL_TABLE has no room for CTL_WANTED bytes. */
  ARENA_FULL: OPERATOR + 1,
  /** The row's pane is not open. */
  OPEN: OPERATOR + 2,
  /** The row is late, for some windows at least. */
  LATE: OPERATOR + 3,
  /** The block of rows put out is full. */
  BLOCK_FULL: OPERATOR + 4,
  /** A group that could not be put out can be now, or has gone. */
  MENDED: OPERATOR + 5,
};

/** The table that has no room (its control block), and how many bytes it wants. */
export const CTL_TABLE: number = CTL_OWN;
export const CTL_WANTED: number = CTL_OWN + 4;
/** First word that means something to one kind of stage only. */
export const CTL_REST: number = CTL_OWN + 8;
