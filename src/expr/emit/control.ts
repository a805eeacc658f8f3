/** The control block of a stage: what emitted code and its driver tell each other. Offsets in bytes, words of 32 bits. */
/** Why the stage stopped (u32): StageStatus, or the number of a row error (base/row-error.ts). */
export const CTL_STATUS = 0;
/** The arena: next free byte, end, and, where it was full, how many bytes were wanted. */
export const CTL_ARENA_TOP = 4;
export const CTL_ARENA_END = 8;
export const CTL_ARENA_WANTED = 12;
/** First word of the operator's own. */
export const CTL_OWN = 16;

/** Numbers between belong to row errors; an operator's own reasons start at OPERATOR. */
export const StageStatus = { DONE: 0, ARENA_FULL: 1, OPERATOR: 256 } as const;

/** Bytes behind the top that are always there, so that routines may write in steps of 16. */
export const ARENA_SLACK = 16;
/** Validity byte of a cell that emitted code leaves to `evaluate`; only inside computed columns. */
export const UNHANDLED = 255;
