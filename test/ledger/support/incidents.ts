/** An incident with an attempt, and what else a ledger keeps of it, for tests that need any. */

import type { Delivery } from '../../../src/core/restart/alerts.ts';
import type { Attempt, EndedRun, Incident, IncidentEvent, JobRepairs } from '../../../src/core/restart/incident.ts';
import type { Notification } from '../../../src/ledger/incident-ledger.ts';

const ENDED: EndedRun = {
  cluster: 'prod',
  jobId: 'a',
  generation: 1,
  name: 'orders',
  status: 'FAILED',
  endTime: 3_000,
  lastStart: 1_000,
};

export function attempt(number: number, jobId: string): Attempt {
  return {
    number,
    of: ENDED,
    request: {
      driver: 'flink_rest',
      jobId,
      jar: { name: 'orders.jar' },
      args: [],
      config: {},
      restoreDetail: '',
      submitTimeoutMs: 900_000,
    },
    confirm: { runningForMs: 60_000, checkpoint: true, timeoutMs: 600_000 },
    state: 'intended',
    detail: '',
    intendedAt: 4_000,
    sentAt: [],
    process: '/tmp/flink-web-1',
    watchedMs: 0,
  };
}

/** Of the run with this job id. */
export function incident(id: number, jobId: string, attempts: readonly Attempt[] = []): Incident {
  const run = { ...ENDED, jobId };
  return { id, run, state: 'waiting', detail: '', openedAt: 4_000, since: 4_000, triggers: [], attempts };
}

export function event(of: number, at: number): IncidentEvent {
  return { incident: of, at, kind: 'deferred', reason: 'paused', detail: '' };
}

export function delivery(fingerprint: string, more: Partial<Delivery> = {}): Delivery {
  return {
    fingerprint,
    startsAt: 1_000,
    status: 'firing',
    alertname: 'FlinkJobRepairWanted',
    cluster: 'prod',
    jobName: 'orders',
    jobId: '',
    firstAt: 4_000,
    lastAt: 4_000,
    count: 1,
    outcome: 'stored',
    ...more,
  };
}

export function notification(id: string, more: Partial<Notification> = {}): Notification {
  const times = { createdAt: 4_000, tries: 0, nextTryAt: 4_000 };
  return { id, url: 'http://a/', event: 'incident', body: '{}', ...times, ...more };
}

export const REPAIRS: JobRepairs = {
  cluster: 'prod',
  name: 'orders',
  intents: [4_000],
  sinceStable: 1,
  exhausted: false,
  results: { succeeded: 0, failed: 0, unconfirmed: 0, withdrawn: 0 },
};
