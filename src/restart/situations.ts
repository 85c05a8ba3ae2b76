/**
 * Puts together what flink-medic knows already for a decision: the first part of the input of `core/restart/decide.ts`.
 * Keeps nothing; the worker asks before it decides and again in the transaction of the intent, the desk for `explain`.
 */

import type { Clock } from '../core/clock.ts';
import { activeAttempt, type Incident } from '../core/restart/incident.ts';
import { policyFor } from '../core/restart/policy-for.ts';
import type { RestartRules } from '../core/restart/policy.ts';
import type { Situation } from '../core/restart/situation.ts';
import { endedRunOf, endToAnswer } from '../core/restart/transitions.ts';
import type { Run, RunKey } from '../core/run.ts';
import type { IncidentView } from './incident-draft.ts';
import { armedOf, breakerOf, isPaused } from './restart-settings.ts';
import type { WatchedCluster } from './watched-cluster.ts';

const HOUR_MS = 3_600_000;

export interface Surroundings {
  readonly clusters: () => readonly WatchedCluster[];
  readonly cluster: (name: string) => WatchedCluster | undefined;
  /** True also while the cluster is being set up or replaced, when `cluster` does not give it. */
  readonly isConfigured: (cluster: string) => boolean;
  readonly rules: () => RestartRules;
  readonly clock: Clock;
}

/** @param view what is stored, or the draft of a transaction over it */
export function situationOf(incident: Incident, view: IncidentView, surroundings: Surroundings): Situation {
  const { run: first } = incident;
  const cluster = surroundings.cluster(first.cluster);
  // A run that an attempt started may have ended after nobody watched it any more.
  const started = cluster?.history.newest(incident.attempts.at(-1)?.request.jobId ?? '');
  const end = (started && endedRunOf(started)) ?? endToAnswer(incident);
  const run = cluster && findRun(cluster, end);
  const rules = surroundings.rules();
  const policy = policyFor(rules.policies, first.cluster, first.name);
  const at = surroundings.clock.now();
  return {
    at,
    clockOffsetMs: cluster?.status.clockOffsetMs ?? 0,
    rules,
    policy,
    incident,
    // An archive may have told meanwhile how a vanished run really ended.
    ended: (run && endedRunOf(run)) ?? end,
    run,
    sameName: cluster === undefined ? [] : [...cluster.history.runsOf(first.name)],
    attemptJobIds: new Set(incident.attempts.map(({ request }) => request.jobId)),
    isRepairElsewhere: (other, jobId) => view.incidentOfAttempt(other, jobId) !== undefined,
    armed: armedOf(view, rules.mode, policy?.name),
    paused: isPaused(view, first.cluster),
    otherIncident: otherIncidentOf(incident, view),
    repairs: view.repairs(first.cluster, first.name),
    underWay: view.open().filter((other) => other.id !== incident.id && isUnderWay(other, surroundings)).length,
    intentsLastHour: intentsSince(view, at - HOUR_MS),
    breaker: breakerOf(view, first.cluster),
  };
}

/** Of the same job: one that has an attempt under way, or an older one. */
function otherIncidentOf({ id, run }: Incident, view: IncidentView): number | undefined {
  return view
    .incidentsOf(run.cluster, run.name)
    .find((other) => other.id !== id && other.closedAt === undefined && (other.id < id || activeAttempt(other)))?.id;
}

/**
 * Whether an incident holds a place among the attempts under way. An unconfirmed attempt locks its job only; and one on a
 * cluster that does not answer stands still, for hours maybe, in which the others must not wait for it.
 */
export function isUnderWay({ state, run }: Incident, { cluster }: Pick<Surroundings, 'cluster'>): boolean {
  return (state === 'submitting' || state === 'confirming') && cluster(run.cluster)?.status.up !== false;
}

export function intentsSince(view: IncidentView, since: number): number {
  let count = 0;
  for (const { intents } of view.allRepairs()) for (const at of intents) if (at > since) count += 1;
  return count;
}

function findRun(cluster: WatchedCluster, { jobId, generation }: RunKey): Run | undefined {
  return cluster.history.generations(jobId).find((run) => run.generation === generation);
}
