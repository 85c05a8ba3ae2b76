import { describe, expect, it } from 'vitest';
import { FakeCluster } from './fake-cluster.ts';

describe('the metric store', () => {
  it('answers from before: empty at first, then as of the last fetch', () => {
    const cluster = new FakeCluster();
    const job = cluster.submit({ name: 'orders' }).run().restart().restarted();
    expect(cluster.metrics.ask(job.jobId)).toBeUndefined();
    job.restart().restarted();
    cluster.clock.advance(10_000);
    expect(cluster.metrics.ask(job.jobId)).toMatchObject({ numRestarts: 1 });
    cluster.clock.advance(1);
    expect(cluster.metrics.ask(job.jobId)).toMatchObject({ numRestarts: 1 });
    expect(cluster.metrics.ask(job.jobId)).toMatchObject({ numRestarts: 2 });
  });

  it('stays empty for ever for a job that ended before anyone asked', () => {
    const cluster = new FakeCluster();
    const job = cluster.submit({ name: 'orders' }).run().finish();
    cluster.metrics.ask(job.jobId);
    cluster.clock.advance(20_000);
    expect(cluster.metrics.ask(job.jobId)).toBeUndefined();
  });
});

describe('a failover', () => {
  it('gives the same job a new start time, counters from 0 and the state of before', () => {
    const cluster = new FakeCluster();
    const job = cluster.submit({ name: 'orders' }).run();
    const ended = cluster.submit({ name: 'done' }).run().finish();
    const checkpoint = job.completeCheckpoint();
    job.restart().restarted();
    const before = job.startTime;
    cluster.clock.advance(7000);
    cluster.failOver();
    expect(cluster.job(ended.jobId)).toBeUndefined();
    expect(cluster.job(job.jobId)).toBe(job);
    expect(job).toMatchObject({ state: 'RUNNING', startTime: before + 7000, restarts: 0, exceptions: [] });
    expect(job.checkpoints).toMatchObject({ restored: 1, completed: 0, latestCompleted: undefined });
    expect(job.checkpoints?.latestRestored).toMatchObject({ id: checkpoint?.id, path: checkpoint?.path });
    expect(job.completeCheckpoint()?.id).toBe(2);
  });
});

describe('a job', () => {
  it('keeps sixteen failures', () => {
    const job = new FakeCluster().submit({ name: 'orders' }).run();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      job.restart().restarted();
    }
    expect(job.exceptions).toHaveLength(16);
    expect(job.exceptions[0]?.taskName).toBe('Source: orders (1/1) - execution #19');
  });

  it('restores nothing without a completed checkpoint', () => {
    const job = new FakeCluster().submit({ name: 'orders' }).run().restart().restarted();
    expect(job).toMatchObject({ restarts: 1, checkpoints: { restored: 0 } });
  });

  it.each([
    ['never', 'fail', true],
    ['delete_on_cancellation', 'fail', false],
    ['delete_on_cancellation', 'cancel', true],
    ['retain_on_cancellation', 'cancel', false],
    ['retain_on_cancellation', 'finish', true],
  ] as const)('with retention %s loses its checkpoint on %s: %s', (retention, end, lost) => {
    const job = new FakeCluster().submit({ name: 'orders', checkpointing: { retention } }).run();
    const checkpoint = job.completeCheckpoint();
    job[end]();
    expect(checkpoint?.discarded).toBe(lost);
  });
});
