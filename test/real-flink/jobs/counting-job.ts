/**
 * The test job as a test sees it: arguments, submission, and orders through its control folder (which only reach a
 * TaskManager on this machine). Called by tests, `record.ts` and the demo.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../cluster.ts';
import type { Submission } from '../rest.ts';
import { buildCountingJob } from './build.ts';

/** `fail`: once. `fail-for-good`: in every attempt until taken back. `finish`: counts the rest without pause. */
export type Order = 'fail' | 'fail-for-good' | 'finish';

export interface CountingJob {
  readonly name: string;
  /** Records to count, 20 a second and parallel task; enough for hours unless told. */
  readonly records?: number;
  /** Milliseconds that a task takes to end, also when it is cancelled; 0 unless told. */
  readonly closeMs?: number;
  /** That of an earlier run, to go on with its orders; a new one unless given. */
  readonly control?: JobControl;
}

/** What an order is given to, and where the job says what it did. */
export class JobControl {
  readonly folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
  }

  order(order: Order): void {
    writeFileSync(join(this.folder, order), '');
  }

  takeBack(order: Order): void {
    rmSync(join(this.folder, order), { force: true });
  }

  /** The counts that it began with, oldest first: one for each start, 0 where there was no state. */
  async resumedFrom(): Promise<number[]> {
    const text = await readFile(join(this.folder, 'resumed'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean).map(Number);
  }
}

/** The job's command line. */
export function countingJobArgs(control: JobControl, { name, records = 200_000, closeMs = 0 }: CountingJob): string[] {
  return ['--name', name, '--control', control.folder, '--records', `${records}`, '--close-ms', `${closeMs}`];
}

/** Compiles (once per machine), uploads and runs it. Throws RestError when Flink refuses. */
export async function submitCountingJob(
  cluster: Cluster,
  job: CountingJob,
  how: Omit<Submission, 'jar' | 'args'> = {},
): Promise<{ readonly id: string; readonly control: JobControl }> {
  const control = job.control ?? new JobControl(mkdtempSync(join(cluster.directory, 'control-')));
  const jar = await buildCountingJob(cluster.flink);
  const id = await cluster.rest.submit({ ...how, jar, args: countingJobArgs(control, job) });
  return { id, control };
}
