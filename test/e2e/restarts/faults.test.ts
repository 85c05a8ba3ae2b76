/** What goes wrong around a submission: never a second copy, and the job comes back wherever that can be known. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import type { Fault } from '../../fake-flink/faults.ts';
import { programOf } from '../../fake-flink/fake-submission.ts';
import { temporaryFolder } from '../support/medic.ts';
import { Repair } from './repair.ts';

const RUN = '/jars/:jarid/run';
const UPLOAD = '/jars/upload';

/** Real time: `submit_timeout`, and something that is longer. */
const TIMEOUT = '1s';
const TOO_LONG_MS = 1_300;

interface Scene {
  readonly repair: Repair;
  readonly cluster: FakeCluster;
  readonly failed: FakeJob;
  /** Job ids that were accepted, and how many copies of the job were alive right after. */
  readonly accepted: { readonly jobId: string; readonly alive: number }[];
}

/** A failed job whose policy has a short time-out. */
async function scene(options: { budget?: object; driver?: object } = {}): Promise<Scene> {
  const jar = join(temporaryFolder(), 'orders.jar');
  writeFileSync(jar, 'a jar');
  const repair = await Repair.start({
    policy: {
      driver: { flink_rest: { jar, args: ['--name', 'orders'], submit_timeout: TIMEOUT } },
      confirm: { running_for: '1s', checkpoint: false, timeout: '1m' },
      ...options,
    },
  });
  const { cluster } = repair;
  const accepted: { jobId: string; alive: number }[] = [];
  const failed = await repair.failed();
  cluster.onSubmit = (job) => {
    job.run();
    accepted.push({ jobId: job.jobId, alive: alive(cluster) });
  };
  return { repair, cluster, failed, accepted };
}

function alive(cluster: FakeCluster): number {
  return cluster.jobs.filter(({ name, endTime }) => name === 'orders' && endTime === undefined).length;
}

/** Every request that could start a job has had its time, and so has flink-medic to do something wrong. */
async function settled({ repair }: Scene): Promise<void> {
  await repair.medic.advance(30_000);
}

describe('a submission whose answer does not tell', () => {
  const after: readonly [string, Fault][] = [
    ['late, beyond our time-out', { kind: 'delay', ms: TOO_LONG_MS }],
    ['never', { kind: 'hang' }],
    ['with a reset connection', { kind: 'reset' }],
    ['in half', { kind: 'cut' }],
    ['with 400', { kind: 'status', status: 400 }],
    ['with 404', { kind: 'status', status: 404 }],
    ['with 408', { kind: 'status', status: 408 }],
    ['with 500', { kind: 'status', status: 500 }],
    ['with 502', { kind: 'status', status: 502 }],
    ['with 503', { kind: 'status', status: 503 }],
    ['with 504', { kind: 'status', status: 504 }],
    ['with a page of a proxy', { kind: 'body', body: '<html>' }],
    ['with another job id', { kind: 'body', body: JSON.stringify({ jobid: 'f'.repeat(32) }) }],
  ];
  it.each(after)('was accepted and answered %s: the run is found', async (_name, fault) => {
    const at = await scene();
    const { repair, failed, accepted } = at;
    repair.jobManager.faults.set(RUN, fault, 1);
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(accepted).toEqual([{ jobId: attempts[0]?.request.job_id, alive: 1 }]);
    expect(repair.jobManager.count(RUN)).toBe(1);
  });

  const before: readonly [string, Fault][] = [
    ['reset', { kind: 'reset', before: true }],
    ['answered with 500', { kind: 'status', status: 500, before: true }],
    ['answered with 503', { kind: 'status', status: 503, before: true }],
    ['swallowed', { kind: 'hang', before: true }],
  ];
  it.each(before)('came to nothing, %s: it is sent again under the same id', async (_name, fault) => {
    const at = await scene();
    const { repair, failed, accepted } = at;
    repair.jobManager.faults.set(RUN, fault, 1);
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(attempts).toHaveLength(1);
    expect(accepted).toEqual([{ jobId: attempts[0]?.request.job_id, alive: 1 }]);
    expect(repair.jobManager.count(RUN)).toBe(2);
  });
});

