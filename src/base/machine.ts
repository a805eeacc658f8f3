/**
 * Time, waiting and chance, as the engine sees them: handed in, so that a test and the simulator can put their own under the
 * production code. Files are storage.ts.
 */

/** What a wall clock shows: it may be set forward and back. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  nowMicros(): bigint;
}

export interface Scheduler {
  /** Resolves after at least `ms` milliseconds; 0: after what else is ready to run. */
  sleep(ms: number): Promise<void>;
}

export interface Random {
  /** For hash tables, whose keys are untrusted. */
  hashSeed(): bigint;
  /** A name that nothing else has. */
  id(): string;
}
