/** Waiting before the eyes of people: the table goes on while something is waited for. Used by the story and by `main.ts`. */

import type { RunResource } from '../../src/http/resources.ts';
import { until } from '../../test/real-flink/until.ts';
import type { Screen } from './screen.ts';

const POLL_MS = 250;

/** The newest run of a job, by its name. */
type JobOf = (name: string) => RunResource | undefined;

export function newestRun(runs: readonly RunResource[], name: string): RunResource | undefined {
  const ofName = runs.filter(({ job_name }) => job_name === name);
  return ofName.toSorted((a, b) => a.start.localeCompare(b.start)).at(-1);
}

export class Watch {
  readonly #medic: { jobs(): Promise<readonly RunResource[]> };
  readonly #screen: Pick<Screen, 'show'>;

  constructor(medic: { jobs(): Promise<readonly RunResource[]> }, screen: Pick<Screen, 'show'>) {
    this.#medic = medic;
    this.#screen = screen;
  }

  /**
   * @param what completes "no … within 60000 ms", which is thrown
   * @param within milliseconds
   * @returns the jobs as they were shown when they were as wanted
   */
  until(
    what: string,
    within: number,
    wanted: (job: JobOf) => boolean | Promise<boolean>,
  ): Promise<readonly RunResource[]> {
    const probe = async (): Promise<readonly RunResource[] | false> => {
      const jobs = await this.#medic.jobs();
      this.#screen.show(jobs);
      return (await wanted((name) => newestRun(jobs, name))) && jobs;
    };
    return until(what, probe, { within, every: POLL_MS });
  }

  /** @param duration milliseconds */
  async during(duration: number): Promise<void> {
    const end = performance.now() + duration;
    await this.until('end', Number.POSITIVE_INFINITY, () => performance.now() >= end);
  }
}
