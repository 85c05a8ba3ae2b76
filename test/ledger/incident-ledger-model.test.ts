/** Whatever is done to the two ledgers, in any order, they refuse the same, answer the same and keep the same. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Incident } from '../../src/core/restart/incident.ts';
import type { IncidentLedger } from '../../src/ledger/incident-ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { FakeIncidentLedger } from './fake-incident-ledger.ts';
import { attempt, delivery, event, incident, notification } from './support/incidents.ts';

/** Few of each, so that they meet. */
const number = fc.constantFrom(1, 2, 3);
const name = fc.constantFrom('a', 'b', 'c');
const url = fc.constantFrom('http://a/', 'http://b/');
const time = fc.integer({ min: 0, max: 9 });
const few = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 2 });

const anIncident: fc.Arbitrary<Incident> = fc
  .record({ id: number, run: name, attempts: few(fc.tuple(number, name)) })
  .map(({ id, run, attempts }) =>
    incident(
      id,
      run,
      attempts.map(([n, jobId]) => attempt(n, jobId)),
    ),
  );
const anEvent = fc.tuple(number, fc.oneof(time, fc.constant(0.5))).map(([id, at]) => event(id, at));
const aDelivery = fc
  .record({ fingerprint: name, lastAt: time, of: fc.option(number, { nil: undefined }) })
  .map(({ fingerprint, lastAt, of }) =>
    delivery(fingerprint, { lastAt, ...(of === undefined ? {} : { incident: of }) }),
  );
const aNotification = fc
  .record({ id: name, url, createdAt: time, nextTryAt: time })
  .map(({ id, ...more }) => notification(id, more));

type Step = (ledger: IncidentLedger) => Promise<unknown>;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        incidents: few(anIncident),
        events: few(anEvent),
        deliveries: few(aDelivery),
        notifications: few(aNotification),
        settings: few(fc.tuple(fc.constantFrom('restart/a', 'restart/b', 'cluster/a'), name)).map(
          (all) => new Map(all),
        ),
      })
      .chain((changes) => fc.tuple(fc.constant(changes), fc.constantFrom(1, 1, 1, 2)))
      .map(
        ([changes, lease]): Step =>
          (ledger) =>
            ledger.commitIncidents(lease, changes),
      ),
  },
  fc.constant<Step>((ledger) => ledger.takeLease()),
  fc
    .record({
      deliveries: time,
      newestDeliveries: time,
      incidents: few(number),
      repairs: few(fc.record({ cluster: name, name })),
      settings: few(fc.constantFrom('restart/a', 'restart/b', 'cluster/a', 'lease')),
    })
    .map(
      (older): Step =>
        (ledger) =>
          ledger.pruneIncidents(older),
    ),
  fc.record({ createdSince: time, urls: few(url), newest: time }).map(
    (keep): Step =>
      (ledger) =>
        ledger.trimNotifications(keep),
  ),
  few(fc.record({ id: name, url })).map(
    (keys): Step =>
      (ledger) =>
        ledger.removeNotifications(keys),
  ),
  fc.tuple(fc.record({ id: name, url }), number, time).map(
    ([key, tries, at]): Step =>
      (ledger) =>
        ledger.postponeNotification(key, tries, at),
  ),
);

/** What a step gave: its value, or the code of its error. */
async function outcomeOf(result: Promise<unknown>): Promise<unknown> {
  return result.catch((error: { code: unknown }) => error.code);
}

async function contentsOf(ledger: IncidentLedger): Promise<unknown> {
  const { waiting, ...contents } = await ledger.loadIncidents();
  return {
    ...contents,
    waiting: new Set(waiting),
    events: await Promise.all([1, 2, 3].map((id) => ledger.incidentEvents(id))),
    due: await Promise.all(['http://a/', 'http://b/'].map((to) => ledger.dueNotifications(to, 5, 3))),
    notifications: await ledger.waitingNotifications(),
  };
}

it('both do the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medic-ledger-'));
  let files = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const real = await openSqliteLedger(join(folder, `${String((files += 1))}.db`));
      const fake = new FakeIncidentLedger();
      try {
        await Promise.all([real.incidents.takeLease(), fake.takeLease()]);
        for (const take of steps) {
          expect(await outcomeOf(take(fake))).toEqual(await outcomeOf(take(real.incidents)));
          expect(await contentsOf(fake)).toEqual(await contentsOf(real.incidents));
        }
      } finally {
        await real.close();
      }
    }),
    { numRuns: 50 },
  );
  rmSync(folder, { recursive: true });
});
