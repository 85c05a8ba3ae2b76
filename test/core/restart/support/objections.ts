/** What can speak against a restart: every reason, with the situations and looks that give it. */

import type { Reason } from '../../../../src/core/restart/reasons.ts';
import { type Case, LOOK_CASES } from './look-objections.ts';
import {
  END,
  ended,
  endedRun,
  exactly,
  HOUR,
  incidentWith,
  NOW,
  OFFSET,
  policyWith,
  repairsWith,
  runWith,
  situationWith,
  SNAPSHOT,
  trigger,
  twice,
} from './situation.ts';

export const FAILURE = {
  exception: 'java.lang.Error',
  message: 'boom',
  task: '',
  labels: 'area=x,type=USER',
  timestamp: END,
};
export const OPEN_BREAKER = { openedAt: NOW - 60_000, coolDownMs: 300_000, detail: '30 of 40 jobs failed' };
export const rules = situationWith().rules;

/** For each reason what makes a decision object with it. */
export const CASES: Readonly<Record<Reason, readonly Case[]>> = {
  no_policy: [{ what: 'no policy matches', situation: { policy: undefined }, detail: 'no policy matches job orders' }],
  not_opted_in: [
    {
      what: 'an alert that the policy does not list',
      situation: { incident: incidentWith({ triggers: [trigger({ name: 'Other' })] }) },
      detail: 'policy orders does not list what asked: alert Other',
    },
    {
      what: 'the watchdog, switched off',
      situation: { incident: incidentWith({ triggers: [trigger({ kind: 'watchdog', name: '' })] }) },
    },
    { what: 'a failure, where only VANISHED is wanted', situation: { policy: policyWith({ on: ['VANISHED'] }) } },
  ],
  mode_off: [{ what: 'mode off', situation: { rules: { ...rules, mode: 'off' } } }],
  paused: [{ what: 'paused', situation: { paused: true } }],
  maintenance_window: [
    {
      what: 'an open window',
      // 2026-03-01 is a Sunday.
      situation: { policy: policyWith({ windows: [{ days: ['sat'], from: 1320, to: 721, timeZone: 'UTC' }] }) },
      detail: 'a maintenance window is open: sat 22:00 to 12:01 UTC',
    },
  ],
  too_late: [
    {
      what: 'ended longer ago than act_within',
      situation: { at: END - OFFSET + HOUR + 1 },
      detail: 'the run ended at 2026-03-01T11:59:00.000Z, to be acted on until 2026-03-01T12:59:00.000Z',
    },
  ],
  before_armed: [
    {
      what: 'ended before the ledger began',
      situation: { armed: { ledger: NOW - 59_999 } },
      detail: 'the ledger began',
    },
    { what: 'ended before the switch to on', situation: { armed: { ledger: 0, mode: NOW - 59_999 } } },
    { what: 'ended before the policy was loaded', situation: { armed: { ledger: 0, policy: NOW - 59_999 } } },
    {
      what: 'ended before the policy was changed, and asked for after it',
      situation: { armed: { ledger: 0, scope: NOW - 59_999 } },
      detail: 'match, on or triggers',
    },
    {
      what: 'the first run did, its attempt did not',
      situation: {
        armed: { ledger: NOW - 100_000 },
        incident: incidentWith({ run: endedRun({ endTime: END - HOUR }) }),
      },
    },
  ],
  exhausted: [
    {
      what: 'used up, and never stable since',
      situation: { repairs: repairsWith({ exhausted: true, intents: [NOW - 2 * HOUR] }) },
      detail: 'the last at 2026-03-01T10:00:00.000Z',
    },
  ],
  vanished_under_ha: [
    {
      what: 'vanished where another JobManager may bring it back',
      situation: ended('VANISHED', { policy: policyWith({ on: ['VANISHED'], vanishedWaitMs: 0 }) }),
      looks: twice({ highlyAvailable: true }),
    },
  ],
  in_progress: [{ what: 'another incident', situation: { otherIncident: 3 }, detail: 'incident 3 of this job' }],
  vanished_wait: [
    {
      what: 'noticed a moment ago',
      situation: ended('VANISHED', { policy: policyWith({ on: ['VANISHED'] }) }),
      until: NOW - 50_000 + 600_000,
    },
  ],
  end_wait: [
    {
      what: 'the policy waits',
      situation: { policy: policyWith({ waitMs: 60_001 }) },
      until: NOW + 1,
      detail: 'policy orders waits until 2026-03-01T12:00:00.001Z',
    },
  ],
  ...LOOK_CASES,
  failure_class: [
    {
      what: 'an exception',
      situation: {
        run: runWith({ lastFailure: FAILURE }),
        policy: policyWith({ neverOn: { exceptions: [exactly('java.lang.Error')], failureLabels: {} } }),
      },
      detail: 'java.lang.Error is in never_on.exceptions as java.lang.Error: boom',
    },
    {
      what: 'a label',
      situation: {
        run: runWith({ lastFailure: FAILURE }),
        policy: policyWith({ neverOn: { exceptions: [], failureLabels: { other: 'x', type: 'USER' } } }),
      },
      detail: 'failure label type=USER',
    },
  ],
  budget_exhausted: [
    {
      what: 'all attempts are made',
      situation: { repairs: repairsWith({ intents: [NOW - HOUR + 1, NOW - 2, NOW + 5] }) },
      detail: 'all 3 attempts were made since 2026-03-01T11:00:00.000Z',
    },
    { what: 'a budget of nothing', situation: { policy: policyWith({ budget: { attempts: 0, perMs: HOUR } }) } },
  ],
  global_budget: [{ what: 'enough in this hour', situation: { intentsLastHour: 20 } }],
  concurrency: [{ what: 'enough at once', situation: { underWay: 2 } }],
  back_off: [
    {
      what: 'the second attempt',
      situation: { repairs: repairsWith({ sinceStable: 2, intents: [NOW - 50_000], lastFailedAt: NOW - 19_999 }) },
      until: NOW + 1,
    },
    {
      what: 'an attempt whose end nobody noted',
      situation: { repairs: repairsWith({ sinceStable: 1, intents: [NOW - 9_999] }) },
      until: NOW + 1,
    },
  ],
  breaker_open: [
    {
      what: 'cooling down',
      situation: { breaker: OPEN_BREAKER },
      until: NOW + 240_000,
      detail: '30 of 40 jobs failed',
    },
    { what: 'another one probes', situation: { breaker: { ...OPEN_BREAKER, coolDownMs: 1, probe: 3 } } },
  ],
  no_restore_point: [{ what: 'no snapshot', found: { existence: 'none', detail: 'never completed' } }],
  restore_point_too_old: [
    {
      what: 'an old one',
      situation: { policy: policyWith({ restore: { ...policyWith().restore, maxAgeMs: 60_999 } }) },
      detail: 'was completed at 2026-03-01T11:58:59.000Z, to be used until 2026-03-01T11:59:59.999Z',
    },
  ],
  restore_point_missing: [
    { what: 'it is gone', found: { snapshot: SNAPSHOT, existence: 'missing', detail: 'no _metadata' } },
    {
      what: 'what a person ordered is gone, under prefer',
      situation: {
        policy: policyWith({ restore: { ...policyWith().restore, policy: 'prefer' } }),
        incident: incidentWith({ order: { at: NOW, from: '/x', lift: [] } }),
      },
      found: { snapshot: { path: '/x', kind: 'savepoint' }, existence: 'missing', detail: 'no _metadata' },
    },
  ],
  restore_point_uncertain: [
    { what: 'a newer one may exist', found: { snapshot: SNAPSHOT, existence: 'uncertain', detail: 'vanished' } },
  ],
  jar_unreadable: [{ what: 'no jar', problem: 'ENOENT', detail: 'ENOENT' }],
  dry_run: [{ what: 'dry run', situation: { rules: { ...rules, mode: 'dry_run' } } }],
};
