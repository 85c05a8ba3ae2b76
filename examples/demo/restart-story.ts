/**
 * What happens in the demo with `--restart`, in order, and the sentence that explains each step. Every wait is bounded and
 * draws the table meanwhile. Called by `main.ts`, which starts and ends the programs.
 */

import { spawnSync } from 'node:child_process';
import { table } from '../../src/cli/table.ts';
import type { IncidentResource, IncidentStoryResource } from '../../src/http/incident-resources.ts';
import type { RunResource } from '../../src/http/resources.ts';
import { until } from '../../test/real-flink/until.ts';
import type { Alarm } from './alarm.ts';
import { reportChecks } from './checks.ts';
import { JOBS } from './flink.ts';
import { CLUSTER } from './configuration.ts';
import { PROGRAM } from './medic.ts';
import { restartChecksFor } from './restart-checks.ts';
import { type Cast, startJobs } from './story.ts';
import { timeline } from './timeline.ts';
import { newestRun, Watch } from './watch.ts';

const CHECKPOINTS = 3;
const CHECKPOINTS_WITHIN_MS = 60_000;
const FAILED_WITHIN_MS = 90_000;
const BACK_WITHIN_MS = 150_000;
const RESOLVED_WITHIN_MS = 60_000;

/**
 * @returns whether /metrics says all that it must, and the job's state came back
 * @throws when something does not happen in time, or the restart is refused
 */
export async function tellRestartStory(cast: Cast, alarm: Alarm): Promise<boolean> {
  const { flink, medic, screen } = cast;
  const watch = new Watch(medic, screen);
  await startJobs(cast, watch);
  await watch.until('checkpoints', CHECKPOINTS_WITHIN_MS, (job) => checkpointsOf(job(JOBS.fails)) >= CHECKPOINTS);

  screen.say(`
${JOBS.fails} has state and checkpoints. Now it gets a record that it cannot process; Flink restarts it three times and
gives it up:`);
  await flink.endTwoJobs();
  const runs = await watch.until('failed job', FAILED_WITHIN_MS, (job) => job(JOBS.fails)?.state === 'FAILED');
  const failed = newestRun(runs, JOBS.fails);
  if (failed === undefined) throw new Error('the failed run is gone');
  flink.mend();
  await alarm.raise(failed);
  screen.say(`
The record is taken away. ${alarm.isReal ? 'Prometheus sees the FAILED job, Alertmanager calls' : 'The demo calls'} flink-medic's webhook, and its policy
for ${JOBS.fails} says: start it again from its newest checkpoint. First it looks twice, ten seconds apart, whether the
job is really gone:`);
  let incident: IncidentResource | undefined;
  await watch.until('restarted job', BACK_WITHIN_MS, async () => {
    incident = (await medic.incidents()).find(({ job_id: id }) => id === failed.job_id);
    return incident?.closed !== undefined;
  });
  if (incident === undefined) throw new Error('the incident is gone');
  const story = await medic.incident(incident.id);
  screen.say(
    `\nWhat was done and why, as \`flink-medic incidents ${story.id}\` tells it:\n\n${told(medic.url, story.id)}`,
  );
  if (story.state !== 'succeeded') throw new Error(`the incident is ${story.state}, not succeeded`);

  const back = newestRun(await medic.jobs(), JOBS.fails);
  if (back === undefined || back.job_id === failed.job_id) throw new Error('the new run is gone');
  const counted = await flink.countsFrom();
  screen.say(`\n${runsOf([failed, back], story)}`);
  if (counted === 0) screen.say('FAILED  The new run began to count at 0: its state is lost.');
  else if (counted !== undefined) screen.say(`The new run counts on from ${counted}: its state is back.`);
  const seen = (await medic.explain(failed.job_id))?.history.find(({ event }) => event === 'ended')?.time;
  screen.say(`\nFrom the end of the run to RUNNING:\n\n${timeline(story, seen)}`);

  await until('resolved alert', () => alarm.isOver(), { within: RESOLVED_WITHIN_MS });
  if (alarm.isReal) screen.say('\nThe alert has resolved by itself: a newer run replaced the failed one.');
  screen.say('\nWhat Prometheus reads now, line by line:');
  const [before = failed] = (await medic.jobs()).filter(({ job_id: id }) => id === failed.job_id);
  const right = reportChecks(restartChecksFor(CLUSTER, before, back), await medic.metrics(), screen);
  return right && counted !== 0;
}

function checkpointsOf(run: RunResource | undefined): number {
  return run?.checkpoints_completed ?? 0;
}

/** The runs of the job, oldest first, and what the new one began with. */
function runsOf(runs: readonly RunResource[], { attempts }: IncidentStoryResource): string {
  const restored = new Map(attempts.map(({ request }) => [request.job_id, request.restore]));
  const rows = runs.map((run) => {
    const from = restored.get(run.job_id);
    const checkpoint = from?.checkpoint_id === undefined ? from?.path : `checkpoint ${from.checkpoint_id}`;
    return [run.job_name, run.job_id, run.state, checkpoint ?? ''];
  });
  return table(['JOB', 'RUN', 'STATE', 'RESTORED FROM'], rows);
}

/** The command that people type. */
function told(server: string, incident: number): string {
  const args = [PROGRAM, 'incidents', String(incident), `--server.url=${server}`];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`.trimEnd();
}
