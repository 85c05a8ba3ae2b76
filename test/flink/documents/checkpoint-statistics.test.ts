import { describe, expect, it } from 'vitest';
import { parseCheckpointStatistics } from '../../../src/flink/documents/checkpoint-statistics.ts';

const completed = {
  className: 'completed',
  id: 7,
  status: 'COMPLETED',
  is_savepoint: false,
  savepointFormat: null,
  trigger_timestamp: 1000,
  latest_ack_timestamp: 1025,
  checkpointed_size: 10,
  state_size: 4096,
  end_to_end_duration: 25,
  external_path: 'file:/checkpoints/chk-7',
  discarded: false,
  tasks: {},
};
const restored = { id: 5, restore_timestamp: 900, is_savepoint: true, external_path: 'file:/checkpoints/chk-5' };
const statistics = {
  counts: { restored: 1, total: 9, in_progress: 1, completed: 6, failed: 2 },
  summary: { state_size: { min: 0, max: 0, avg: 0, p50: 'NaN' } },
  latest: { completed, savepoint: null, failed: null, restored },
  history: [],
};
const latest = (change: object) => ({ ...statistics, latest: { ...statistics.latest, ...change } });

describe('parseCheckpointStatistics', () => {
  it('reads totals, the latest completed and the restored one', () => {
    expect(parseCheckpointStatistics(statistics)).toEqual({
      restored: 1,
      completed: 6,
      failed: 2,
      latestCompleted: {
        id: 7,
        kind: 'checkpoint',
        triggeredAt: 1000,
        completedAt: 1025,
        durationMs: 25,
        sizeBytes: 4096,
        path: 'file:/checkpoints/chk-7',
        discarded: false,
      },
      latestRestored: { id: 5, restoredAt: 900, path: 'file:/checkpoints/chk-5', owned: false },
    });
  });

  it('reads a savepoint as one', () => {
    const savepoint = { ...completed, id: 8, is_savepoint: true, external_path: 'file:/savepoints/8' };
    expect(parseCheckpointStatistics(latest({ savepoint }))?.latestSavepoint).toMatchObject({
      id: 8,
      kind: 'savepoint',
    });
  });

  it('has only totals before anything was completed', () => {
    const empty = { completed: null, savepoint: null, restored: null };
    expect(parseCheckpointStatistics(latest(empty))).toEqual({ restored: 1, completed: 6, failed: 2 });
    expect(parseCheckpointStatistics({ ...statistics, latest: null })).toEqual({
      restored: 1,
      completed: 6,
      failed: 2,
    });
  });

  it.each([null, '', '<checkpoint-not-externally-addressable>'])('has no path for %j', (path) => {
    const change = { completed: { ...completed, external_path: path }, restored: { ...restored, external_path: path } };
    const parsed = parseCheckpointStatistics(latest(change));
    expect(parsed?.latestCompleted).not.toHaveProperty('path');
    expect(parsed?.latestRestored).not.toHaveProperty('path');
  });

  it('takes the last acknowledgement where there is no duration', () => {
    const change = { completed: { ...completed, end_to_end_duration: -1, latest_ack_timestamp: 1040 } };
    expect(parseCheckpointStatistics(latest(change))?.latestCompleted).toMatchObject({
      completedAt: 1040,
      durationMs: 40,
    });
    const neither = { completed: { ...completed, end_to_end_duration: -1, latest_ack_timestamp: -1 } };
    expect(parseCheckpointStatistics(latest(neither))?.latestCompleted).toMatchObject({
      completedAt: 1000,
      durationMs: 0,
    });
  });

  it.each([
    ['Checkpointing has not been enabled.'],
    ['Checkpointing is not enabled for this job (d5b0a5ba5ea6b5f0a3d54a3c7b7c0e01).'],
    [
      'org.apache.flink.runtime.rest.handler.RestHandlerException: Checkpointing has not been enabled.\n\tat x.Y.z(Y.java)',
    ],
  ])('knows the body that says that checkpoints are off: %j', (error) => {
    expect(parseCheckpointStatistics({ errors: [error] })).toBeUndefined();
  });

  it.each([
    [{ errors: ['Internal server error.'] }, '/jobs/:jobid/checkpoints: counts: expected object, received undefined'],
    [{ errors: [] }, '/jobs/:jobid/checkpoints: counts: expected object, received undefined'],
    [
      latest({ completed: { ...completed, id: '7' } }),
      '/jobs/:jobid/checkpoints: latest.completed.id: expected number, received string',
    ],
  ])('refuses %j', (value, message) => {
    expect(() => parseCheckpointStatistics(value)).toThrow(expect.objectContaining({ code: 'schema', message }));
  });
});
