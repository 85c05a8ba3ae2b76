/** What the routes may know, of one cluster with one run, for tests that need no cluster. */

import { unseenCluster } from '../../src/core/cluster-status.ts';
import type { Run } from '../../src/core/run.ts';
import type { Knowledge } from '../../src/http/knowledge.ts';
import { ended, T0 } from './restart-fixtures.ts';

const run: Run = {
  cluster: ended.cluster,
  jobId: ended.jobId,
  generation: ended.generation,
  name: ended.name,
  jobType: 'STREAMING',
  scheduler: '',
  applicationId: '',
  startTimes: [ended.lastStart],
  state: ended.status,
  stateEnteredAt: T0,
  rule: 'listed_ended',
  decidedAt: T0,
  seenAlive: true,
  reachedRunning: true,
  final: { status: ended.status, source: 'live', endTime: T0, recordedAt: T0 },
  countedVanished: false,
  failovers: 0,
};

export function knowledgeOfOneRun(): Knowledge {
  const known = { run, superseded: false };
  const status = unseenCluster(ended.cluster, true);
  return {
    clusters: () => [{ status, jobManagers: ['http://127.0.0.1:8081'], archives: [], liveRuns: 0 }],
    runs: () => [known],
    runsOf: (cluster) => (cluster === ended.cluster ? [known] : undefined),
    events: () => Promise.resolve([]),
    now: () => T0,
  };
}
