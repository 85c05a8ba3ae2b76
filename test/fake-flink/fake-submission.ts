/** A job that is started from a jar, as the cluster's model has it. */

import type { FakeJobOptions } from './fake-job.ts';

export interface FakeSubmission {
  readonly jobId: string | undefined;
  /** The jar's name, without the part that is new for each upload. */
  readonly jar: string;
  readonly entryClass: string | undefined;
  readonly args: readonly string[];
  readonly parallelism: number | undefined;
  readonly config: Readonly<Record<string, string>>;
  readonly savepointPath: string | undefined;
  readonly restoreMode: string | undefined;
  readonly allowNonRestoredState: boolean | undefined;
}

/** What main() makes of the submission. */
export type FakeProgram = Omit<FakeJobOptions, 'jobId' | 'restoreFrom'>;

/** The name after `--name`, as the test job takes it, else the jar's. */
export function programOf({ args, jar }: FakeSubmission): FakeProgram {
  const at = args.indexOf('--name');
  return { name: (at < 0 ? undefined : args[at + 1]) ?? jar };
}

/** The id stands in the path, as `chk-7` or `savepoint-7`. */
export function restoreOf({ savepointPath: path }: FakeSubmission): FakeJobOptions['restoreFrom'] {
  return path === undefined ? undefined : { path, id: Number(/(\d+)\/?$/.exec(path)?.[1] ?? 1) };
}
