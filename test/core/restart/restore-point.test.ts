/** Which snapshot a restart would begin from: the newest of the run, or none. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckpointConfig, RestoredSnapshot, Snapshot } from '../../../src/core/facts.ts';
import { end, newRun } from '../../../src/core/resolve.ts';
import { candidateOf, kindOf, restorePointOf } from '../../../src/core/restart/restore-point.ts';
import type { Run } from '../../../src/core/run.ts';
import { withCheckpointConfig, withCheckpoints } from '../../../src/core/run-facts.ts';
import type { FinalStatus } from '../../../src/core/states.ts';
import { checkpoint } from '../support/facts.ts';

const RETENTION = {
  never: { retained: false, deletedOnCancellation: true },
  delete: { retained: true, deletedOnCancellation: true },
  retain: { retained: true, deletedOnCancellation: false },
} as const;

interface Life {
  readonly jobId?: string;
  readonly completed?: Snapshot;
  readonly savepoint?: Snapshot;
  readonly restored?: RestoredSnapshot;
  readonly retention?: keyof typeof RETENTION | 'unread';
  /** Left out: it lives. */
  readonly status?: FinalStatus;
  readonly readAfterEnd?: boolean;
}

function lifeOf(life: Life): Run {
  const { jobId = 'first', completed, savepoint, restored, retention = 'retain', status, readAfterEnd = true } = life;
  const config: CheckpointConfig | undefined =
    retention === 'unread' ? undefined : { timeoutMs: 1, ...RETENTION[retention] };
  let run = newRun({ cluster: 'prod', jobId, generation: 1 }, { startTime: 1 }, 'orders', 1);
  run = { ...run, reachedRunning: true };
  if (config !== undefined) run = withCheckpointConfig(run, config);
  if (status !== undefined) run = end(run, status, 'live', 90_000, 'listed_ended', 90_000);
  return withCheckpoints(
    run,
    {
      restored: 0,
      completed: 0,
      failed: 0,
      ...(completed && { latestCompleted: completed }),
      ...(savepoint && { latestSavepoint: savepoint }),
      ...(restored && { latestRestored: restored }),
    },
    readAfterEnd && status !== undefined && status !== 'VANISHED',
  );
}

const savepoint = (id: number, more: Partial<Snapshot> = {}): Snapshot =>
  checkpoint(id, { kind: 'savepoint', path: `file:/savepoints/savepoint-${String(id)}`, ...more });
const restored = (id: number, more: Partial<RestoredSnapshot> = {}): RestoredSnapshot => ({
  id,
  restoredAt: 70_000,
  path: `file:/checkpoints/chk-${String(id)}`,
  owned: false,
  ...more,
});
const made = (of: typeof savepoint, raw: { id: number; discarded: boolean; hasPath: boolean }): Snapshot => {
  const whole = of(raw.id, { discarded: raw.discarded });
  return raw.hasPath ? whole : pathless(whole);
};
function pathless({ path: _path, ...rest }: Snapshot): Snapshot {
  return rest;
}

