/** The list of benchmark jobs. */
import { columnsJobs } from "./columns-jobs.ts";
import { fileJobs } from "./file-jobs.ts";
import type { Job } from "./job.ts";

export const jobs: readonly Job[] = [...columnsJobs, ...fileJobs];

export function jobNamed(name: string): Job {
  const job = jobs.find((each) => each.name === name);
  if (job === undefined) throw new Error(`no benchmark is called ${name}`);
  return job;
}
