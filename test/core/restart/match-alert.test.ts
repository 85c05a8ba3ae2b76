import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { boundLabel } from '../../../src/core/label-value.ts';
import { matchAlert, type RunLookup } from '../../../src/core/restart/match-alert.ts';
import type { Run } from '../../../src/core/run.ts';
import { END, HOUR, ID, live, OFFSET, OTHER_ID, runWith, START } from './support/situation.ts';

const LABELS = { flink_cluster: 'prod', job_name: 'orders' };
/** An alert fires a little after the end; in our clock. */
const FIRED = END - OFFSET + 30_000;

function known(...runs: Run[]): RunLookup {
  return {
    history: (cluster) =>
      cluster === 'prod'
        ? {
            generations: (jobId) => runs.filter((run) => run.jobId === jobId),
            runsOf: (name) => new Set(runs.filter((run) => run.name === name)),
          }
        : undefined,
    clockOffsetMs: () => OFFSET,
  };
}

function endedAt(endTime: number, change: Partial<Run> = {}): Run {
  return runWith({ ...change, final: { status: 'FAILED', source: 'live', endTime, recordedAt: endTime } });
}

describe('an alert with a job_id', () => {
  const labels = { ...LABELS, job_id: ID };

  it('is about the run of that id', () => {
    const run = endedAt(END);
    const other = endedAt(END + 1, { jobId: OTHER_ID });
    expect(matchAlert({ labels, startsAt: FIRED }, known(run, other))).toEqual({ kind: 'ended', run });
  });

  it('is about the newest generation', () => {
    const old = endedAt(START - 1, { startTimes: [START - HOUR] });
    const run = endedAt(END, { generation: 2 });
    expect(matchAlert({ labels, startsAt: FIRED }, known(old, run))).toEqual({ kind: 'ended', run });
  });

  it('is about the one before, when it is older than the newest', () => {
    const old = endedAt(START - 1, { startTimes: [START - HOUR] });
    const startsAt = START - OFFSET - 1;
    expect(matchAlert({ labels, startsAt }, known(old, live({ generation: 2 })))).toEqual({ kind: 'ended', run: old });
  });

  it('waits for the end of its run', () => {
    const run = live({ state: 'FAILING' });
    expect(matchAlert({ labels, startsAt: FIRED }, known(run))).toEqual({
      kind: 'pending',
      run,
      detail: `run ${ID} has not ended: it is FAILING`,
    });
  });

  it('is about a run that failed in its first seconds, though the clock of Prometheus is behind', () => {
    const run = endedAt(START + 5_000);
    expect(matchAlert({ labels, startsAt: START - OFFSET - 30_000 }, known(run))).toEqual({ kind: 'ended', run });
  });

  it('is not about a run that began after it', () => {
    expect(matchAlert({ labels, startsAt: START - OFFSET - 60_001 }, known(endedAt(END)))).toEqual({
      kind: 'ignored',
      reason: 'unknown_job',
      detail: `no run of "orders" with job_id "${ID}" is known from before this alert began`,
    });
  });

  it.each([
    ['unknown', known()],
    ['of another name', known(endedAt(END, { name: 'payments' }))],
  ])('is ignored when that is %s', (_what, lookup) => {
    expect(matchAlert({ labels, startsAt: FIRED }, lookup)).toMatchObject({ kind: 'ignored', reason: 'unknown_job' });
  });
});

describe('an alert without a job_id', () => {
  it('is about the run of the name that ended last', () => {
    const run = endedAt(END, { jobId: OTHER_ID });
    const lookup = known(endedAt(END - 1), run, endedAt(1), live({ jobId: '3' }));
    expect(matchAlert({ labels: { ...LABELS, job_id: '' }, startsAt: FIRED }, lookup)).toEqual({ kind: 'ended', run });
  });

  it('is about an end at most five minutes before it began', () => {
    const startsAt = END - OFFSET + 300_000;
    expect(matchAlert({ labels: LABELS, startsAt }, known(endedAt(END)))).toMatchObject({ kind: 'ended' });
    expect(matchAlert({ labels: LABELS, startsAt: startsAt + 1 }, known(endedAt(END)))).toEqual({
      kind: 'ignored',
      reason: 'run_not_ended',
      detail: `the last run, ${ID}, ended at 2026-03-01T11:59:10.000Z, before this alert began`,
    });
  });

  it('waits while a run lives', () => {
    const lookup = known(endedAt(1), live({ jobId: OTHER_ID }));
    expect(matchAlert({ labels: LABELS, startsAt: FIRED }, lookup)).toMatchObject({ kind: 'pending' });
  });

  it('is ignored when no run of the name is known', () => {
    expect(matchAlert({ labels: LABELS, startsAt: FIRED }, known())).toMatchObject({ reason: 'unknown_job' });
  });
});

describe('an alert', () => {
  it.each([
    [{}, 'labels_missing', 'flink_cluster, job_name'],
    [{ flink_cluster: 'prod' }, 'labels_missing', 'missing: job_name'],
    [{ flink_cluster: '', job_name: 'orders' }, 'labels_missing', 'missing: flink_cluster'],
    [{ flink_cluster: 'test', job_name: 'orders' }, 'unknown_cluster', '"test" is not configured'],
  ])('is ignored with labels %j: %s', (labels, reason, detail) => {
    expect(matchAlert({ labels, startsAt: FIRED }, known(endedAt(END)))).toEqual({
      kind: 'ignored',
      reason,
      detail: expect.stringContaining(detail),
    });
  });

  it('names a job by its whole name or as the label has it', () => {
    const long = 'x'.repeat(300);
    const lookup = known(endedAt(END, { name: boundLabel(long) }));
    for (const name of [long, boundLabel(long)]) {
      expect(matchAlert({ labels: { ...LABELS, job_name: name }, startsAt: FIRED }, lookup).kind).toBe('ended');
    }
  });

  it('is answered, whatever it says', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('prod', 'orders', ID, '../../etc', '__proto__'),
    );
    const labels = fc.record({ flink_cluster: text, job_name: text, job_id: text }, { requiredKeys: [] });
    fc.assert(
      fc.property(labels, fc.double(), (any, startsAt) => {
        const match = matchAlert({ labels: any, startsAt }, known(endedAt(END), live({ jobId: OTHER_ID })));
        assert.ok(match.kind !== 'ended' || match.run.jobId === ID);
        if (match.kind === 'ignored') assert.ok(match.detail.length < 500);
      }),
    );
  });
});
