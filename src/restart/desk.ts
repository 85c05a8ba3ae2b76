/**
 * Where people ask and order: incidents and their stories, what would happen now, restart, release, breakers, pauses.
 * Every order is in the ledger when it resolves, with who gave it. The API's routes call it; keeps nothing.
 */

import type { Clock } from '../core/clock.ts';
import { MedicError } from '../core/errors.ts';
import { boundLabel } from '../core/label-value.ts';
import { closedBreaker } from '../core/restart/breaker.ts';
import { givenBack, remaining } from '../core/restart/budget.ts';
import { decide } from '../core/restart/decide.ts';
import { activeAttempt, type Incident, type Order, type Trigger } from '../core/restart/incident.ts';
import { policyFor } from '../core/restart/policy-for.ts';
import type { RestartMode } from '../core/restart/policy.ts';
import type { Liftable } from '../core/restart/reasons.ts';
import type { StageReport, Verdict } from '../core/restart/situation.ts';
import { endedRunOf, joined, opened, ordered, released } from '../core/restart/transitions.ts';
import type { Delivery } from '../core/restart/alerts.ts';
import type { IncidentEvent } from '../core/restart/incident.ts';
import { type Run, startOf } from '../core/run.ts';
import type { IncidentLedger } from '../ledger/incident-ledger.ts';
import type { EvidenceGatherer } from './evidence-gatherer.ts';
import type { IncidentStore } from './incident-store.ts';
import { incidentOf, openIncident } from './open-incident.ts';
import { breakerOf, pause, pausedSince, resume, setBreaker } from './restart-settings.ts';
import { situationOf, type Surroundings } from './situations.ts';

export interface DeskOptions {
  readonly store: IncidentStore;
  readonly ledger: Pick<IncidentLedger, 'incidentEvents' | 'deliveriesOf'>;
  readonly surroundings: Surroundings;
  readonly evidence: EvidenceGatherer;
  /** Something was ordered that may matter to these incidents; to all without one. */
  readonly wake: (incident?: number) => void;
  readonly log: { info(fields: object, message: string): void };
}

interface OrderedRestart {
  readonly cluster: string;
  /** Name or id. */
  readonly job: string;
  readonly from?: string;
  readonly lift: readonly Liftable[];
}

interface Explained {
  readonly ended: Incident['run'];
  readonly policy?: string;
  readonly stages: readonly StageReport[];
  readonly verdict: Verdict;
  readonly incident?: Incident;
}

interface Switches {
  readonly mode: RestartMode;
  readonly pausedSince: ReadonlyMap<string, number>;
  readonly openBreakers: readonly { readonly cluster: string; readonly openedAt: number; readonly detail: string }[];
}

interface JobPolicy {
  readonly name: string;
  readonly attemptsLeft: number;
  readonly attempts: number;
  readonly perMs: number;
}

