/** What receivers are told, held against the examples of docs/notifications.md. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt, Incident } from '../../../src/core/restart/incident.ts';
import { finalStatusMessage, incidentMessage, type Message } from '../../../src/core/restart/notification.ts';
import type { Run } from '../../../src/core/run.ts';
import { notificationsOf } from '../../../src/restart/notifications.ts';
import { blocks } from '../../docs/documents.ts';
import { run as anyRun } from '../../ledger/support/generated.ts';
import { incidents as anyIncidents } from '../../ledger/support/generated-incidents.ts';
import { attempt, incident } from '../../ledger/support/incidents.ts';

const END = Date.parse('2026-11-21T10:00:00.000Z');
const JOB_ID = '5d28a90f4498a81461efbaf6f628a19d';
const at = (seconds: number) => END + seconds * 1_000;
const [incidentExample, finalStatusExample] = blocks('docs/notifications.md', 'json').map(
  (text) => JSON.parse(text) as object,
);

const first = attempt(1, 'c2f1d3a6b0e94e5f8a7b6c5d4e3f2a1b');
const failed: Attempt = {
  ...first,
  request: {
    ...first.request,
    args: ['--password', 'hunter2'],
    config: { 's3.secret-key': 'hunter2' },
    restore: {
      path: `s3://flink/checkpoints/${JOB_ID}/chk-42`,
      claimMode: 'NO_CLAIM',
      allowNonRestoredState: false,
    },
  },
  state: 'failed',
  failure: 'ended_again',
  detail: 'the new run ended FAILED',
  intendedAt: at(10),
  sentAt: [at(10)],
  submittedAt: at(11),
  runningAt: at(12),
  endedAt: at(35),
};
const bare = incident(7, JOB_ID, [failed]);
const exhausted: Incident = {
  ...bare,
  run: { ...bare.run, endTime: END },
  state: 'exhausted',
  reason: 'budget_exhausted',
  detail: '1 attempt in the last hour, 1 allowed',
  openedAt: at(5),
  since: at(40),
  closedAt: at(40),
  policy: 'orders',
};

const ended: Run = {
  cluster: 'prod',
  jobId: JOB_ID,
  generation: 1,
  name: 'orders',
  jobType: 'STREAMING',
  scheduler: '',
  applicationId: '',
  startTimes: [at(-86_400), at(-3_600)],
  state: 'FAILED',
  stateEnteredAt: END,
  rule: 'listed',
  decidedAt: at(4),
  seenAlive: true,
  reachedRunning: true,
  countedVanished: false,
  failovers: 1,
  final: { status: 'FAILED', source: 'live', endTime: END, recordedAt: at(4) },
  lastFailure: {
    exception: 'java.lang.IllegalStateException',
    message: 'no such customer',
    task: 'Enrich -> Sink',
    labels: '',
    timestamp: END,
  },
};

const bodyOf = (message: Message | undefined) => JSON.parse(message?.body ?? 'null') as Record<string, unknown> | null;

describe('a message about an incident', () => {
  it('is the example of the documentation', () => {
    const message = incidentMessage(exhausted, undefined, at(40));
    expect(bodyOf(message)).toEqual({ ...incidentExample, id: message?.id });
    expect(message).toMatchObject({ event: 'incident', createdAt: at(40), id: expect.stringMatching(/^[\da-f]{32}$/) });
  });

  it('holds neither arguments nor configuration of the job', () => {
    const body = incidentMessage({ ...exhausted, wouldSend: failed.request }, undefined, at(40))?.body;
    expect(body).not.toMatch(/hunter2|password|secret/);
  });

  it.each<[told: string, change: Partial<Incident>]>([
    ['another state', { state: 'refused' }],
    ['another reason', { reason: 'exhausted' }],
    ['a new attempt', { attempts: [failed, { ...failed, number: 2 }] }],
    ['another state of an attempt', { attempts: [{ ...failed, state: 'unconfirmed' }] }],
  ])('is sent for %s', (_told, change) => {
    expect(incidentMessage({ ...exhausted, ...change }, exhausted, at(41))).toBeDefined();
  });

  it.each<[what: string, change: Partial<Incident>]>([
    ['nothing', {}],
    ['its triggers', { triggers: [{ kind: 'person', at: 0, lastAt: 0, count: 1, name: '', withdrawn: false }] }],
    ['particulars', { detail: 'other figures' }],
    ['how long an attempt was watched', { attempts: [{ ...failed, watchedMs: 9_000 }] }],
  ])('is not sent when %s changed', (_what, change) => {
    expect(incidentMessage({ ...exhausted, ...change }, exhausted, at(41))).toBeUndefined();
  });
});

describe('a message about an end', () => {
  it('is the example of the documentation', () => {
    const message = finalStatusMessage(ended, at(4));
    expect(bodyOf(message)).toEqual({ ...finalStatusExample, id: message?.id });
  });

  it('does not take a failure that the run survived for the cause', () => {
    const finished: Run = { ...ended, final: { status: 'FINISHED', source: 'archive', endTime: END, recordedAt: END } };
    expect(bodyOf(finalStatusMessage(finished, at(4)))?.['run']).toEqual(
      expect.not.objectContaining({ cause: expect.anything() }),
    );
  });

  it('does not exist while the run lives', () => {
    const { final: _final, ...live } = ended;
    expect(finalStatusMessage(live, at(4))).toBeUndefined();
  });
});

it('the id is of the contents', () => {
  const id = finalStatusMessage(ended, at(4))?.id;
  expect(finalStatusMessage({ ...ended }, at(4))?.id).toBe(id);
  expect(finalStatusMessage(ended, at(5))?.id).not.toBe(id);
  expect(finalStatusMessage({ ...ended, cluster: 'test' }, at(4))?.id).not.toBe(id);
});

it('whatever a run or an incident holds, its message is JSON', () => {
  fc.assert(
    fc.property(anyRun, anyIncidents, fc.integer(), (run, incidents, now) => {
      for (const each of incidents) {
        expect(bodyOf(incidentMessage(each, undefined, now))).toMatchObject({ version: 1, event: 'incident' });
      }
      const told = bodyOf(finalStatusMessage(run, now));
      expect(told === null).toBe(run.final === undefined);
    }),
  );
});

it('goes to the receivers that want the event', () => {
  const message: Message = { id: 'x', event: 'incident', createdAt: 5, body: '{}' };
  const rows = notificationsOf(message, [
    { url: 'http://a/', events: ['incident', 'final_status'] },
    { url: 'http://b/', events: ['final_status'] },
    { url: 'http://c/', events: ['incident'] },
  ]);
  expect(rows).toEqual([
    { ...message, url: 'http://a/', tries: 0, nextTryAt: 5 },
    { ...message, url: 'http://c/', tries: 0, nextTryAt: 5 },
  ]);
});
