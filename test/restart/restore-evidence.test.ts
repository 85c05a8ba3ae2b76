/** What is known of the snapshot to restore from: there, missing, not to be seen, or perhaps not the newest. */

import { beforeEach, describe, expect, it } from 'vitest';
import { end, newRun } from '../../src/core/resolve.ts';
import type { Run } from '../../src/core/run.ts';
import { withCheckpointConfig, withCheckpoints } from '../../src/core/run-facts.ts';
import type { FinalStatus } from '../../src/core/states.ts';
import { restoreEvidence, unlessContinued } from '../../src/restart/restore-evidence.ts';
import type { Existence, Sibling, SnapshotStorage } from '../../src/restart/snapshot-storage.ts';
import { checkpoint, JOB_ID, statistics } from '../core/support/facts.ts';

class FakeStorage implements SnapshotStorage {
  existence: Existence = 'present';
  beside: readonly Sibling[] | 'unverifiable' = [];
  readonly asked: string[] = [];

  exists(path: string): Promise<Existence> {
    this.asked.push(path);
    return Promise.resolve(this.existence);
  }

  siblings(path: string): Promise<readonly Sibling[] | 'unverifiable'> {
    this.asked.push(`beside ${path}`);
    return Promise.resolve(this.beside);
  }
}

const pathOf = (id: number): string => `file:/checkpoints/${JOB_ID}/chk-${String(id)}`;
const completed = (id: number) => ({
  ...statistics({ completed: id }),
  latestCompleted: checkpoint(id, { path: pathOf(id) }),
});

/** A run that completed checkpoint 9, as it was known before its end. */
function ended(status: FinalStatus): Run {
  const born = newRun({ cluster: 'prod', jobId: JOB_ID, generation: 1 }, { startTime: 1 }, 'orders', 1);
  const config = { timeoutMs: 1, retained: true, deletedOnCancellation: false };
  const run = withCheckpoints(withCheckpointConfig({ ...born, reachedRunning: true }, config), completed(9), false);
  return end(run, status, 'live', 20_000, 'listed_ended', 20_000);
}

let storage: FakeStorage;

const vanished = (): Promise<object> => restoreEvidence([ended('VANISHED')], undefined, undefined, storage);
const sibling = (id: number, writtenAt: number): Sibling => ({ id, path: pathOf(id), writtenAt });

beforeEach(() => {
  storage = new FakeStorage();
});

describe('of a run that was asked after its end', () => {
  it.each(['present', 'missing', 'unverifiable'] as const)('a snapshot may be %s', async (existence) => {
    storage.existence = existence;
    const evidence = await restoreEvidence([ended('FAILED')], completed(10), undefined, storage);
    expect(evidence).toMatchObject({ snapshot: { path: pathOf(10), kind: 'checkpoint', id: 10 }, existence });
    expect(evidence.snapshot?.completedAt).toBe(10_100);
    expect(storage.asked, 'nothing newer is looked for').toEqual([pathOf(10)]);
  });

  it('there may be none: nothing is looked at', async () => {
    const gone = { ...completed(10), latestCompleted: checkpoint(10, { discarded: true }) };
    const evidence = await restoreEvidence([ended('FAILED')], gone, undefined, storage);
    expect(evidence).toMatchObject({ existence: 'none', detail: expect.stringContaining('deleted') as string });
    expect(evidence).not.toHaveProperty('snapshot');
    expect(storage.asked).toEqual([]);
    expect(await restoreEvidence([], completed(10), undefined, storage)).toMatchObject({ existence: 'none' });
  });
});

