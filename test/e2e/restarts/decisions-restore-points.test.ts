/** Which state a job comes back with: from its newest snapshot, or not at all, or without state when the policy says so. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { Repair } from './repair.ts';

interface Case {
  readonly name: string;
  readonly reason: string;
  /** Of the policy, beside `policy`. */
  readonly restore?: object;
  readonly fail: (repair: Repair) => Promise<FakeJob>;
}

const CASES: readonly Case[] = [
  {
    name: 'whose checkpoint folder was deleted',
    reason: 'restore_point_missing',
    fail: async (repair) => {
      const job = await repair.failed();
      rmSync(join(repair.folder, 'checkpoints', job.jobId), { recursive: true });
      return job;
    },
  },
  {
    name: 'whose newest checkpoint is older than max_age',
    reason: 'restore_point_too_old',
    restore: { max_age: '5m' },
    fail: async (repair) => {
      const job = await repair.running();
      await repair.medic.advance(300_000);
      job.fail();
      await repair.medic.advance(10_000);
      return job;
    },
  },
  {
    name: 'whose checkpoints are in the memory of the JobManager',
    reason: 'no_restore_point',
    fail: (repair) =>
      failedAfter(repair, (job) => job.completeCheckpoint({ path: '<checkpoint-not-externally-addressable>' })),
  },
  {
    name: 'that has completed no checkpoint',
    reason: 'no_restore_point',
    fail: (repair) => failedAfter(repair, () => undefined),
  },
  {
    name: 'whose checkpoints Flink deletes when it ends',
    reason: 'no_restore_point',
    fail: async (repair) => {
      const job = repair.cluster.submit({ name: 'orders', checkpointing: { retention: 'never' } }).run();
      job.completeCheckpoint({ path: repair.checkpoint(job.jobId, 1) });
      return end(repair, job);
    },
  },
  {
    name: 'without checkpoints',
    reason: 'no_restore_point',
    fail: (repair) => end(repair, repair.cluster.submit({ name: 'orders', checkpointing: 'off' }).run()),
  },
];

function failedAfter(repair: Repair, act: (job: FakeJob) => unknown): Promise<FakeJob> {
  const job = repair.cluster.submit({ name: 'orders' }).run();
  act(job);
  return end(repair, job);
}

async function end(repair: Repair, job: FakeJob): Promise<FakeJob> {
  await repair.medic.advance(20_000);
  job.fail();
  await repair.medic.advance(10_000);
  return job;
}

describe.each(CASES)('a job $name', ({ reason, restore = {}, fail }) => {
  it(`is not restarted under require: ${reason}`, async () => {
    const repair = await Repair.start({ policy: { restore: { policy: 'require', ...restore } } });
    await repair.alert(await fail(repair));
    await repair.untilIncident({ state: 'refused', reason });
    await repair.medic.advance(60_000);
    expect(repair.cluster.submissions).toEqual([]);
    expect(await repair.told()).toContain(
      `flink_medic_restart_decisions_total{decision="refused",reason="${reason}"} 1`,
    );
  });

  it('starts without state under prefer, and that is said', async () => {
    const repair = await Repair.start({ policy: { restore: { policy: 'prefer', ...restore } } });
    await repair.alert(await fail(repair));
    const submission = await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(submission).toMatchObject({ savepointPath: undefined });
    const { attempts, events } = await repair.incident();
    expect(attempts[0]?.request.restore_detail).toMatch(/^started without state: ./);
    expect(events.find(({ event }) => event === 'accepted')?.detail).toContain('without state');
  });
});

describe('a job with a good checkpoint', () => {
  it.each(['require', 'prefer'])('is restored from it under %s', async (policy) => {
    const repair = await Repair.start({ policy: { restore: { policy, claim_mode: 'CLAIM', max_age: '5m' } } });
    const job = await repair.failed();
    await repair.alert(job);
    expect(await repair.until('submission', () => repair.cluster.submissions[0])).toMatchObject({
      savepointPath: repair.checkpoint(job.jobId, 1),
      restoreMode: 'CLAIM',
    });
  });

  it('starts without state under none, and that is said', async () => {
    const repair = await Repair.start({ policy: { restore: { policy: 'none' } } });
    await repair.alert(await repair.failed());
    const submission = await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(submission).toMatchObject({ savepointPath: undefined });
    const { attempts } = await repair.incident();
    expect(attempts[0]?.request.restore_detail).toBe('started without state: restore.policy is none');
  });

  it('is restored from its newest snapshot, which is a savepoint', async () => {
    const repair = await Repair.start();
    const job = await repair.running();
    const path = repair.checkpoint(job.jobId, 2).replace('chk-', 'savepoint-');
    job.takeSavepoint({ path: `file:${path}` });
    await repair.alert(await end(repair, job));
    expect(await repair.untilIncident({ state: 'refused' })).toMatchObject({ reason: 'restore_point_missing' });
    const at = repair.checkpoint(job.jobId, 2);
    const order = { flink_cluster: 'c', job: 'orders', from: at };
    expect(await repair.order('restarts', order)).toMatchObject({ status: 202 });
    expect(await repair.until('submission', () => repair.cluster.submissions[0])).toMatchObject({ savepointPath: at });
  });

  it('is restored from storage that cannot be seen from here, and that is said', async () => {
    const repair = await Repair.start();
    const path = 's3://bucket/checkpoints/chk-1';
    await repair.alert(await failedAfter(repair, (job) => job.completeCheckpoint({ path })));
    const sent = await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(sent).toMatchObject({ savepointPath: path });
    const { attempts } = await repair.incident();
    expect(attempts[0]?.request.restore_detail).toContain('cannot be seen from here');
  });

  it('is never restored from an older one when the newest was completed right before the end', async () => {
    const repair = await Repair.start();
    const job = await repair.running();
    const path = repair.checkpoint(job.jobId, 2);
    job.completeCheckpoint({ path });
    job.fail();
    await repair.medic.advance(20_000);
    await repair.alert(job);
    expect(await repair.until('submission', () => repair.cluster.submissions[0])).toMatchObject({
      savepointPath: path,
    });
  });
});

describe('what a person orders', () => {
  it('is not replaced by a start without state: a path that is not there is refused', async () => {
    const repair = await Repair.start({ policy: { restore: { policy: 'prefer' } } });
    const job = await repair.failed();
    const from = join(repair.folder, 'checkpoints', job.jobId, 'chk-77');
    expect(await repair.order('restarts', { flink_cluster: 'c', job: job.jobId, from })).toMatchObject({ status: 202 });
    await repair.untilIncident({ state: 'refused', reason: 'restore_point_missing' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('may be older than max_age, and needs no alert', async () => {
    const repair = await Repair.start({ policy: { restore: { max_age: '1m' } } });
    const job = await repair.running();
    await repair.medic.advance(120_000);
    await end(repair, job);
    const from = repair.checkpoint(job.jobId, 1);
    const order = { flink_cluster: 'c', job: 'orders', from };
    const shown = await repair.order('restarts', { ...order, dry_run: true });
    expect(shown).toMatchObject({
      status: 200,
      body: { restart: { decision: 'accepted', would_send: { restore: { path: from } } } },
    });
    expect(repair.cluster.submissions).toEqual([]);
    await repair.order('restarts', order);
    expect(await repair.until('submission', () => repair.cluster.submissions[0])).toMatchObject({
      savepointPath: from,
    });
    expect(await repair.incident()).toMatchObject({ triggers: [{ kind: 'person' }], order: { lift: [] } });
  });
});