describe('the restore point of a run', () => {
  it.each([
    ['the completed checkpoint', { completed: checkpoint(9), savepoint: savepoint(7), restored: restored(5) }, 9],
    ['the savepoint', { completed: checkpoint(9), savepoint: savepoint(10), restored: restored(5) }, 10],
    ['the restored one', { restored: restored(5) }, 5],
    ['what another JobManager restored', { completed: checkpoint(9), restored: restored(11, { owned: true }) }, 11],
  ])('is the highest id: %s', (_name, life, id) => {
    expect(candidateOf(lifeOf({ ...life, status: 'FAILED' }))).toMatchObject({ id });
  });

  it('is told with kind, path and time', () => {
    expect(candidateOf(lifeOf({ completed: checkpoint(9) }))).toEqual({
      id: 9,
      kind: 'checkpoint',
      path: 'file:/checkpoints/chk-9',
      completedAt: 9_100,
    });
    expect(candidateOf(lifeOf({ restored: restored(5) }))).toMatchObject({ kind: 'checkpoint', completedAt: 70_000 });
    expect(candidateOf(lifeOf({ completed: checkpoint(9), restored: restored(9, { owned: true }) }))).toMatchObject({
      completedAt: 9_100,
    });
  });

  it.each<[keyof typeof RETENTION, Record<'live' | FinalStatus, boolean>]>([
    ['never', { live: false, FAILED: false, CANCELED: false, FINISHED: false, VANISHED: false }],
    ['delete', { live: true, FAILED: true, CANCELED: false, FINISHED: false, VANISHED: true }],
    ['retain', { live: true, FAILED: true, CANCELED: true, FINISHED: false, VANISHED: true }],
  ])('of retention %s is there or not by how the run ended', (retention, kept) => {
    const isThere = (life: Life): Record<string, boolean> =>
      Object.fromEntries(
        (['live', 'FAILED', 'CANCELED', 'FINISHED', 'VANISHED'] as const).map((status) => {
          const ended = status === 'live' ? {} : { status };
          return [status, candidateOf(lifeOf({ ...life, ...ended, retention })) !== undefined];
        }),
      );
    const always = { live: true, FAILED: true, CANCELED: true, FINISHED: true, VANISHED: true };
    expect(isThere({ completed: checkpoint(9) })).toEqual(kept);
    expect(isThere({ restored: restored(9, { owned: true }) }), 'claimed').toEqual(kept);
    expect(isThere({ restored: restored(9) }), 'of another run').toEqual(always);
    expect(isThere({ savepoint: savepoint(9) })).toEqual(always);
  });

  it.each<[string, Life, RegExp]>([
    ['deleted', { completed: checkpoint(9, { discarded: true }) }, /checkpoint 9 of run first, was deleted by Flink/],
    ['in memory', { completed: pathless(checkpoint(9)) }, /checkpoint 9 of run first, is in the memory of the Job/],
    ['not retained', { completed: checkpoint(9), retention: 'never' }, /is deleted by Flink when the run is FAILED/],
    ['of unknown retention', { completed: checkpoint(9), retention: 'unread' }, /its retention is not known/],
  ])('is none, and not an older one, when the newest is %s', (_name, life, why) => {
    const older = { savepoint: savepoint(7), restored: restored(5) };
    const run = lifeOf({ ...life, ...older, status: 'FAILED' });
    expect(candidateOf(run)).toBeUndefined();
    expect(restorePointOf([run]).detail).toMatch(why);
  });

  it('is not lost because Flink marks a checkpoint of a live run as deleted once it has a newer one', () => {
    const run = lifeOf({ completed: checkpoint(9, { discarded: true }) });
    expect(restorePointOf([run])).toMatchObject({ candidate: { id: 9 }, final: false });
  });

  it('is none without any, and says so', () => {
    expect(restorePointOf([lifeOf({})])).toMatchObject({ detail: expect.stringContaining('no checkpoint') as string });
    expect(restorePointOf([])).not.toHaveProperty('candidate');
  });

  it('may be surpassed unless the run was asked after its end', () => {
    const completed = checkpoint(9, { path: 'file:/checkpoints/first/chk-9' });
    expect(restorePointOf([lifeOf({ completed, status: 'FAILED' })]).final).toBe(true);
    const stale = restorePointOf([lifeOf({ completed, savepoint: savepoint(10), status: 'VANISHED' })]);
    expect(stale).toMatchObject({ final: false, candidate: { id: 10 }, ownCheckpoint: completed.path });
  });

  it('does not take a folder that jobs share for its own', () => {
    expect(restorePointOf([lifeOf({ completed: checkpoint(9) })])).not.toHaveProperty('ownCheckpoint');
    const foreign = restored(9, { path: 'file:/checkpoints/first/chk-9' });
    expect(restorePointOf([lifeOf({ restored: foreign })])).not.toHaveProperty('ownCheckpoint');
  });

  it('is never older than any snapshot that is known of the run', () => {
    const snapshot = fc.record({ id: fc.nat(20), discarded: fc.boolean(), hasPath: fc.boolean() });
    const some = fc.option(snapshot, { nil: undefined });
    const status = fc.constantFrom<(FinalStatus | undefined)[]>(
      undefined,
      'FAILED',
      'CANCELED',
      'FINISHED',
      'VANISHED',
    );
    const retention = fc.constantFrom('never', 'delete', 'retain', 'unread');
    fc.assert(
      fc.property(some, some, some, status, retention, (c, s, r, ended, kept) => {
        const run = lifeOf({
          retention: kept,
          ...(c && { completed: made(checkpoint, c) }),
          ...(s && { savepoint: made(savepoint, s) }),
          ...(r && { restored: restored(r.id, { owned: r.discarded }) }),
          ...(ended && { status: ended }),
        });
        const newest = Math.max(...[c, s, r].map((one) => one?.id ?? -1));
        const { candidate, detail } = restorePointOf([run]);
        // Without a candidate the text says which snapshot it is about, or that there is none.
        expect(candidate?.id ?? Number(/ (\d+) of run/.exec(detail)?.[1] ?? -1)).toBe(newest);
      }),
    );
  });
});

describe('the restore point of a chain', () => {
  const first = lifeOf({ completed: checkpoint(50), status: 'FAILED' });

  it('is that of the newest run that restored or completed anything, whatever the ids', () => {
    const second = lifeOf({ jobId: 'second', completed: checkpoint(3), status: 'FAILED' });
    expect(restorePointOf([first, second])).toMatchObject({ candidate: { id: 3 }, final: true });
    const nothing = lifeOf({ jobId: 'third', status: 'FAILED' });
    expect(restorePointOf([first, second, nothing])).toMatchObject({ candidate: { id: 3 }, final: true });
  });

  it('is none when that run’s cannot be used: what it did would be lost', () => {
    const second = lifeOf({ jobId: 'second', completed: checkpoint(60), retention: 'never', status: 'FAILED' });
    const point = restorePointOf([first, second]);
    expect(point).not.toHaveProperty('candidate');
    expect(point.detail).toContain('checkpoint 60 of run second');
  });

  it('is doubtful when a later run ran and was not read to its end', () => {
    const unread = lifeOf({ jobId: 'second', status: 'FAILED', readAfterEnd: false });
    const point = restorePointOf([first, unread]);
    expect(point).toMatchObject({ final: false, candidate: { id: 50 } });
    expect(point.detail).toContain('run second');
    const neverRan = { ...unread, reachedRunning: false };
    expect(restorePointOf([first, neverRan]).final).toBe(true);
  });

  it('is as old as the snapshot, not as its restore', () => {
    const again = lifeOf({ jobId: 'second', restored: restored(50), status: 'FAILED' });
    expect(restorePointOf([first, again]).candidate).toMatchObject({ id: 50, completedAt: 50_100 });
  });
});

it.each([
  ['file:/c/a/chk-12', 'checkpoint'],
  ['s3://c/a/chk-12/', 'checkpoint'],
  ['file:/c/a/chk-12/_metadata', 'checkpoint'],
  ['file:/s/savepoint-ab12-cd', 'savepoint'],
  ['file:/chk-12/elsewhere', 'savepoint'],
  [undefined, 'savepoint'],
])('the kind of %s is %s', (path, kind) => {
  expect(kindOf(path)).toBe(kind);
});
