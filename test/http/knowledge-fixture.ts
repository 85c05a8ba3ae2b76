/** What the routes may know, of one cluster, for tests that need none: a run with everything, and one with nothing. */

import { unseenCluster } from '../../src/core/cluster-status.ts';
import type { Snapshot } from '../../src/core/facts.ts';
import type { Run } from '../../src/core/run.ts';
import type { Knowledge } from '../../src/http/knowledge.ts';
import { runOf } from './pages/fixtures.ts';
import { ended, T0 } from './restart-fixtures.ts';

const bare: Run = runOf({ cluster: ended.cluster, name: 'payments', jobType: '' });

const snapshot: Snapshot = {
  id: 7,
  kind: 'checkpoint',
  triggeredAt: T0,
  completedAt: T0,
  durationMs: 1,
  sizeBytes: 1,
  path: 'file:/checkpoints/chk-7',
  discarded: false,
};

const run: Run = {
  ...bare,
  jobId: ended.jobId,
  name: ended.name,
  jobType: 'STREAMING',
  startTimes: [ended.lastStart],
  state: ended.status,
  rule: 'listed_ended',
  lostAt: T0,
  final: { status: ended.status, source: 'live', endTime: T0, recordedAt: T0 },
  restarts: { carried: 1, current: 2 },
  lastFailure: { exception: 'com.example.Broken', message: 'it broke', task: 'map', labels: '', timestamp: T0 },
  checkpoints: {
    completed: { carried: 0, current: 7 },
    failed: { carried: 0, current: 1 },
    lastCompleted: snapshot,
    lastSavepoint: { ...snapshot, id: 5, kind: 'savepoint', path: 'file:/savepoints/1' },
    lastRestored: { id: 3, restoredAt: T0, path: 'file:/checkpoints/chk-3', owned: true },
    readAfterEnd: true,
  },
  checkpointConfig: { intervalMs: 1000, timeoutMs: 1000, retained: true, deletedOnCancellation: false },
  archive: '/archive/1',
};

export function knowledgeOfOneCluster(): Knowledge {
  const runs = [run, bare].map((each) => ({ run: each, superseded: false }));
  const status = {
    ...unseenCluster(ended.cluster, true),
    up: true,
    problem: 'jobmanager.archive.fs.dir cannot be read',
    version: '2.3.0',
    mode: 'session',
    lastObservedAt: T0,
    clockOffsetMs: -15,
    overview: { taskmanagers: 1, slots: 4, slotsAvailable: 3, version: '2.3.0', commit: '' },
  } as const;
  const archive = {
    archive: '/archive',
    cluster: ended.cluster,
    up: true,
    files: { indexed: 1, incomplete: 0, unreadable: 0, unattributed: 0 },
    lastScanAt: T0,
    scanMs: 1,
    readBytes: 1,
  };
  return {
    clusters: () => [
      { status, jobManagers: ['http://127.0.0.1:8081'], archives: [archive], liveRuns: 1, expectedJobs: [] },
    ],
    runs: (wanted = () => true) => Promise.resolve({ found: runs.filter(wanted), of: runs.length }),
    runsOf: (cluster, job) => {
      if (cluster !== ended.cluster) return undefined;
      return runs.filter((known) => known.run.name === job || known.run.jobId === job);
    },
    runsOfName: (_cluster, name) => runs.filter((known) => known.run.name === name),
    divide: () => async () => undefined,
    unlessGone: (one, make) => make(one),
    events: (key) => Promise.resolve([{ ...key, at: T0, kind: 'seen', rule: 'listed', detail: 'RUNNING' }]),
    now: () => T0,
  };
}
