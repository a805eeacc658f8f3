/** The tables that a program puts rows into: those without a connector, found by name, as long as their input has not ended. */
import { didYouMean, SqlError } from "../base/error.ts";
import type { TablePlan } from "../operators/physical.ts";
import type { Feed } from "../runtime/sources/feed.ts";
import type { FeedLog } from "../runtime/sources/feed-log.ts";
import type { Failures } from "./failures.ts";

/** `hasEnded`: no more rows may come (`endInput`). */
export function fedTable(tables: ReadonlyMap<string, TablePlan>, name: string, hasEnded: boolean): TablePlan {
  const plan = tables.get(name) ?? [...tables.values()].find((t) => t.name.toLowerCase() === name.toLowerCase());
  if (plan === undefined) {
    const names = [...tables.keys()];
    throw new SqlError("UNKNOWN_TABLE", undefined, { name, tables: names }, didYouMean(name, names));
  }
  if (plan.connector !== undefined) {
    throw new SqlError("WRONG_OBJECT", undefined, {
      name,
      actual: "table with a connector",
      expected: "table without one",
    });
  }
  if (hasEnded) throw new SqlError("INPUT_ENDED", undefined, { table: plan.name });
  return plan;
}

/**
 * Resolves when every query has taken the rows, and they are durable; rejects with what failed meanwhile, of the queries that
 * read the table. `durable` waits for the second, where something outlives the process.
 */
export async function putRows(
  log: FeedLog,
  feed: Feed,
  failures: Failures,
  durable: (() => Promise<void>) | undefined,
): Promise<void> {
  const before = failures.count;
  const end = log.append(feed);
  while (!log.consumed(end) && failures.fatal === undefined) await log.changed();
  // Also where a query has failed: the rows are in the table all the same.
  if (durable !== undefined) await durable();
  failures.throwOfReaders(feed.table, before);
}
