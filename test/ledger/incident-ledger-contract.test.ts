/** What every ledger does with incidents: the embedded database and the fake are held to the same. */

import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { IncidentChanges, IncidentLedger } from '../../src/ledger/incident-ledger.ts';
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import type { Delivery } from '../../src/core/restart/alerts.ts';
import { counted } from './fake-incident-ledger.ts';
import { FakeLedger } from './fake-ledger.ts';
import * as generated from './support/generated-incidents.ts';
import { attempt, delivery, event, incident, notification, REPAIRS } from './support/incidents.ts';
import { LEDGERS, type WholeLedger } from './support/ledgers.ts';

const EMPTY = { incidents: [], repairs: [], waiting: [], settings: new Map() };

describe.each(LEDGERS)('%s', (_, openLedger) => {
  let whole: WholeLedger;
  let ledger: IncidentLedger;
  let lease: number;

  beforeEach(async () => {
    whole = await openLedger();
    ledger = whole.incidents;
    lease = await ledger.takeLease();
  });

  const commit = (changes: Partial<IncidentChanges>): Promise<void> => ledger.commitIncidents(lease, changes);

  async function withFresh(test: (fresh: IncidentLedger, freshLease: number) => Promise<void>): Promise<void> {
    const { incidents: fresh } = await openLedger();
    await test(fresh, await fresh.takeLease());
  }

  it('is empty at first', async () => {
    expect(await ledger.loadIncidents()).toEqual(EMPTY);
    expect(await ledger.incidentEvents(1)).toEqual([]);
    expect(await ledger.deliveriesOf(1)).toEqual([]);
    expect(await ledger.dueNotifications('http://a/', 9_000, 10)).toEqual([]);
    expect(await ledger.waitingNotifications()).toBe(0);
    await commit({});
  });

  it('gives back every field of incidents, repairs and settings', async () => {
    await fc.assert(
      fc.asyncProperty(
        generated.incidents,
        fc.uniqueArray(generated.repairs, { selector: ({ cluster, name }) => JSON.stringify([cluster, name]) }),
        fc.dictionary(
          fc.string().map((key) => `restart/${key}`),
          fc.json(),
        ),
        async (incidents, repairs, values) => {
          const settings = new Map(Object.entries(values));
          await withFresh(async (fresh, freshLease) => {
            await fresh.commitIncidents(freshLease, { incidents: incidents.toReversed(), repairs, settings });
            const loaded = await fresh.loadIncidents();
            expect(loaded.incidents).toEqual(incidents);
            expect(new Set(loaded.repairs)).toEqual(new Set(repairs));
            expect(loaded.settings).toEqual(settings);
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives back every field of events, deliveries and notifications', async () => {
    const twoIncidents = [incident(1, 'a'), incident(2, 'b')];
    await fc.assert(
      fc.asyncProperty(
        fc.array(generated.event, { maxLength: 6 }),
        fc.array(generated.delivery, { maxLength: 6 }),
        fc.array(generated.notification, { maxLength: 6 }),
        async (events, deliveries, notifications) => {
          await withFresh(async (fresh, freshLease) => {
            await fresh.commitIncidents(freshLease, { incidents: twoIncidents });
            for (const one of deliveries) await fresh.commitIncidents(freshLease, { deliveries: [one] });
            await fresh.commitIncidents(freshLease, { events, notifications });

            const byKey = new Map<string, Delivery>();
            for (const one of deliveries) {
              const key = `${one.fingerprint} ${String(one.startsAt)}`;
              byKey.set(key, counted(byKey.get(key), one));
            }
            const newest = [...byKey.values()];
            const { waiting } = await fresh.loadIncidents();
            expect(new Set(waiting)).toEqual(new Set(newest.filter(({ outcome }) => outcome === 'stored')));
            for (const id of [1, 2]) {
              expect(await fresh.incidentEvents(id)).toEqual(events.filter((one) => one.incident === id));
              const itsOwn = newest.filter((one) => one.incident === id);
              expect(new Set(await fresh.deliveriesOf(id))).toEqual(new Set(itsOwn));
            }

            const first = new Map(notifications.toReversed().map((one) => [`${one.url} ${one.id}`, one]));
            expect(await fresh.waitingNotifications()).toBe(first.size);
            for (const url of ['http://a/', 'http://b/']) {
              const queued = notifications.filter((one) => one.url === url && [...first.values()].includes(one));
              expect(await fresh.dueNotifications(url, Number.MAX_SAFE_INTEGER, 100)).toEqual(queued);
            }
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('replaces what changed, and leaves the rest', async () => {
    const one = incident(1, 'a', [attempt(1, 'x')]);
    const settings = new Map([
      ['restart/mode', '"on"'],
      ['restart/pause', '{}'],
    ]);
    await commit({ incidents: [one, incident(2, 'b')], repairs: [REPAIRS], settings });
    const failed = { ...attempt(1, 'x'), state: 'failed', failure: 'ended_again', endedAt: 5_000 } as const;
    const changed = { ...one, state: 'confirming', since: 5_000, attempts: [failed, attempt(2, 'y')] } as const;
    await commit({ incidents: [changed], settings: new Map([['restart/mode', '"off"']]) });
    await commit({ repairs: [{ ...REPAIRS, exhausted: true }] });
    expect(await ledger.loadIncidents()).toEqual({
      incidents: [changed, incident(2, 'b')],
      repairs: [{ ...REPAIRS, exhausted: true }],
      waiting: [],
      settings: new Map([...settings, ['restart/mode', '"off"']]),
    });
  });

  it('never takes an attempt back', async () => {
    await commit({ incidents: [incident(1, 'a', [attempt(1, 'x')])] });
    await commit({ incidents: [incident(1, 'a')] });
    expect((await ledger.loadIncidents()).incidents).toEqual([incident(1, 'a', [attempt(1, 'x')])]);
  });

  describe('refuses, and stores nothing of the commit,', () => {
    const stored = incident(1, 'a', [attempt(1, 'x')]);
    it.each<[string, Partial<IncidentChanges>]>([
      ['a second incident of one end', { incidents: [incident(2, 'a')] }],
      ['an incident that gets another run', { incidents: [incident(1, 'b')] }],
      ['an attempt that gets another job id', { incidents: [{ ...stored, attempts: [attempt(1, 'y')] }] }],
      ['an event of no incident', { events: [event(7, 1)] }],
      ['a delivery to no incident', { deliveries: [delivery('f', { incident: 7 })] }],
      ['a time that is no integer', { events: [event(1, 10.5)] }],
      ['a setting of somebody else', { settings: new Map([['cluster/prod', '{}']]) }],
      ['the lease as a setting', { settings: new Map([['lease', '0']]) }],
    ])('%s', async (_case, wrong) => {
      await commit({ incidents: [stored] });
      const before = await ledger.loadIncidents();
      const good: Partial<IncidentChanges> = {
        incidents: [{ ...stored, state: 'submitting' }, incident(3, 'c')],
        repairs: [REPAIRS],
        events: [event(1, 5)],
        deliveries: [delivery('good')],
        notifications: [notification('n')],
        settings: new Map([['restart/mode', '"on"']]),
      };
      const merged = Object.fromEntries(
        Object.entries(good).map(([key, values]) => [key, [...values, ...(wrong[key as keyof IncidentChanges] ?? [])]]),
      ) as unknown as IncidentChanges;
      const failing = commit({ ...merged, settings: new Map(merged.settings) });
      await expect(failing).rejects.toMatchObject({
        name: 'MedicError',
        code: 'ledger_write',
        cause: expect.any(Error),
      });
      expect(await ledger.loadIncidents()).toEqual(before);
      expect(await ledger.incidentEvents(1)).toEqual([]);
      expect(await ledger.waitingNotifications()).toBe(0);
      await commit(good);
      expect(await ledger.waitingNotifications()).toBe(1);
    });
  });

  it('lets the same job id be tried again', async () => {
    const tried = incident(1, 'a', [attempt(1, 'x'), attempt(2, 'x')]);
    await commit({ incidents: [tried] });
    expect((await ledger.loadIncidents()).incidents).toEqual([tried]);
  });

  it('lets only the holder of the newest lease commit', async () => {
    await ledger.checkLease(lease);
    const next = await ledger.takeLease();
    expect(next).toBeGreaterThan(lease);
    const lost = { name: 'MedicError', code: 'lease_lost' };
    await expect(ledger.checkLease(lease)).rejects.toMatchObject(lost);
    await expect(commit({ incidents: [incident(1, 'a')] })).rejects.toMatchObject(lost);
    await expect(ledger.commitIncidents(next + 1, {}), 'one that nobody took').rejects.toMatchObject(lost);
    expect(await ledger.loadIncidents()).toEqual(EMPTY);
    await ledger.checkLease(next);
    await ledger.commitIncidents(next, { incidents: [incident(1, 'a')] });
    expect((await ledger.loadIncidents()).incidents).toHaveLength(1);
  });

  it('gives every taker a lease of its own', async () => {
    const leases = await Promise.all(Array.from({ length: 10 }, () => ledger.takeLease()));
    expect(new Set(leases).size).toBe(10);
    await ledger.checkLease(Math.max(...leases));
  });

  it('stores a thousand deliveries and incidents in one transaction', async () => {
    const numbers = Array.from({ length: 1_001 }, (_value, index) => index + 1);
    const incidents = numbers.map((id) => incident(id, `job-${String(id)}`, [attempt(1, `x-${String(id)}`)]));
    const deliveries = numbers.map((id) => delivery(`f-${String(id)}`, { incident: id }));
    await commit({ incidents, deliveries, events: numbers.map((id) => event(id, id)) });
    const loaded = await ledger.loadIncidents();
    expect(loaded.incidents).toEqual(incidents);
    expect(loaded.waiting).toHaveLength(1_001);
    expect(await ledger.incidentEvents(1_001)).toEqual([event(1_001, 1_001)]);
    await ledger.pruneIncidents({ deliveries: 0, incidents: numbers.slice(1) });
    expect((await ledger.loadIncidents()).incidents).toEqual(incidents.slice(0, 1));
  });

  it('prunes deliveries by time, and incidents with all that hangs on them', async () => {
    await commit({
      incidents: [incident(1, 'a', [attempt(1, 'x')]), incident(2, 'b')],
      events: [event(1, 1), event(2, 1)],
      repairs: [REPAIRS],
      deliveries: [
        delivery('old', { lastAt: 99 }),
        delivery('new', { lastAt: 100 }),
        delivery('of 1', { incident: 1 }),
        delivery('of 2', { incident: 2 }),
      ],
    });
    await ledger.pruneIncidents({ deliveries: 100, incidents: [1, 77] });
    const loaded = await ledger.loadIncidents();
    expect(loaded.incidents).toEqual([incident(2, 'b')]);
    expect(loaded.repairs).toEqual([REPAIRS]);
    expect(loaded.waiting.map(({ fingerprint }) => fingerprint).toSorted()).toEqual(['new', 'of 2']);
    expect(await ledger.incidentEvents(1)).toEqual([]);
    expect(await ledger.incidentEvents(2)).toHaveLength(1);
    await commit({ incidents: [incident(3, 'a', [attempt(1, 'x')])] });
    expect((await ledger.loadIncidents()).incidents, 'nothing of it is left').toHaveLength(2);
  });

  it('prunes what is remembered of jobs, settings, and of the deliveries all but the newest', async () => {
    const settings = new Map([
      ['restart/a', '1'],
      ['restart/b', '1'],
    ]);
    await commit({
      repairs: [REPAIRS, { ...REPAIRS, name: 'other' }],
      settings,
      deliveries: [
        delivery('waits', { lastAt: 1 }),
        ...[2, 3, 4].map((lastAt) => delivery(`f-${String(lastAt)}`, { lastAt, outcome: 'ignored' })),
      ],
    });
    const leaving = { newestDeliveries: 2, repairs: [REPAIRS], settings: ['restart/b', 'lease'] };
    expect(await ledger.pruneIncidents(leaving), 'the newest two and the one that waits').toBe(3);
    const loaded = await ledger.loadIncidents();
    expect(loaded.repairs).toEqual([{ ...REPAIRS, name: 'other' }]);
    expect([...loaded.settings]).toEqual([['restart/a', '1']]);
    expect(loaded.waiting.map(({ fingerprint }) => fingerprint)).toEqual(['waits']);
    await ledger.checkLease(lease);
  });

  it('never mixes its transactions with those of runs', async () => {
    const badEvent = {
      cluster: 'prod',
      jobId: 'a',
      generation: 1,
      at: 0.5,
      kind: 'seen',
      rule: 'listed',
      detail: '',
    } as const;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_value, n) => [
        whole.commit({
          ...NO_CHANGES,
          settings: new Map([[`cluster/${String(n)}`, '{}']]),
          events: n % 2 === 0 ? [badEvent] : [],
        }),
        commit({ incidents: [incident(n, `job-${String(n)}`)], events: n % 3 === 0 ? [event(n, 0.5)] : [event(n, 5)] }),
        ledger.loadIncidents(),
      ]).flat(),
    );
    const expected = Array.from({ length: 20 }, (_value, n) => [n % 2 !== 0, n % 3 !== 0, true]).flat();
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(expected);
    const incidents = (await ledger.loadIncidents()).incidents.map(({ id }) => id);
    expect(incidents).toEqual(Array.from({ length: 20 }, (_value, n) => n).filter((n) => n % 3 !== 0));
    const clusters = [...(await whole.load()).settings.keys()].filter((key) => key.startsWith('cluster/'));
    expect(clusters).toHaveLength(10);
  });

  it('hands out what nobody else can change', async () => {
    const triggers = [{ kind: 'person', at: 1, lastAt: 1, count: 1, name: 'ops', withdrawn: false } as const];
    await commit({ incidents: [{ ...incident(1, 'a'), triggers }] });
    triggers.pop();
    expect((await ledger.loadIncidents()).incidents[0]?.triggers).toHaveLength(1);
  });
});

describe('a fake that is told to fail', () => {
  it('writes nothing, reads on, and works again', async () => {
    const fake = new FakeLedger().incidents;
    const lease = await fake.takeLease();
    await fake.commitIncidents(lease, { incidents: [incident(1, 'a')], notifications: [notification('n')] });
    fake.failWith = new Error('disk full');
    const writes = [
      fake.takeLease(),
      fake.commitIncidents(lease, { incidents: [incident(2, 'b')] }),
      fake.removeNotifications([notification('n')]),
      fake.postponeNotification(notification('n'), 1, 9_000),
      fake.trimNotifications({ createdSince: 0, urls: [], newest: 0 }),
      fake.pruneIncidents({ deliveries: 9_000, incidents: [1] }),
    ];
    for (const write of writes) {
      await expect(write).rejects.toMatchObject({ code: 'ledger_write', cause: fake.failWith });
    }
    await fake.checkLease(lease);
    expect((await fake.loadIncidents()).incidents).toEqual([incident(1, 'a')]);
    expect(await fake.dueNotifications('http://a/', 4_000, 1)).toEqual([notification('n')]);
    fake.failWith = undefined;
    await fake.commitIncidents(lease, { incidents: [incident(2, 'b')] });
    expect((await fake.loadIncidents()).incidents).toHaveLength(2);
  });
});
