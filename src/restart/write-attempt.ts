/**
 * Writes down what becomes of the attempt of an incident: each step, and a result with what follows from it for the job and
 * the breaker. Keeps nothing; the attempt driver calls it.
 */

import { probed } from '../core/restart/breaker.ts';
import { withResult } from '../core/restart/budget.ts';
import { activeAttempt, type AttemptResult, type Incident } from '../core/restart/incident.ts';
import type { Transition } from '../core/restart/transitions.ts';
import type { IncidentDraft } from './incident-draft.ts';
import type { IncidentStore } from './incident-store.ts';
import { breakerOf, setBreaker } from './restart-settings.ts';
import type { Surroundings } from './situations.ts';

export interface AttemptWriterOptions {
  readonly store: Pick<IncidentStore, 'change'>;
  readonly surroundings: Pick<Surroundings, 'clock' | 'rules'>;
}

/** What it makes of the incident as it is now, at a time of our clock. */
export type AttemptStep = (incident: Incident, at: number) => Transition;

/**
 * Does nothing when the incident has no attempt under way any more.
 *
 * @param also what is written with it
 * @throws MedicError `ledger_write`, `lease_lost`
 */
export function writeStep(
  { store, surroundings }: AttemptWriterOptions,
  incident: number,
  step: AttemptStep,
  also: (draft: IncidentDraft, at: number) => void = () => undefined,
): Promise<void> {
  const at = surroundings.clock.now();
  return store.change((draft) => {
    const now = draft.incident(incident);
    // A person may have released it meanwhile.
    if (now === undefined || activeAttempt(now) === undefined) return;
    draft.apply(step(now, at));
    also(draft, at);
  });
}

/** @throws MedicError `ledger_write`, `lease_lost` */
export function writeResult(
  options: AttemptWriterOptions,
  { id, run: { cluster, name } }: Incident,
  result: AttemptResult,
  step: AttemptStep,
): Promise<void> {
  return writeStep(options, id, step, (draft, at) => {
    draft.putRepairs(withResult(draft.repairs(cluster, name), result, at));
    const breaker = breakerOf(draft, cluster);
    if (breaker.probe !== id) return;
    setBreaker(draft, cluster, probed(breaker, result === 'succeeded', options.surroundings.rules().breaker, at));
  });
}
