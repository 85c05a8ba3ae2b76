/**
 * What happens in the demo, in order, and the sentence that explains each step. Every wait is bounded and draws the table
 * meanwhile. Called by `main.ts`, which starts and ends the programs.
 */

import type { RunResource } from '../../src/http/resources.ts';
import { checksFor, reportChecks } from './checks.ts';
import { type DemoFlink, JOBS } from './flink.ts';
import { CLUSTER } from './configuration.ts';
import type { Medic } from './medic.ts';
import type { Screen } from './screen.ts';
import { Watch } from './watch.ts';

const STARTED_WITHIN_MS = 60_000;
const ENDED_WITHIN_MS = 90_000;
const LOST_WITHIN_MS = 30_000;
/** For people to look at Flink's page before it goes. */
const LOOK_MS = 20_000;

export interface Cast {
  readonly flink: DemoFlink;
  readonly medic: Medic;
  readonly screen: Screen;
}

/**
 * @param look leaves people time to look around before the JobManager is killed
 * @returns whether /metrics says all that it must
 * @throws when something does not happen in time
 */
export async function tellStory({ flink, medic, screen }: Cast, look: boolean): Promise<boolean> {
  const watch = new Watch(medic, screen);
  await startJobs({ flink, medic, screen }, watch);

  screen.say(`
${JOBS.finishes} gets its last record; ${JOBS.fails} gets one that it cannot process. Flink restarts it three times
(its own counter lags up to ten seconds):`);
  const ended = watch.until('end of two jobs', ENDED_WITHIN_MS, (job) => {
    const { finishes, fails } = JOBS;
    return job(finishes)?.state === 'FINISHED' && job(fails)?.state === 'FAILED' && hasStory(job(fails));
  });
  const [before] = await Promise.all([ended, flink.endTwoJobs()]);
  screen.say(`
Two jobs have ended. How, and who said so (source), is in flink-medic's ledger from now on.`);
  if (look) {
    screen.say(`In ${LOOK_MS / 1000} seconds the JobManager is killed.`);
    await watch.during(LOOK_MS);
  }

  await flink.killJobManager();
  screen.say(`
The JobManager ${flink.isReal ? 'was killed (SIGKILL)' : 'breaks all connections, as if killed'}. Nobody can see ${JOBS.runs} now, so it is UNKNOWN and not failed; the others stay as they ended:`);
  await watch.until(
    `UNKNOWN ${JOBS.runs}`,
    LOST_WITHIN_MS,
    (job) => job(JOBS.runs)?.reason === 'jobmanager_unreachable',
  );

  screen.say('\nWhat Prometheus reads now, line by line:');
  return reportChecks(checksFor(CLUSTER, before), await medic.metrics(), screen);
}

/** @returns when all three run */
export async function startJobs({ flink, screen }: Cast, watch: Watch): Promise<void> {
  screen.say(`
${JOBS.runs} will run, ${JOBS.finishes} will finish, ${JOBS.fails} will fail until Flink gives it up. Three jobs are submitted:`);
  await flink.submitJobs();
  await watch.until('three running jobs', STARTED_WITHIN_MS, (job) =>
    Object.values(JOBS).every((name) => isRunning(job(name))),
  );
}

function isRunning(run: RunResource | undefined): boolean {
  return run?.state === 'RUNNING';
}

/** Flink's counters are a few seconds old when a job ends; flink-medic asks again, and reads the archive. */
function hasStory(run: RunResource | undefined): boolean {
  return run?.restarts === 3 && run.last_failure !== undefined;
}
