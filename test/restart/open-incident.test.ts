/** To which outage the end of a run belongs. */

import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/core/restart/incident.ts';
import type { Run } from '../../src/core/run.ts';
import { IncidentDraft } from '../../src/restart/incident-draft.ts';
import { IncidentStore } from '../../src/restart/incident-store.ts';
import { incidentOf, openIncident } from '../../src/restart/open-incident.ts';
import { ATTEMPT_ID, END, endedRun, incidentWith, NOW, runWith, trigger } from '../core/restart/support/situation.ts';
import { FakeIncidentLedger } from '../ledger/fake-incident-ledger.ts';
import { attempt } from '../ledger/support/incidents.ts';

const CLOSED_AT = NOW - 20_000;

function storeWith(...incidents: Incident[]): IncidentDraft {
  const contents = { incidents, repairs: [], waiting: [], settings: new Map<string, string>() };
  const ledger = new FakeIncidentLedger();
  const nothing = { notify: () => [], changed: () => undefined, failed: () => undefined };
  return new IncidentDraft(new IncidentStore(contents, { ledger, lease: 0, ...nothing }));
}

function recorded(recordedAt: number, change: Partial<Run> = {}): Run {
  return runWith({ final: { status: 'FAILED', source: 'live', endTime: END, recordedAt }, ...change });
}

const refused = incidentWith({
  run: endedRun({ status: 'VANISHED', endTime: END - 3_600_000 }),
  state: 'refused',
  reason: 'too_late',
  closedAt: CLOSED_AT,
});

describe('the end of a run that opened an incident', () => {
  it('belongs to it when it was known before the incident was closed', () => {
    const draft = storeWith(refused);
    expect(openIncident(draft, recorded(CLOSED_AT), trigger())).toMatchObject({
      isNew: false,
      incident: { id: 7, state: 'refused' },
    });
  });

  it('opens it again when the run had vanished, came back, and failed later', () => {
    const draft = storeWith(refused);
    const run = recorded(CLOSED_AT + 1);
    expect(incidentOf(draft, run)).toBeUndefined();
    const { incident, isNew } = openIncident(draft, run, trigger({ name: 'later' }));
    expect(isNew).toBe(true);
    expect(incident).toMatchObject({ id: 7, state: 'deferred', run: { status: 'FAILED', endTime: END } });
    expect(incident.closedAt).toBeUndefined();
    expect(incident.triggers.map(({ name }) => name)).toEqual(['later']);
    expect(openIncident(draft, run, trigger()).isNew).toBe(false);
  });
});

describe('the end of a run that an attempt started', () => {
  const attempts = [{ ...attempt(1, ATTEMPT_ID), state: 'withdrawn' as const }];
  const released = incidentWith({ state: 'withdrawn', closedAt: CLOSED_AT, attempts });

  it('belongs to no older outage when it was confirmed, whatever became of that', () => {
    const confirmed = { ...refused, attempts: [{ ...attempt(1, ATTEMPT_ID), state: 'succeeded' as const }] };
    expect(incidentOf(storeWith(confirmed), recorded(CLOSED_AT, { jobId: ATTEMPT_ID }))).toBeUndefined();
  });

  it('belongs to the outage that the attempt was for', () => {
    expect(incidentOf(storeWith(released), recorded(CLOSED_AT, { jobId: ATTEMPT_ID }))?.id).toBe(7);
  });

  it('is an outage of its own when the attempt had been released before', () => {
    const draft = storeWith(released);
    const { incident, isNew } = openIncident(draft, recorded(CLOSED_AT + 1, { jobId: ATTEMPT_ID }), trigger());
    expect([isNew, incident.id, incident.run.jobId]).toEqual([true, 8, ATTEMPT_ID]);
  });

  it('leaves the incident alone whose first run is told of anew', () => {
    expect(incidentOf(storeWith(released), recorded(CLOSED_AT + 1))?.id).toBe(7);
  });
});
