/** When the breaker of a cluster is looked at again. What opens it: `test/core/restart/breaker.test.ts`. */

import { beforeEach, expect, it, vi } from 'vitest';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import { unseenCluster } from '../../src/core/cluster-status.ts';
import { MedicError } from '../../src/core/errors.ts';
import type { RestartRules } from '../../src/core/restart/policy.ts';
import { Breakers } from '../../src/restart/breakers.ts';
import { IncidentStore } from '../../src/restart/incident-store.ts';
import { breakerOf } from '../../src/restart/restart-settings.ts';
import type { WatchedCluster } from '../../src/restart/watched-cluster.ts';
import { ID, NOW, OFFSET, runWith, situationWith } from '../core/restart/support/situation.ts';
import { FakeIncidentLedger } from '../ledger/fake-incident-ledger.ts';

const FAILED = ['a', 'b', 'c', 'd', 'e'];

let ledger: FakeIncidentLedger;
let store: IncidentStore;
let clusters: WatchedCluster[];
let breakers: Breakers;
let rules: RestartRules;

beforeEach(() => {
  ledger = new FakeIncidentLedger();
  rules = { ...situationWith().rules, policies: [] };
  const contents = { incidents: [], repairs: [], waiting: [], settings: new Map<string, string>() };
  const nothing = { notify: () => [], changed: () => undefined, failed: () => undefined };
  store = new IncidentStore(contents, { ledger, lease: 0, ...nothing });
  clusters = ['prod', 'test'].map(failing);
  const surroundings = {
    clusters: () => clusters,
    cluster: (name: string) => clusters.find((cluster) => cluster.name === name),
    isConfigured: () => true,
    rules: () => rules,
    clock: { now: () => NOW, monotonic: () => NOW },
  };
  breakers = new Breakers({ store, surroundings, log: { warn: () => undefined } });
  for (const { name } of clusters) breakers.runsChanged(name);
});

/** A cluster of which every job failed a minute ago. */
function failing(cluster: string): WatchedCluster {
  const runs = FAILED.map((name, i) => runWith({ cluster, name, jobId: ID.replace('1', String(i)) }));
  return {
    name: cluster,
    history: new ClusterHistory(cluster, { runs, names: [] }),
    status: unseenCluster(cluster, true),
    jobManagers: [],
    jobManagerNow: () => NOW + OFFSET,
    observeSoon: () => undefined,
  };
}

function open(): string[] {
  return clusters.map(({ name }) => name).filter((name) => breakerOf(store, name).openedAt !== undefined);
}

it('opens all of one check together, once', async () => {
  expect(await breakers.check()).toBe(true);
  expect(open()).toEqual(['prod', 'test']);
  expect(await breakers.check()).toBe(false);
  expect(ledger.tried).toHaveLength(1);
});

it('looks again at all of a check that the ledger refused', async () => {
  ledger.failWith = new MedicError('ledger_write', 'the disk is full');
  await expect(breakers.check()).rejects.toThrow('the disk is full');
  expect(open()).toEqual([]);
  ledger.failWith = undefined;
  expect(await breakers.check()).toBe(true);
  expect(open()).toEqual(['prod', 'test']);
});

it('looks again at all of a check that failed for one', async () => {
  const [, last] = clusters as [WatchedCluster, WatchedCluster];
  vi.spyOn(last.history, 'runs').mockImplementationOnce(() => {
    throw new Error('a fault of ours');
  });
  await expect(breakers.check()).rejects.toThrow('a fault of ours');
  expect(await breakers.check()).toBe(true);
  expect(open()).toEqual(['prod', 'test']);
});

it('looks again at all once a reload brought other rules', async () => {
  const configured = rules;
  rules = { ...rules, breaker: { ...rules.breaker, minJobs: 1_000 } };
  expect(await breakers.check()).toBe(false);
  rules = { ...rules };
  expect(await breakers.check()).toBe(false);
  rules = configured;
  expect(await breakers.check()).toBe(true);
  expect(open()).toEqual(['prod', 'test']);
});
