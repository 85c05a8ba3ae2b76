import { expect, it } from 'vitest';
import type { Run } from '../../src/core/run.ts';
import { sharedValues } from '../../src/core/shared-values.ts';

const document = JSON.stringify({
  cluster: 'prod',
  jobId: '1',
  generation: 1,
  name: 'orders',
  scheduler: 'Default',
  rule: 'archive_only',
  restarts: { carried: 1, current: 2 },
  checkpoints: { completed: { carried: 0, current: 9 }, failed: { carried: 0, current: 0 }, readAfterEnd: true },
  checkpointConfig: { intervalMs: 1000, timeoutMs: 2000, retained: true, deletedOnCancellation: false },
  lastFailure: { exception: 'java.io.IOException', message: 'broken', task: 'Map', labels: '', timestamp: 5 },
  archive: '/archives/1',
});

function read(): Run {
  return JSON.parse(document) as Run;
}

it('leaves a run what it was, with parts that equal runs share', () => {
  const values = sharedValues(100);
  const [one, other] = [read(), read()];
  values.share(one);
  values.share(other);
  expect(JSON.stringify(other)).toBe(document);
  expect(other.restarts).toBe(one.restarts);
  expect(other.checkpoints?.completed).toBe(one.checkpoints?.completed);
  expect(other.checkpoints?.failed).toBe(one.checkpoints?.failed);
  expect(other.checkpointConfig).toBe(one.checkpointConfig);
});

it('tells values apart that only look alike', () => {
  const values = sharedValues(100);
  const runs = [
    { carried: 1, current: 23 },
    { carried: 12, current: 3 },
  ].map((restarts): Run => ({ ...read(), restarts }));
  for (const run of runs) values.share(run);
  expect(runs.map(({ restarts }) => restarts?.carried)).toEqual([1, 12]);
});

it('keeps no more than it was made for', () => {
  // Those of the checkpoints, and one more.
  const values = sharedValues(3);
  const shared = (current: number): Run['restarts'] => {
    const run: Run = { ...read(), restarts: { carried: 0, current } };
    values.share(run);
    return run.restarts;
  };
  const first = shared(1);
  expect(shared(1)).toBe(first);
  shared(2);
  expect(shared(1)).not.toBe(first);
  expect(shared(1)).toEqual(first);
});