describe('of a run that was not asked after its end', () => {
  it('the highest beside it is the newest', async () => {
    storage.existence = 'missing';
    storage.beside = [sibling(11, 11_200), sibling(12, 12_200), sibling(10, 10_200)];
    expect(await vanished()).toMatchObject({
      snapshot: { path: pathOf(12), kind: 'checkpoint', id: 12, completedAt: 12_200 },
      existence: 'present',
    });
    expect(storage.asked).toEqual([pathOf(9), `beside ${pathOf(9)}`]);
  });

  it('nothing counts that an earlier run of the same id left there', async () => {
    storage.beside = [sibling(9, 9_150), sibling(500, 8_000)];
    expect(await vanished()).toMatchObject({ snapshot: { id: 9 }, existence: 'present' });
    storage.existence = 'missing';
    expect(await vanished()).toMatchObject({ snapshot: { id: 9 }, existence: 'missing' });
  });

  it('the newest is uncertain where the folder cannot be listed, or is not the run’s own', async () => {
    storage.beside = 'unverifiable';
    expect(await vanished()).toMatchObject({ snapshot: { id: 9 }, existence: 'uncertain' });
    const shared = withCheckpoints(ended('VANISHED'), statistics({ completed: 10 }), false);
    storage.beside = [sibling(11, 11_200)];
    expect(await restoreEvidence([shared], undefined, undefined, storage)).toMatchObject({
      snapshot: { id: 10 },
      existence: 'uncertain',
    });
  });

  it('an answer about a run that nobody saw ending proves no end', async () => {
    storage.beside = 'unverifiable';
    const evidence = await restoreEvidence([ended('VANISHED')], completed(10), undefined, storage);
    expect(evidence).toMatchObject({ snapshot: { id: 10 }, existence: 'uncertain' });
  });

  it('a later run of the chain whose checkpoints nobody read makes it uncertain', async () => {
    const first = withCheckpoints(ended('FAILED'), completed(9), true);
    const { checkpoints: _unread, ...later } = { ...ended('FAILED'), jobId: 'b'.repeat(32) };
    storage.beside = [];
    const evidence = await restoreEvidence([first, later], undefined, undefined, storage);
    expect(evidence).toMatchObject({ snapshot: { id: 9 }, existence: 'uncertain' });
  });
});

it.each(['present', 'missing', 'unverifiable'] as const)('a path that a person ordered is %s', async (existence) => {
  storage.existence = existence;
  const from = 'file:/savepoints/savepoint-1';
  const evidence = await restoreEvidence([ended('FAILED')], completed(10), from, storage);
  expect(evidence).toMatchObject({ snapshot: { path: from, kind: 'savepoint' }, existence });
  expect(Object.keys(evidence.snapshot ?? {})).toEqual(['path', 'kind']);
  expect(storage.asked).toEqual([from]);
});

describe('a run that only another ledger knows of', () => {
  const ATTEMPT = 'f'.repeat(32);
  const known = {
    snapshot: { path: pathOf(10), kind: 'checkpoint', id: 10 },
    existence: 'present',
    detail: 'x',
  } as const;

  it('makes the newest known snapshot uncertain when it left checkpoints', async () => {
    storage.beside = [{ id: 12, path: `file:/checkpoints/${ATTEMPT}/chk-12`, writtenAt: 1 }];
    const evidence = await unlessContinued(known, ATTEMPT, storage);
    expect(evidence).toMatchObject({ existence: 'uncertain', snapshot: { id: 10 } });
    expect(evidence.detail).toContain(`left file:/checkpoints/${ATTEMPT}/chk-12`);
    expect(storage.asked).toEqual([`beside file:/checkpoints/${ATTEMPT}/chk-0`]);
  });

  it.each([[], 'unverifiable'] as const)('is none when its folder is %j', async (beside) => {
    storage.beside = beside;
    expect(await unlessContinued(known, ATTEMPT, storage)).toBe(known);
  });

  it('is not looked for beside a savepoint', async () => {
    const savepoint = { ...known, snapshot: { path: 'file:/savepoints/savepoint-1', kind: 'savepoint' } } as const;
    expect(await unlessContinued(savepoint, ATTEMPT, storage)).toBe(savepoint);
    expect(storage.asked).toEqual([]);
  });
});
