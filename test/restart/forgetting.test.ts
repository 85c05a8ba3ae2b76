/** What is remembered of restarts, and of policies, when nothing refers to it any more. */

import { expect, it } from 'vitest';
import type { RestartRules } from '../../src/core/restart/policy.ts';
import { IncidentStore, type Leaves } from '../../src/restart/incident-store.ts';
import { arm, armedOf, breakerOf, isOfBreaker, setBreaker } from '../../src/restart/restart-settings.ts';
import { FakeIncidentLedger } from '../ledger/fake-incident-ledger.ts';
import { incident } from '../ledger/support/incidents.ts';

const HOUR = 3_600_000;

async function storeOver(ledger: FakeIncidentLedger): Promise<IncidentStore> {
  return new IncidentStore(await ledger.loadIncidents(), {
    ledger,
    lease: await ledger.takeLease(),
    notify: () => [],
    changed: () => undefined,
    failed: () => undefined,
  });
}

const NOTHING: Leaves = {
  incidents: () => false,
  early: () => false,
  repairs: () => false,
  setting: () => false,
  deliveriesBefore: 0,
};

it('forgets the repairs of a job with its last incident, not before', async () => {
  const ledger = new FakeIncidentLedger();
  const store = await storeOver(ledger);
  await store.change((draft) => {
    draft.apply({ incident: { ...incident(1, 'a'), state: 'refused', closedAt: 5 } });
    for (const name of [incident(1, 'a').run.name, 'idle'])
      draft.putRepairs({ ...draft.repairs('prod', name), exhausted: true });
  });
  const names = async (): Promise<string[]> => (await ledger.loadIncidents()).repairs.map(({ name }) => name);
  await store.forget({ ...NOTHING, repairs: () => true });
  expect(await names()).toEqual([incident(1, 'a').run.name]);
  await store.forget({ ...NOTHING, incidents: () => true, repairs: () => true });
  expect(await names()).toEqual([]);
  expect([...store.allRepairs()]).toEqual([]);
});

it('forgets the breaker of a cluster', async () => {
  const ledger = new FakeIncidentLedger();
  const store = await storeOver(ledger);
  const open = { openedAt: 1, coolDownMs: 2, detail: 'many failed' };
  await store.change((draft) => {
    for (const cluster of ['here', 'gone']) setBreaker(draft, cluster, open);
  });
  await store.forget({ ...NOTHING, setting: (key) => isOfBreaker(key, (cluster) => cluster === 'gone') });
  expect([breakerOf(store, 'here').openedAt, breakerOf(store, 'gone').openedAt]).toEqual([1, undefined]);
  expect([...(await ledger.loadIncidents()).settings.keys()]).toEqual(['restart/breaker/here']);
});

it('keeps what it forgets while the ledger cannot be written', async () => {
  const ledger = new FakeIncidentLedger();
  const store = await storeOver(ledger);
  await store.change((draft) => draft.apply({ incident: { ...incident(1, 'a'), state: 'refused', closedAt: 5 } }));
  ledger.failWith = new Error('disk full');
  await expect(store.forget({ ...NOTHING, incidents: () => true })).rejects.toMatchObject({ code: 'ledger_write' });
  expect(store.count()).toBe(1);
});

it('remembers since when a policy is armed for a day after it left the configuration', async () => {
  const store = await storeOver(new FakeIncidentLedger());
  const matcher = { source: 'x', matches: () => true };
  const policy = { name: 'p', match: { cluster: matcher, jobName: matcher }, on: ['FAILED'], triggers: {} };
  const rules = (policies: readonly object[]) =>
    ({ mode: 'on', actWithinMs: HOUR, policies }) as unknown as RestartRules;
  const load = (policies: readonly object[], at: number) => store.change((draft) => arm(draft, rules(policies), at));
  const armedSince = (): number | undefined => armedOf(store, 'on', 'p').policy;
  await load([policy], 1);
  await load([], 2);
  await load([], 2 + 24 * HOUR);
  await load([policy], 3 + 24 * HOUR);
  expect(armedSince(), 'back in time').toBe(1);
  await load([], 4 + 24 * HOUR);
  await load([], 5 + 48 * HOUR);
  await load([policy], 6 + 48 * HOUR);
  expect(armedSince(), 'as a new one').toBe(6 + 48 * HOUR);
});
