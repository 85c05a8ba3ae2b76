/**
 * Decides what becomes of an incident that has no attempt under way, and writes it down: the pipeline of
 * `core/restart/decide.ts` with real evidence, and the intent in one transaction with a last look at what cannot wait.
 * Keeps nothing; the worker calls it.
 */

import { budgetSpent, withIntent } from '../core/restart/budget.ts';
import { probing } from '../core/restart/breaker.ts';
import { decide, objectionNow } from '../core/restart/decide.ts';
import type { Incident } from '../core/restart/incident.ts';
import { isClosed } from '../core/restart/incident.ts';
import { type Reason, REASONS } from '../core/restart/reasons.ts';
import type { Objection, Situation, Verdict } from '../core/restart/situation.ts';
import { intended, objected } from '../core/restart/transitions.ts';
import type { EvidenceGatherer } from './evidence-gatherer.ts';
import type { IncidentDraft } from './incident-draft.ts';
import type { IncidentStore } from './incident-store.ts';
import { breakerOf, setBreaker } from './restart-settings.ts';
import { situationOf, type Surroundings } from './situations.ts';

export interface DecisionMakerOptions {
  readonly store: IncidentStore;
  readonly surroundings: Surroundings;
  readonly evidence: EvidenceGatherer;
  readonly metrics: { decided(decision: Verdict['decision'], reason?: Reason): void };
}

/** `waitMs`: when time alone can have changed the decision. */
export type Decided =
  | { readonly accepted: true; readonly incident: Incident }
  | { readonly accepted: false; readonly waitMs?: number };

type Counted = readonly [decision: Verdict['decision'], reason?: Reason];
/** A repeated deferral is not counted. */
type Recorded = Decided & { readonly counted?: Counted };

export class DecisionMaker {
  readonly #options: DecisionMakerOptions;

  constructor(options: DecisionMakerOptions) {
    this.#options = options;
  }

  /** @throws MedicError `ledger_write`: nothing was decided then; the reason of `signal` */
  async decideOn(incident: Incident, signal: AbortSignal): Promise<Decided> {
    const { store, surroundings, evidence } = this.#options;
    const situation = situationOf(incident, store, surroundings);
    const { verdict } = await decide(situation, evidence.of(situation, 2, signal));
    const { counted, ...decided } = await store.change((draft) => this.#record(draft, incident, situation, verdict));
    if (counted !== undefined) this.#options.metrics.decided(...counted);
    return decided;
  }

  #record(draft: IncidentDraft, before: Incident, situation: Situation, verdict: Verdict): Recorded {
    const found = draft.incident(before.id);
    if (found === undefined || isClosed(found)) return { accepted: false, waitMs: 0 };
    const now = situationOf(found, draft, this.#options.surroundings);
    // A person may have ordered something meanwhile, or changed the policy: that is decided on anew.
    if (found.order !== before.order || now.policy !== situation.policy) return { accepted: false, waitMs: 0 };
    const incident = withPolicy(found, now.policy?.name);
    if (verdict.decision !== 'accepted') return this.#object(draft, incident, verdict);
    // Many decisions run side by side: what is counted is asked for again where nothing can come between.
    const objection = objectionNow(now);
    if (objection !== undefined) return this.#object(draft, incident, asVerdict(objection));
    if (now.policy === undefined) throw new Error('accepted without a policy');
    const { request, process } = verdict;
    const intent = { of: situation.ended, request, process, confirm: now.policy.confirm };
    draft.putRepairs(withIntent(now.repairs, now.policy, now.at));
    const breaker = breakerOf(draft, incident.run.cluster);
    if (breaker.openedAt !== undefined) setBreaker(draft, incident.run.cluster, probing(breaker, incident.id));
    const started = draft.apply(intended(incident, intent, now.at));
    return { accepted: true, incident: started, counted: ['accepted'] };
  }

  #object(draft: IncidentDraft, incident: Incident, verdict: Exclude<Verdict, { decision: 'accepted' }>): Recorded {
    const at = this.#options.surroundings.clock.now();
    const transition = objected(incident, verdict, at);
    if (transition.incident !== draft.incident(incident.id)) draft.apply(transition);
    if (verdict.reason === 'budget_exhausted') {
      draft.putRepairs(budgetSpent(draft.repairs(incident.run.cluster, incident.run.name)));
    }
    return {
      accepted: false,
      ...(verdict.until !== undefined && { waitMs: Math.max(0, verdict.until - at) }),
      ...(transition.event !== undefined && { counted: [verdict.decision, verdict.reason] }),
    };
  }
}

function withPolicy(incident: Incident, policy: string | undefined): Incident {
  if (incident.policy === policy) return incident;
  const { policy: _before, ...rest } = incident;
  return { ...rest, ...(policy !== undefined && { policy }) };
}

function asVerdict(objection: Objection): Exclude<Verdict, { decision: 'accepted' }> {
  return { decision: REASONS[objection.reason].decision, ...objection };
}
