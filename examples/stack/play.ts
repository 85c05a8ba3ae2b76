/**
 * What `--once` plays, in order, with the sentence that explains each act and the facts that must hold. Called by
 * `main.ts`, which starts and ends the programs.
 */

import type { JobControl } from '../../test/real-flink/jobs/counting-job.ts';
import { CLUSTER } from '../demo/configuration.ts';
import type { Gate } from './gate.ts';
import { JOBS } from './jobs.ts';
import type { Witnesses } from './witnesses.ts';

export interface Cast {
  readonly flink: {
    submit(name: string): Promise<string>;
    cancel(jobId: string): Promise<void>;
    control(name: string): JobControl;
  };
  readonly gate: Pick<Gate, 'cut' | 'mend'>;
  readonly witnesses: Witnesses;
  readonly say: (text: string) => void;
}

const PAGER = ['pager'];
const MEDIC_AND_PEOPLE = ['flink-medic', 'people'];

/** What is wrong is said by `witnesses`. @throws when Flink does not obey */
export async function play(cast: Cast): Promise<void> {
  for (const act of [missing, failed, restarted, exhausted, twice, unreachable]) await act(cast);
}

async function missing({ say, witnesses }: Cast): Promise<void> {
  const job = { job_name: JOBS.missing };
  say(`\n${JOBS.missing} should always run, and nobody has started it:\n`);
  await witnesses.metric(`flink_job_expected{job_name="${JOBS.missing}"} == 1`);
  await witnesses.alert('FlinkJobMissing', job, PAGER);
}

/** All three fail now, so that their stories are told in the time of one. */
async function failed({ say, flink, witnesses }: Cast): Promise<void> {
  const { unattended, repaired, hopeless } = JOBS;
  say(`
${unattended}, ${repaired} and ${hopeless} get a record that they cannot process. Flink restarts each three times and gives it up.
No restart policy matches ${unattended}, so that people are called at once:\n`);
  for (const name of [unattended, repaired, hopeless]) flink.control(name).order('fail-for-good');
  await witnesses.metric(`flink_job_final_status{job_name="${repaired}",status="FAILED"} == 1`);
  flink.control(repaired).takeBack('fail-for-good');
  await witnesses.metric(`flink_job_final_status{job_name="${unattended}",status="FAILED"} == 1`);
  await witnesses.alert('FlinkJobFailed', { job_name: unattended }, PAGER);
}

async function restarted({ say, flink, witnesses }: Cast): Promise<void> {
  const name = JOBS.repaired;
  const job = { job_name: name };
  say(`\nThe record of ${name} is taken away. flink-medic is asked to bring it back:\n`);
  await witnesses.alert('FlinkJobRepairWanted', job, MEDIC_AND_PEOPLE);
  await witnesses.answered(name);
  await witnesses.incident(name, 'succeeded, and the job has its state', async ({ state, attempts }) => {
    const counted = (await flink.control(name).resumedFrom()).at(-1) ?? 0;
    const restore = attempts[0]?.request.restore;
    if (state !== 'succeeded' || counted === 0) return undefined;
    return `attempt 1, from checkpoint ${restore?.checkpoint_id ?? '?'}; it counts on from ${counted}`;
  });
  await witnesses.metric(`flink_medic_restart_attempts_total{job_name="${name}",result="succeeded"} == 1`);
  await witnesses.metric(`flink_job_live_runs{job_name="${name}"} == 1`);
  await witnesses.resolved('FlinkJobRepairWanted', job);
  const pages = `ALERTS{alertstate="firing",severity="critical",job_name="${name}"}`;
  await witnesses.metric(`absent_over_time(${pages}[1h])`);
}

async function exhausted({ say, witnesses }: Cast): Promise<void> {
  const name = JOBS.hopeless;
  say(`\n${name} fails again after its one restart, and flink-medic gives it to people:\n`);
  await witnesses.answered(name);
  await witnesses.incident(name, 'is exhausted after one attempt', ({ state, reason, attempts }) =>
    state === 'exhausted' && attempts.length === 1 ? `${reason ?? ''}; attempt 1: ${attempts[0]?.failure}` : undefined,
  );
  await witnesses.metric(`flink_medic_incident{job_name="${name}",state="exhausted"} == 1`);
  await witnesses.metric(`flink_medic_restart_budget_remaining{job_name="${name}"} == 0`);
  await witnesses.alert('FlinkJobRepairFailed', { job_name: name, state: 'exhausted' }, PAGER);
}

async function twice({ say, flink, witnesses }: Cast): Promise<void> {
  const name = JOBS.expected;
  say(`\nSomebody starts ${name} a second time:\n`);
  const second = await flink.submit(name);
  await witnesses.metric(`flink_job_live_runs{job_name="${name}"} == 2`);
  await witnesses.alert('FlinkJobRunsTwice', { job_name: name }, PAGER);
  await flink.cancel(second);
}

async function unreachable({ say, flink, gate, witnesses }: Cast): Promise<void> {
  const name = JOBS.unseen;
  const cluster = { flink_cluster: CLUSTER };
  say(`
The network between flink-medic and the JobManager is cut. What that explains is muted:\n`);
  await gate.cut();
  await witnesses.metric('flink_cluster_up == 0');
  await witnesses.alert('FlinkJobManagerDown', cluster, PAGER);
  await witnesses.muted('FlinkJobMissing', { job_name: JOBS.missing }, 'FlinkJobManagerDown');
  say(`
Now ${name} fails. Only its archive tells, and the trigger arrives all the same:\n`);
  flink.control(name).order('fail-for-good');
  await witnesses.metric(`flink_job_final_status{job_name="${name}",status="FAILED",source="archive"} == 1`);
  await witnesses.alert('FlinkJobRepairWanted', { job_name: name }, MEDIC_AND_PEOPLE);
  await witnesses.answered(name);
  await witnesses.incident(name, 'waits, because nobody can say whether the job runs', ({ state, reason }) =>
    state === 'deferred' && reason === 'cannot_verify' ? `${state} (${reason})` : undefined,
  );
  await witnesses.alert('FlinkJobManagerDown', cluster, PAGER);
  say(`\nThe network and ${name} are mended:\n`);
  flink.control(name).takeBack('fail-for-good');
  await gate.mend();
  await witnesses.incident(name, 'succeeded', ({ state, attempts }) =>
    state === 'succeeded' ? `attempt ${attempts.length}` : undefined,
  );
  await witnesses.resolved('FlinkJobManagerDown', cluster);
  await witnesses.resolved('FlinkJobRepairWanted', { job_name: name });
  await witnesses.resolved('FlinkJobRunsTwice', { job_name: JOBS.expected });
}