/** A request of ours that somebody held up on its way gets through after all. */
function getsThrough({ cluster }: Scene, jobId: string): void {
  const submission = { jar: '', entryClass: undefined, args: ['--name', 'orders'], parallelism: 1, config: {} };
  const restore = { savepointPath: undefined, restoreMode: undefined, allowNonRestoredState: undefined };
  const late = { ...submission, ...restore, jobId };
  cluster.accept(late, programOf(late));
}

describe('a submission that is held up on its way', () => {
  it.each([
    ['a proxy gives up with 408', { kind: 'status', status: 408, before: true }],
    ['a proxy gives up with 504', { kind: 'status', status: 504, before: true }],
    ['nobody answers', { kind: 'hang', before: true }],
  ] as const)('and %s: it finds its id taken', async (_name, fault) => {
    const at = await scene();
    const { repair, failed, accepted } = at;
    repair.jobManager.faults.set(RUN, fault, 1);
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'succeeded' });
    getsThrough(at, attempts[0]?.request.job_id ?? '');
    await settled(at);
    expect(accepted.map((one) => one.alive)).toEqual([1]);
  });

  it('while the same one, sent again, is refused for what its program does', async () => {
    const at = await scene();
    const { repair, failed, accepted, cluster } = at;
    repair.jobManager.faults.set(RUN, { kind: 'reset', before: true }, 1);
    let isBroken = true;
    cluster.main = (submission) => {
      if (isBroken) throw new Error('the topic is not there');
      return programOf(submission);
    };
    await repair.alert(failed);
    await repair.until('refusal', () => repair.jobManager.count(RUN) === 2);
    const [attempt] = (await repair.incident()).attempts;
    isBroken = false;
    await repair.medic.advance(60_000);
    getsThrough(at, attempt?.request.job_id ?? '');
    await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(accepted).toEqual([{ jobId: attempt?.request.job_id, alive: 1 }]);
  });

  it('while the jar is lost before the same one can be sent again', async () => {
    const at = await scene({
      driver: { flink_rest: { jar_name: 'there.jar', args: ['--name', 'orders'], submit_timeout: TIMEOUT } },
    });
    const { repair, failed, accepted } = at;
    const { process } = repair.jobManager;
    const jar = process.addJar('there.jar', Buffer.from(''), 0);
    repair.jobManager.faults.set(RUN, { kind: 'reset', before: true }, 1);
    await repair.alert(failed);
    await repair.until('sending', async () => repair.jobManager.count(RUN) === 1);
    process.jars.delete(jar.id);
    const [attempt] = (await repair.untilIncident({ state: 'unconfirmed' })).attempts;
    process.addJar('there.jar', Buffer.from(''), 0);
    await repair.medic.advance(60_000);
    getsThrough(at, attempt?.request.job_id ?? '');
    await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(accepted).toEqual([{ jobId: attempt?.request.job_id, alive: 1 }]);
  });

  it('while restarts are switched off, and a person orders another', async () => {
    const at = await scene();
    const { repair, failed, accepted } = at;
    repair.jobManager.faults.set(RUN, { kind: 'reset', before: true }, 1);
    await repair.alert(failed);
    await repair.until('sending', async () => repair.jobManager.count(RUN) === 1);
    const config = repair.config();
    repair.medic.configure({ ...config, restart: { ...config.restart, mode: 'off' } });
    await repair.medic.reload();
    const { attempts } = await repair.untilIncident({ state: 'unconfirmed' });
    repair.medic.configure(config);
    await repair.medic.reload();
    expect((await repair.order('restarts', { flink_cluster: 'c', job: 'orders', lift: ['before_armed'] })).status).toBe(
      409,
    );
    getsThrough(at, attempts[0]?.request.job_id ?? '');
    await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(accepted).toEqual([{ jobId: attempts[0]?.request.job_id, alive: 1 }]);
  });
});

