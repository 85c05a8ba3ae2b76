/** What every ledger does with notifications that wait: the embedded database and the fake are held to the same. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { IncidentChanges, IncidentLedger } from '../../src/ledger/incident-ledger.ts';
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import { notification } from './support/incidents.ts';
import { LEDGERS, type WholeLedger } from './support/ledgers.ts';

describe.each(LEDGERS)('the notifications of %s', (_, openLedger) => {
  let whole: WholeLedger;
  let ledger: IncidentLedger;
  let lease: number;

  beforeEach(async () => {
    whole = await openLedger();
    ledger = whole.incidents;
    lease = await ledger.takeLease();
  });

  const commit = (changes: Partial<IncidentChanges>): Promise<void> => ledger.commitIncidents(lease, changes);

  it('are given out by receiver when they are due, in the order in which they came', async () => {
    const late = notification('late', { nextTryAt: 4_001 });
    const other = notification('first', { url: 'http://b/' });
    const [first, second] = [notification('first', { createdAt: 5_000 }), notification('second')];
    await commit({ notifications: [late, first, other] });
    await commit({ notifications: [second] });
    expect(await ledger.dueNotifications('http://a/', 3_999, 10)).toEqual([]);
    expect(await ledger.dueNotifications('http://a/', 4_000, 10)).toEqual([first, second]);
    expect(await ledger.dueNotifications('http://a/', 4_001, 2)).toEqual([late, first]);
    expect(await ledger.dueNotifications('http://b/', 4_000, 10)).toEqual([other]);
    expect(await ledger.waitingNotifications()).toBe(4);
  });

  it('are tried again later, and leave when they were sent', async () => {
    const other = notification('n', { url: 'http://b/' });
    await commit({ notifications: [notification('n'), other] });
    await ledger.postponeNotification({ id: 'n', url: 'http://a/' }, 3, 6_000);
    await ledger.postponeNotification({ id: 'gone', url: 'http://a/' }, 3, 6_000);
    expect(await ledger.dueNotifications('http://a/', 5_999, 10)).toEqual([]);
    await commit({ notifications: [notification('n')] });
    const postponed = notification('n', { tries: 3, nextTryAt: 6_000 });
    expect(await ledger.dueNotifications('http://a/', 6_000, 10), 'still postponed').toEqual([postponed]);
    await ledger.removeNotifications([postponed, { id: 'gone', url: 'http://a/' }]);
    expect(await ledger.dueNotifications('http://a/', 6_000, 10)).toEqual([]);
    expect(await ledger.dueNotifications('http://b/', 6_000, 10)).toEqual([other]);
  });

  it('are trimmed by age, by receiver and by number', async () => {
    const names = ['1', '2', '3', '4', '5'];
    await commit({
      notifications: [
        notification('old', { createdAt: 3_999 }),
        ...names.map((id) => notification(id)),
        notification('6', { url: 'http://gone/' }),
      ],
    });
    const keep = { createdSince: 4_000, urls: ['http://a/', 'http://b/'], newest: 5 };
    expect(await ledger.trimNotifications(keep)).toBe(2);
    expect(await ledger.trimNotifications(keep)).toBe(0);
    expect(await ledger.trimNotifications({ ...keep, newest: 2 })).toBe(3);
    expect(await ledger.dueNotifications('http://a/', 9_000, 10)).toMatchObject([{ id: '4' }, { id: '5' }]);
    expect(await ledger.trimNotifications({ ...keep, newest: 0 })).toBe(2);
    await commit({ notifications: [notification('7')] });
    expect(await ledger.trimNotifications({ ...keep, urls: [] })).toBe(1);
    expect(await ledger.waitingNotifications()).toBe(0);
  });

  it('of final statuses are stored with the end of the run, or not at all', async () => {
    const final = notification('final', { event: 'final_status' });
    await whole.commit({ ...NO_CHANGES, notifications: [final] });
    await whole.commit({ ...NO_CHANGES, notifications: [final] });
    const wrong = { cluster: 'prod', jobId: 'a', generation: 1, at: 0.5, detail: '' };
    const events = [{ ...wrong, kind: 'seen', rule: 'listed' } as const];
    const failing = whole.commit({ ...NO_CHANGES, events, notifications: [notification('lost')] });
    await expect(failing).rejects.toMatchObject({ code: 'ledger_write' });
    expect(await ledger.dueNotifications('http://a/', 9_000, 10)).toEqual([final]);
  });
});
