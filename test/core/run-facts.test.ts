/** Restarts, checkpoints and failures of a run: never falling, and for an ended run at least what its end proves. */

import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EpochCounter, nextEpoch, read, total } from '../../src/core/epoch-counter.ts';
import type { Failure, JobDetails } from '../../src/core/facts.ts';
import { end, newRun, takeOver } from '../../src/core/resolve.ts';
import type { Checkpoints, Run } from '../../src/core/run.ts';
import {
  restartsOf,
  withCheckpointConfig,
  withCheckpoints,
  withDetails,
  withEndedRestarts,
  withFailure,
  withOutcome,
  withRestarts,
} from '../../src/core/run-facts.ts';
import { archiveOf, checkpoint, JOB_ID, NO_TASKS, statistics } from './support/facts.ts';

let run: Run;

beforeEach(() => {
  run = newRun({ cluster: 'prod', jobId: JOB_ID, generation: 1 }, { startTime: 1_000 }, 'orders', 0);
});

describe('an epoch counter', () => {
  it('never falls, and holds every epoch’s highest reading', () => {
    const epochs = fc.array(fc.array(fc.nat(1_000), { minLength: 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(epochs, (readings) => {
        let counter: EpochCounter | undefined;
        let before = 0;
        for (const epoch of readings) {
          if (counter !== undefined) counter = nextEpoch(counter);
          for (const value of epoch) {
            counter = read(counter, value);
            expect(total(counter)).toBeGreaterThanOrEqual(before);
            before = total(counter);
          }
        }
        expect(before).toBe(readings.reduce((sum, epoch) => sum + Math.max(...epoch), 0));
      }),
    );
  });
});

describe('restarts', () => {
  it('are absent until read, then less the rescales, never below 0', () => {
    expect(restartsOf(run)).toBeUndefined();
    expect(restartsOf(withRestarts(run, 5, 2))).toBe(3);
    expect(restartsOf(withRestarts(run, 1, 2))).toBe(0);
  });

  it('do not fall by a stale answer, which changes nothing', () => {
    run = withRestarts(run, 5, 0);
    expect(withRestarts(run, 4, 0)).toBe(run);
    expect(withRestarts(run, 5, 0)).toBe(run);
  });

  it('are carried over failovers', () => {
    run = takeOver(withRestarts(run, 5, 0), { startTime: 2_000 });
    expect(restartsOf(run)).toBe(5);
    run = takeOver(withRestarts(run, 2, 0), { startTime: 3_000 });
    expect(restartsOf(run)).toBe(7);
    expect(takeOver(run, { startTime: 2_000 }), 'a start time that is known is no failover').toBe(run);
    expect(run.failovers).toBe(2);
  });

  it.each([
    ['FAILED', 4, 0, 3],
    ['FAILED', 0, 0, 0],
    ['FAILED', 1, 3, 2],
    ['FAILED', 4, 1, 3],
    ['CANCELED', 2, 0, 2],
    ['FINISHED', 0, 0, 0],
    ['FINISHED', 0, 1, 0],
  ] as const)(
    'of a run that is %s with %i failures and %i restores are at least %i',
    (status, failures, restores, n) => {
      const ended = end(run, status, 'archive', 2_000, 'archive_only', 0);
      expect(restartsOf(withEndedRestarts(ended, failures, restores))).toBe(n);
    },
  );

  it('of an ended run are a lower bound only, on top of what was carried', () => {
    run = end(takeOver(withRestarts(run, 9, 0), { startTime: 2_000 }), 'FAILED', 'archive', 3_000, 'archive_late', 0);
    expect(restartsOf(withEndedRestarts(run, 3, 0))).toBe(11);
    expect(restartsOf(withEndedRestarts(withRestarts(run, 20, 0), 16, 0))).toBe(29);
  });
});

describe('checkpoints', () => {
  it('count from 0 when checkpointing is on', () => {
    const config = { intervalMs: 1_000, timeoutMs: 2_000, retained: true, deletedOnCancellation: false };
    run = withCheckpointConfig(run, config);
    expect(run).toMatchObject({
      checkpointConfig: config,
      checkpoints: { completed: { current: 0 }, failed: { current: 0 } },
    });
  });

  it('keep the newest completed one, and know what was reached', () => {
    run = withCheckpoints(run, statistics({ restored: 3, completed: 9, failed: 1 }), false);
    expect(run.checkpoints).toMatchObject({ lastCompleted: { id: 9 }, reachedId: 9, failed: { current: 1 } });
    expect(withCheckpoints(run, statistics({ restored: 3, completed: 9, failed: 1 }), false)).toBe(run);
    expect(withCheckpoints(run, statistics({ restored: 3, completed: 8 }), false)).toBe(run);
  });

  it('keep the newest of each kind over a failover, which tells only what was restored', () => {
    const savepoint = checkpoint(10, { kind: 'savepoint' });
    run = withCheckpoints(run, { ...statistics({ completed: 9 }), latestSavepoint: savepoint }, false);
    run = takeOver(run, { startTime: 2_000 });
    run = withCheckpoints(run, statistics({ restored: 9 }), false);
    const restored = { id: 9, restoredAt: 9_500, owned: true };
    expect(run.checkpoints).toMatchObject({
      lastCompleted: { id: 9 },
      lastSavepoint: savepoint,
      lastRestored: restored,
    });
    const again = withCheckpoints(
      run,
      { ...statistics({}), latestRestored: { ...restored, restoredAt: 9_600 } },
      false,
    );
    expect(again.checkpoints?.lastRestored).toMatchObject({ restoredAt: 9_600 });
    expect(withCheckpoints(run, statistics({ restored: 8 }), false), 'a stale answer').toBe(run);
  });

  it('know for ever that they were read after the end', () => {
    expect(withCheckpoints(run, statistics({ completed: 9 }), false).checkpoints?.readAfterEnd).toBe(false);
    run = withCheckpoints(run, statistics({ completed: 9 }), true);
    expect(run.checkpoints?.readAfterEnd).toBe(true);
    expect(withCheckpoints(run, statistics({ completed: 9 }), false)).toBe(run);
  });

  it('of an old ledger were not read after the end', () => {
    run = withCheckpoints(run, statistics({ completed: 9 }), false);
    const { readAfterEnd: _absent, ...old } = run.checkpoints ?? {};
    const learned = withCheckpoints({ ...run, checkpoints: old as Checkpoints }, statistics({ completed: 9 }), false);
    expect(learned.checkpoints).toEqual(run.checkpoints);
  });

  it('know that the last one was deleted, and do not forget it', () => {
    run = withCheckpoints(run, statistics({ completed: 9 }), false);
    run = withCheckpoints(
      run,
      {
        ...statistics({ completed: 9 }),
        latestCompleted: checkpoint(9, { discarded: true }),
      },
      false,
    );
    expect(run.checkpoints?.lastCompleted?.discarded).toBe(true);
    expect(withCheckpoints(run, statistics({ completed: 9 }), false)).toBe(run);
  });
});

describe('the last failure', () => {
  const failure: Failure = { exception: 'a.B', message: 'm', task: 't', labels: 'k=v', timestamp: 5 };

  it('is the newest one', () => {
    run = withFailure(run, failure);
    expect(withFailure(run, { ...failure, exception: 'c.D' })).toBe(run);
    expect(withFailure(run, undefined)).toBe(run);
    expect(withFailure(run, { ...failure, exception: 'c.D', timestamp: 6 }).lastFailure?.exception).toBe('c.D');
  });

  it('has bounded, well-formed texts', () => {
    const hostile = `${'x'.repeat(10_000)}\udfff`;
    const { lastFailure } = withFailure(run, {
      exception: hostile,
      task: hostile,
      labels: hostile,
      message: '\ud800',
      timestamp: 1,
    });
    for (const text of [lastFailure?.exception, lastFailure?.task, lastFailure?.labels]) {
      expect(text).toHaveLength(200);
      expect(text?.isWellFormed()).toBe(true);
    }
    expect(lastFailure?.message).toBe('\ufffd');
  });
});

describe('details', () => {
  const details: JobDetails = {
    jobId: JOB_ID,
    name: 'orders',
    state: 'RUNNING',
    startTime: 1_000,
    duration: 1,
    timestamps: { RUNNING: 1_500 },
    tasks: NO_TASKS,
    jobType: 'STREAMING',
    scheduler: 'Adaptive',
    applicationId: 'app',
  };

  it('say when the state was entered, if it still is that state', () => {
    expect(withDetails({ ...run, state: 'RUNNING' }, details)).toMatchObject({
      stateEnteredAt: 1_500,
      reachedRunning: true,
      jobType: 'STREAMING',
      scheduler: 'Adaptive',
      applicationId: 'app',
    });
    expect(withDetails({ ...run, state: 'RESTARTING' }, details).stateEnteredAt).toBe(1_000);
    const ended = end(run, 'FAILED', 'live', 2_000, 'listed_ended', 0);
    expect(withDetails(ended, { ...details, state: 'FAILED', timestamps: { FAILED: 9 } }).stateEnteredAt).toBe(2_000);
  });

  it('change nothing when they say nothing new', () => {
    run = withDetails(run, details);
    expect(withDetails(run, details)).toBe(run);
  });
});

it('an outcome brings everything that the archive knows', () => {
  const config = { intervalMs: 1_000, timeoutMs: 2_000, retained: true, deletedOnCancellation: false };
  const outcome = archiveOf({
    startTime: 1_000,
    endTime: 2_000,
    jobType: 'BATCH',
    scheduler: 's'.repeat(300),
    applicationId: 'app',
    checkpoints: { ...statistics({ completed: 4, failed: 2 }), restored: 3 },
    checkpointConfig: config,
    failures: 2,
  });
  const merged = withOutcome(end(run, 'FAILED', 'archive', 2_000, 'archive_only', 0), outcome, '/archive/x');
  expect(merged).toMatchObject({
    jobType: 'BATCH',
    applicationId: 'app',
    reachedRunning: true,
    archive: '/archive/x',
    checkpointConfig: config,
    checkpoints: {
      completed: { current: 4 },
      failed: { current: 2 },
      lastCompleted: { id: 4 },
      readAfterEnd: true,
      reachedId: 4,
    },
    restarts: { carried: 0, current: 2 },
  });
  expect(merged.scheduler).toHaveLength(200);
  // Nobody asks for them once it has ended, and there may be a hundred thousand such runs.
  expect(merged).not.toHaveProperty('tasks');
});
