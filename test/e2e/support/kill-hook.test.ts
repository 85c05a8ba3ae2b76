/** The hook is the judge of what survives a crash, so it is judged first: on a ledger that is written as the store does it. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSqliteLedger } from '../../../src/ledger/sqlite/open.ts';
import { killPoints, withKillHook } from './kill-points.ts';
import { temporaryFolder } from './medic.ts';

/** Opens an incident, then writes down that it is deferred; settings and a deletion of nothing come between. */
const PROGRAM = `
import { openSqliteLedger } from ${JSON.stringify(new URL('../../../src/ledger/sqlite/open.ts', import.meta.url).href)};
import { NO_CHANGES } from ${JSON.stringify(new URL('../../../src/ledger/ledger.ts', import.meta.url).href)};

const run = { cluster: 'c', jobId: 'a', generation: 1, name: 'orders', status: 'FAILED', endTime: 2, lastStart: 1 };
const incident = { id: 1, run, state: 'waiting', detail: '', openedAt: 3, since: 3, triggers: [], attempts: [] };
const event = (kind) => ({ incident: 1, at: 3, kind, detail: '' });
const ledger = await openSqliteLedger(process.env.LEDGER);
const { incidents } = ledger;
await incidents.pruneIncidents({ deliveries: 9, notifications: 9, incidents: [] });
const lease = await incidents.takeLease();
await incidents.commitIncidents(lease, { incidents: [incident], events: [event('opened'), event('joined')] });
await ledger.commit({ ...NO_CHANGES, settings: new Map([['a', '1']]) });
await incidents.commitIncidents(lease, {
  incidents: [{ ...incident, state: 'deferred' }],
  events: [event('deferred')],
  repairs: [{ cluster: 'c', name: 'orders' }],
  settings: new Map([['restart/x', '1']]),
});
await incidents.commitIncidents(lease + 1, { incidents: [incident] }).catch(() => {});
await ledger.close();
`;
const OPENED = 'incidents=waiting incident_events=opened,joined';
const DEFERRED = 'incidents=deferred job_repairs incident_events=deferred';

describe('the kill hook', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });

  /** @returns the signal that ended the program, or its exit code */
  function run(killAt?: string) {
    const { node, env } = withKillHook(join(folder, 'commits'), killAt);
    const { signal, status, stderr } = spawnSync(
      process.execPath,
      ['--no-warnings', ...node, '--input-type=module', '--eval', PROGRAM],
      { env: { ...process.env, ...env, LEDGER: join(folder, 'ledger.db') }, encoding: 'utf8' },
    );
    return signal ?? (status === 0 ? 0 : stderr);
  }

  async function stored() {
    const ledger = await openSqliteLedger(join(folder, 'ledger.db'));
    try {
      const { incidents } = await ledger.incidents.loadIncidents();
      const events = await ledger.incidents.incidentEvents(1);
      return [...incidents.map(({ state }) => state), ...events.map(({ kind }) => kind)];
    } finally {
      await ledger.close();
    }
  }

  it('names the commits of restarts, in their order, and no other', () => {
    expect(run()).toBe(0);
    expect(killPoints(join(folder, 'commits'))).toEqual([
      `before ${OPENED}`,
      `after ${OPENED}`,
      `before ${DEFERRED}`,
      `after ${DEFERRED}`,
    ]);
  });

  it.each([
    [`before ${OPENED}`, []],
    [`after ${OPENED}`, ['waiting', 'opened', 'joined']],
    [`before ${DEFERRED}`, ['waiting', 'opened', 'joined']],
    [`after ${DEFERRED}`, ['deferred', 'opened', 'joined', 'deferred']],
  ])('kills %s', async (point, left) => {
    expect(run(point)).toBe('SIGKILL');
    expect(killPoints(join(folder, 'commits')).at(-1)).toBe(point);
    expect(await stored()).toEqual(left);
  });
});
