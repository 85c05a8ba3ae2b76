/** Pages over what a test makes up: runs, clusters and incidents with defaults, and the application that shows them. */

import { rankRuns } from '../../../src/app/rank-runs.ts';
import { unseenCluster } from '../../../src/core/cluster-status.ts';
import type { Incident } from '../../../src/core/restart/incident.ts';
import type { FinalStatus } from '../../../src/core/states.ts';
import type { Run } from '../../../src/core/run.ts';
import type { Knowledge, KnownCluster, KnownRun, Readiness } from '../../../src/http/knowledge.ts';
import type { LoadedConfiguration } from '../../../src/http/pages/configuration.ts';
import { type PageSources, pageRoute } from '../../../src/http/routes/page.ts';
import { uiRoutes } from '../../../src/http/routes/ui.ts';
import type { JobPolicy, Switches } from '../../../src/http/restart-desk.ts';
import { T0 } from '../restart-fixtures.ts';
import { FakeLogger, serveApp } from '../support.ts';

export const HOUR = 3_600_000;
/** The present moment of every page: an hour after `T0`. */
export const NOW = T0 + HOUR;

/** A run that has been RUNNING since `T0`. */
export function runOf(of: Partial<Run> = {}): Run {
  return {
    cluster: 'prod',
    jobId: '4'.repeat(32),
    generation: 1,
    name: 'orders',
    jobType: 'STREAMING',
    scheduler: '',
    applicationId: '',
    startTimes: [T0],
    state: 'RUNNING',
    stateEnteredAt: T0,
    rule: 'listed',
    decidedAt: T0,
    seenAlive: true,
    reachedRunning: true,
    countedVanished: false,
    failovers: 0,
    ...of,
  };
}

export function endedRun(status: FinalStatus, of: Partial<Run> = {}, endTime = NOW - 60_000): Run {
  const final = { status, source: 'live', endTime, recordedAt: endTime } as const;
  return runOf({ state: status, stateEnteredAt: endTime, rule: 'listed_ended', final, ...of });
}

export function known(run: Run, superseded = false): KnownRun {
  return { run, superseded };
}

export function clusterOf(name = 'prod', of: Partial<KnownCluster> & { readonly up?: boolean } = {}): KnownCluster {
  const { up = true, ...rest } = of;
  const status = {
    ...unseenCluster(name, true),
    up,
    lastObservedAt: NOW - 5_000,
    version: '2.3.0',
    mode: 'session',
  } as const;
  return { status, jobManagers: ['http://127.0.0.1:8081'], archives: [], liveRuns: 1, expectedJobs: [], ...rest };
}

export function incidentOf(run: Run, of: Partial<Incident> = {}): Incident {
  return {
    id: 7,
    run: {
      cluster: run.cluster,
      jobId: run.jobId,
      generation: run.generation,
      name: run.name,
      status: run.final?.status ?? 'FAILED',
      endTime: run.final?.endTime ?? T0,
      lastStart: T0,
    },
    state: 'refused',
    reason: 'no_policy',
    detail: '',
    openedAt: NOW - 30_000,
    since: NOW - 30_000,
    triggers: [],
    attempts: [],
    ...of,
  };
}

export interface Shown {
  readonly clusters?: readonly KnownCluster[];
  readonly runs?: readonly KnownRun[];
  readonly incidents?: readonly Incident[];
  readonly switches?: Partial<Switches>;
  /** Of every job. */
  readonly policy?: JobPolicy;
  readonly readiness?: Readiness;
  readonly configuration?: Partial<LoadedConfiguration>;
}

export function sourcesOf(shown: Shown): PageSources {
  const { clusters = [clusterOf()], runs = [], incidents = [] } = shown;
  const runsOfName = (cluster: string, name: string): KnownRun[] =>
    runs.filter(({ run }) => run.cluster === cluster && run.name === name);
  const knowledge: Knowledge = {
    clusters: () => clusters,
    runs: async (wanted = () => true, order) => ({
      found: await rankRuns(runs.filter(wanted), order, async () => undefined),
      of: runs.length,
    }),
    divide: () => async () => undefined,
    unlessGone: (one, make) => make(one),
    runsOf: (cluster, job) => {
      const byId = runs.filter(({ run }) => run.cluster === cluster && run.jobId === job);
      return byId.length > 0 ? byId : runsOfName(cluster, job);
    },
    runsOfName,
    events: (key) => Promise.resolve([{ ...key, at: T0, kind: 'seen', rule: 'listed', detail: 'RUNNING' }]),
    now: () => NOW,
  };
  return {
    knowledge,
    desk: {
      incidents: () => incidents,
      incident: (id) => incidents.find((incident) => incident.id === id),
      story: () => Promise.resolve({ events: [], deliveries: [] }),
      switches: () => ({ mode: 'on', pausedSince: new Map(), openBreakers: [], ...shown.switches }),
      policyOf: () => shown.policy,
    },
    readiness: () => shown.readiness ?? { ready: true, waitingFor: [] },
    configuration: () => ({ text: () => 'a: b\n', loadedAt: T0, isReloaded: true, ...shown.configuration }),
    program: { version: '1.2.3', metricsPath: '/metrics' },
    logger: new FakeLogger(),
  };
}

/** @returns what asks for a page: its status and text */
export async function showing(
  shown: Shown,
): Promise<(path: string) => Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }>> {
  const sources = sourcesOf(shown);
  const url = await serveApp({ routes: [pageRoute(sources), ...uiRoutes(sources)] });
  return async (path) => {
    const answer = await fetch(`${url}${path}`);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
}