describe('a submission that was never sent', () => {
  it('because a proxy lets no jar through: it is refused, and tried again within the budget', async () => {
    const at = await scene({ budget: { attempts: 2 } });
    const { repair, failed, accepted } = at;
    repair.jobManager.faults.set(UPLOAD, { kind: 'status', status: 413, body: 'too large', before: true });
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'exhausted' });
    expect(attempts.map(({ failure, sent }) => [failure, sent])).toEqual([
      ['submit_rejected', []],
      ['submit_rejected', []],
    ]);
    expect(repair.jobManager.count(UPLOAD)).toBe(2);
    expect(accepted).toEqual([]);
  });

  it('because the program fails: nothing runs, and a person is asked', async () => {
    const at = await scene({ budget: { attempts: 2 } });
    const { repair, failed, accepted, cluster } = at;
    cluster.main = () => {
      throw new Error('the topic is not there');
    };
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'exhausted' });
    expect(attempts.map(({ failure }) => failure)).toEqual(['submit_rejected', 'submit_rejected']);
    // It left no run behind, so there is one id for all who answer this end.
    expect(new Set(attempts.map(({ request }) => request.job_id)).size).toBe(1);
    expect(repair.jobManager.count(RUN)).toBe(2);
    expect(accepted).toEqual([]);
  });
});

describe('a JobManager', () => {
  it('that is another process when main() has ended: its jar is brought again, and the same id is sent', async () => {
    const at = await scene();
    const { repair, failed, accepted, cluster } = at;
    cluster.main = (submission) => {
      cluster.main = programOf;
      repair.jobManager.replaceProcess();
      return programOf(submission);
    };
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(accepted).toEqual([{ jobId: attempts[0]?.request.job_id, alive: 1 }]);
    expect(attempts).toHaveLength(1);
    expect(repair.jobManager.count(UPLOAD)).toBe(2);
  });

  it('that got the same id from another flink-medic a moment before: that run is ours', async () => {
    const at = await scene();
    const { repair, failed, accepted, cluster } = at;
    cluster.main = (submission) => {
      cluster.main = programOf;
      cluster.accept(submission, programOf(submission));
      return programOf(submission);
    };
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(accepted).toEqual([{ jobId: attempts[0]?.request.job_id, alive: 1 }]);
  });

  it('that runs a main() which takes longer than our time-out, twice: the run is found', async () => {
    const at = await scene();
    const { repair, failed, accepted, cluster } = at;
    const { promise, resolve } = Promise.withResolvers<void>();
    cluster.main = (submission) => promise.then(() => programOf(submission));
    await repair.alert(failed);
    // Minutes go by while the request waits for a real second.
    await repair.until('second request', () => repair.jobManager.count(RUN) === 2, 1_000_000);
    resolve();
    const { attempts } = await repair.untilIncident({ state: 'succeeded' }, { withinMs: 1_000_000 });
    await settled(at);
    expect(accepted).toEqual([{ jobId: attempts[0]?.request.job_id, alive: 1 }]);
  });

  it('that swallows every request: after three the job is locked, watched, and a person may release it', async () => {
    const at = await scene();
    const { repair, failed, accepted } = at;
    repair.jobManager.faults.set(RUN, { kind: 'reset', before: true });
    await repair.alert(failed);
    const { attempts } = await repair.untilIncident({ state: 'unconfirmed' });
    expect(attempts[0]?.sent).toHaveLength(3);
    repair.jobManager.faults.clear();
    await repair.medic.advance(300_000);
    expect(repair.jobManager.count(RUN)).toBe(3);
    expect((await repair.order('incidents/1/release')).status).toBe(200);
    expect(await repair.incident()).toMatchObject({ state: 'withdrawn' });
    expect((await repair.order('restarts', { flink_cluster: 'c', job: 'orders' })).status).toBe(202);
    const again = await repair.untilIncident({ state: 'succeeded' });
    await settled(at);
    expect(accepted).toEqual([{ jobId: again.attempts[1]?.request.job_id, alive: 1 }]);
  });
});

describe('a job beside it that does not show yet what it restored', () => {
  it('puts the restart off only until it does', async () => {
    const { repair, failed, cluster } = await scene();
    const other = cluster.submit({ name: 'payments' });
    await repair.alert(failed);
    await repair.untilIncident({ state: 'deferred', reason: 'cannot_verify' });
    other.run();
    // An observation, two looks ten seconds apart, and one before it is sent.
    await repair.until('submission', () => cluster.submissions.length === 1, 29_000);
  });
});