export class Desk {
  readonly #options: DeskOptions;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #abort = new AbortController();

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#clock = options.surroundings.clock;
  }

  switches(): Switches {
    const { store, surroundings } = this.#options;
    const openBreakers = surroundings.clusters().flatMap(({ name }) => {
      const { openedAt, detail } = breakerOf(store, name);
      return openedAt === undefined ? [] : [{ cluster: name, openedAt, detail }];
    });
    return { mode: surroundings.rules().mode, pausedSince: pausedSince(store), openBreakers };
  }

  policyOf(cluster: string, name: string): JobPolicy | undefined {
    const { store, surroundings } = this.#options;
    const policy = policyFor(surroundings.rules().policies, cluster, name);
    if (policy === undefined) return undefined;
    const repairs = store.repairs(cluster, name);
    return {
      name: policy.name,
      attemptsLeft: repairs.exhausted ? 0 : remaining(repairs, policy, this.#clock.now()),
      ...policy.budget,
    };
  }

  incidents(): readonly Incident[] {
    return this.#options.store.all();
  }

  incident(id: number): Incident | undefined {
    return this.#options.store.incident(id);
  }

  async story(id: number): Promise<{ events: readonly IncidentEvent[]; deliveries: readonly Delivery[] }> {
    const { ledger } = this.#options;
    const events = await ledger.incidentEvents(id);
    // A job runs before the answer to its submission has come, and is written down after it.
    return { events: events.toSorted((a, b) => a.at - b.at), deliveries: await ledger.deliveriesOf(id) };
  }

  /** The pipeline of decisions, as if somebody asked now; nothing is done. */
  async explain(cluster: string, job: string, order?: OrderedRestart): Promise<Explained | undefined> {
    const { store, surroundings, evidence } = this.#options;
    const run = this.#newestEnded(cluster, job);
    if (run === undefined) return undefined;
    const known = incidentOf(store, run);
    const incident = order === undefined ? (known ?? asked(run, this.#clock.now())) : this.#ordered(known, run, order);
    const situation = situationOf(incident, store, surroundings);
    const { verdict, stages } = await decide(situation, evidence.of(situation, 1, this.#abort.signal));
    return {
      ended: situation.ended,
      stages,
      verdict,
      ...(situation.policy && { policy: situation.policy.name }),
      ...(known && { incident: known }),
    };
  }

  /** @throws MedicError `unknown_subject`, `not_possible`, `ledger_write` */
  async restart(order: OrderedRestart, user: string): Promise<Incident> {
    const { store, surroundings } = this.#options;
    const run = this.#newestEnded(order.cluster, order.job);
    if (run === undefined) {
      const known = surroundings.cluster(order.cluster) !== undefined;
      const what = known
        ? `no ended run of ${JSON.stringify(order.job)} is known on ${order.cluster}`
        : `no cluster ${JSON.stringify(order.cluster)} is configured`;
      throw new MedicError('unknown_subject', `${what}; flink-medic jobs lists what there is`);
    }
    const sameName = [...(surroundings.cluster(run.cluster)?.history.runsOf(run.name) ?? [])];
    const alive = sameName.find(isInSight);
    if (alive !== undefined) {
      throw new MedicError(
        'not_possible',
        `run ${alive.jobId} of ${run.name} is ${alive.state}: cancel or stop it first, flink-medic cancels nothing`,
      );
    }
    const later = sameName.find((other) => other !== run && startOf(other) >= (run.final?.endTime ?? 0));
    if (later !== undefined) {
      throw new MedicError(
        'not_possible',
        `run ${run.jobId} was followed by run ${later.jobId}: order the restart of ${run.name} by its name`,
      );
    }
    const at = this.#clock.now();
    const incident = await store.change((draft) => {
      const { incident: known } = openIncident(draft, run, byPerson(user, at));
      if (activeAttempt(known) !== undefined) {
        const advice =
          known.state === 'unconfirmed'
            ? `release it first: flink-medic release ${String(known.id)}`
            : 'wait for its result';
        throw new MedicError(
          'not_possible',
          `incident ${String(known.id)} has an attempt under way (${known.state}); ${advice}`,
        );
      }
      if (order.lift.includes('exhausted')) {
        draft.putRepairs(givenBack(draft.repairs(run.cluster, run.name), at));
      }
      return draft.apply(ordered(known, byPerson(user, at), orderOf(order, at)));
    });
    this.#done({ incident: incident.id, user }, 'a restart was ordered');
    this.#options.wake(incident.id);
    return incident;
  }

  /** @throws MedicError `unknown_subject`, `not_possible`, `ledger_write` */
  async release(id: number, user: string): Promise<Incident> {
    const incident = await this.#options.store.change((draft) => {
      const known = draft.incident(id);
      if (known === undefined) throw new MedicError('unknown_subject', `there is no incident ${String(id)}`);
      if (known.state !== 'unconfirmed') {
        throw new MedicError(
          'not_possible',
          `incident ${String(id)} is ${known.state}: only one with an unconfirmed attempt can be released`,
        );
      }
      return draft.apply(released(known, user, this.#clock.now()));
    });
    this.#done({ incident: id, user }, 'an unconfirmed attempt was released');
    this.#options.wake();
    return incident;
  }

  /** @throws MedicError `unknown_subject`, `not_possible`, `ledger_write` */
  async closeBreaker(cluster: string, user: string): Promise<void> {
    this.#mustKnow(cluster);
    await this.#options.store.change((draft) => {
      const breaker = breakerOf(draft, cluster);
      if (breaker.openedAt === undefined) {
        throw new MedicError('not_possible', `the breaker of ${cluster} is not open`);
      }
      setBreaker(draft, cluster, closedBreaker(this.#clock.now(), `closed by ${user}`));
    });
    this.#done({ flink_cluster: cluster, user }, 'the breaker was closed by a person');
    this.#options.wake();
  }

  /** @throws MedicError `unknown_subject`, `ledger_write` */
  async pause(cluster: string | undefined, user: string): Promise<void> {
    if (cluster !== undefined) this.#mustKnow(cluster);
    await this.#options.store.change((draft) => pause(draft, cluster, this.#clock.now()));
    this.#done({ flink_cluster: cluster ?? 'all', user }, 'restarts were paused');
    this.#options.wake();
  }

  /** @throws MedicError `unknown_subject`, `ledger_write` */
  async resume(cluster: string | undefined, user: string): Promise<void> {
    if (cluster !== undefined) this.#mustKnow(cluster);
    await this.#options.store.change((draft) => resume(draft, cluster));
    this.#done({ flink_cluster: cluster ?? 'all', user }, 'restarts go on');
    this.#options.wake();
  }

  /** Ends questions under way. */
  stop(): void {
    this.#abort.abort(new Error('stopped'));
  }

  #done(fields: object, message: string): void {
    this.#options.log.info(fields, message);
  }

  #mustKnow(cluster: string): void {
    if (this.#options.surroundings.cluster(cluster) !== undefined) return;
    throw new MedicError('unknown_subject', `no cluster ${JSON.stringify(cluster)} is configured`);
  }

  /** Of a name or id the run that ended last; undefined while none has. */
  #newestEnded(clusterName: string, job: string): Run | undefined {
    const history = this.#options.surroundings.cluster(clusterName)?.history;
    if (history === undefined) return undefined;
    const byId = history.generations(job);
    const runs = byId.length > 0 ? byId : [...history.runsOf(boundLabel(job))];
    return runs
      .filter(({ final }) => final !== undefined)
      .reduce<Run | undefined>(
        (last, run) => ((run.final?.endTime ?? 0) >= (last?.final?.endTime ?? 0) ? run : last),
        undefined,
      );
  }

  /** The incident as it would be with the order. */
  #ordered(known: Incident | undefined, run: Run, order: OrderedRestart): Incident {
    const at = this.#clock.now();
    const trigger = byPerson('nobody', at);
    const { incident } = joined(known ?? asked(run, at), trigger);
    return ordered(incident, trigger, orderOf(order, at)).incident;
  }
}

/** An incident that nobody opened: what would happen if the run's own policy were asked. */
function asked(run: Run, at: number): Incident {
  const ended = endedRunOf(run);
  if (ended === undefined) throw new Error(`run ${run.jobId} has not ended`);
  return opened(0, ended, byPerson('explain', at), at).incident;
}

function byPerson(user: string, at: number): Trigger {
  return { kind: 'person', at, lastAt: at, count: 1, name: user, withdrawn: false };
}

function orderOf({ from, lift }: OrderedRestart, at: number): Order {
  return { at, lift, ...(from !== undefined && { from }) };
}

/** Alive for all that is known; the decision looks for itself. */
function isInSight(run: Run): boolean {
  return run.final === undefined && run.state !== 'UNKNOWN';
}
