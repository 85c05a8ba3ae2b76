import { describe, expect, it } from 'vitest';
import { parseJobDetails } from '../../../src/flink/documents/job-details.ts';

const none = { CREATED: 0, SCHEDULED: 0, DEPLOYING: 0, FINISHED: 0, CANCELED: 0, RECONCILING: 0, INITIALIZING: 0 };

const details = {
  jid: 'd5b0a5ba5ea6b5f0a3d54a3c7b7c0e01',
  name: 'orders',
  isStoppable: false,
  state: 'RESTARTING',
  'start-time': 1000,
  'end-time': -1,
  duration: 50,
  maxParallelism: -1,
  now: 1050,
  timestamps: { INITIALIZING: 1000, CREATED: 1010, RUNNING: 1020, RESTARTING: 1040, FAILED: 0, SUSPENDED: 0 },
  vertices: [
    { id: 'a', tasks: { ...none, RUNNING: 2, CANCELING: 1, FAILED: 0 }, metrics: { 'accumulated-busy-time': 'NaN' } },
    { id: 'b', tasks: { ...none, RUNNING: 1, CANCELING: 0, FAILED: 1 }, metrics: { 'accumulated-busy-time': 12.5 } },
  ],
  'status-counts': { ...none, RUNNING: 2, CANCELING: 0, FAILED: 0 },
  plan: { jid: 'd5b0a5ba5ea6b5f0a3d54a3c7b7c0e01' },
};

describe('parseJobDetails', () => {
  it('reads 1.18, adding up the tasks of all vertices', () => {
    expect(parseJobDetails(details)).toEqual({
      jobId: 'd5b0a5ba5ea6b5f0a3d54a3c7b7c0e01',
      name: 'orders',
      state: 'RESTARTING',
      startTime: 1000,
      duration: 50,
      now: 1050,
      timestamps: { INITIALIZING: 1000, CREATED: 1010, RUNNING: 1020, RESTARTING: 1040 },
      tasks: { ...none, RUNNING: 3, CANCELING: 1, FAILED: 1 },
    });
  });

  it('reads what 1.20 and 2.3 added', () => {
    const newer = {
      ...details,
      'job-type': 'STREAMING',
      schedulerType: 'Adaptive',
      'application-id': 'aa5ba5ea6b5f0a3d54a3c7b7c0e01d5b',
      'pending-operators': 0,
      'stream-graph': {},
    };
    expect(parseJobDetails(newer)).toMatchObject({
      jobType: 'STREAMING',
      scheduler: 'Adaptive',
      applicationId: 'aa5ba5ea6b5f0a3d54a3c7b7c0e01d5b',
    });
  });

  it('reads a failed initialisation of 2.3: no vertices, nulls', () => {
    const failed = {
      ...details,
      state: 'FAILED',
      'end-time': 1050,
      timestamps: { INITIALIZING: 1000, FAILED: 1050, RUNNING: 0 },
      vertices: [],
      plan: { jid: '', name: '', type: '', nodes: [] },
      schedulerType: null,
      'application-id': null,
    };
    const job = parseJobDetails(failed);
    expect(job).toMatchObject({ state: 'FAILED', endTime: 1050, timestamps: { INITIALIZING: 1000, FAILED: 1050 } });
    expect(Object.values(job.tasks)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(job).not.toHaveProperty('applicationId');
    expect(job.timestamps).not.toHaveProperty('RUNNING');
  });

  it('does without now, and ignores states that it does not know in timestamps', () => {
    const { now, ...old } = { ...details, timestamps: { ...details.timestamps, PAUSED: 'x' } };
    expect(now).toBe(1050);
    expect(parseJobDetails(old)).not.toHaveProperty('now');
  });

  it.each([
    [{ state: 'EXPLODED' }, '/jobs/:jobid: state: expected a job state of Flink'],
    [
      { vertices: [{ tasks: { RUNNING: null } }] },
      '/jobs/:jobid: vertices[0].tasks.RUNNING: expected number, received null',
    ],
    [{ timestamps: { RUNNING: '1' } }, '/jobs/:jobid: timestamps.RUNNING: expected number, received string'],
  ])('refuses %j', (change, message) => {
    expect(() => parseJobDetails({ ...details, ...change })).toThrow(
      expect.objectContaining({ code: 'schema', message }),
    );
  });
});
