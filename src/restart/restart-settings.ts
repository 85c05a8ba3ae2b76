/**
 * What restarts remember in the ledger's settings: since when they may act, what is paused, and the breakers. Functions
 * over a view or a draft of incidents; times are milliseconds in our clock.
 */

import { type BreakerState, CLOSED_BREAKER } from '../core/restart/breaker.ts';
import type { RestartMode, RestartPolicy, RestartRules } from '../core/restart/policy.ts';
import type { Situation } from '../core/restart/situation.ts';
import type { IncidentDraft, IncidentView } from './incident-draft.ts';

const ARMED = 'restart/armed';
const PAUSED = 'restart/paused';
const BREAKER = 'restart/breaker/';
const DAY_MS = 24 * 3_600_000;

/** The key of "everything" among what is paused: no cluster has an empty name. */
const EVERYTHING = '';

interface Armed {
  readonly ledger: number;
  readonly mode: RestartMode;
  /** Since when the mode is `on`. */
  readonly onSince?: number;
  /** By name, also of policies that were configured lately. */
  readonly policies: Readonly<Record<string, ArmedPolicy>>;
}

interface ArmedPolicy {
  /** Since when it is not configured. */
  readonly goneSince?: number;
  readonly firstLoad: number;
  /** What it acts on: jobs, ends, who may ask. */
  readonly scope: string;
  readonly scopeSince: number;
}

/**
 * Notes since when restarts are armed: nothing that ended before is acted on. For every configuration that is loaded.
 *
 * @returns the value to store; undefined when it is stored already
 */
export function rearmed(
  view: IncidentView,
  rules: Pick<RestartRules, 'mode' | 'policies' | 'actWithinMs'>,
  at: number,
): string | undefined {
  const before = readArmed(view);
  const gone = Object.entries(before?.policies ?? {}).flatMap(([name, policy]) => {
    const goneSince = policy.goneSince ?? at;
    // What ended before it left is not acted on any more, whatever it says when it comes back.
    return at - goneSince > Math.max(rules.actWithinMs, DAY_MS) ? [] : [[name, { ...policy, goneSince }] as const];
  });
  const policies = Object.fromEntries(
    rules.policies.map((policy) => [policy.name, armedPolicy(before?.policies[policy.name], policy, at)]),
  );
  const armed: Armed = {
    ledger: notAfter(at, before?.ledger),
    mode: rules.mode,
    ...(rules.mode === 'on' && { onSince: notAfter(at, before?.mode === 'on' ? before.onSince : undefined) }),
    policies: { ...Object.fromEntries(gone), ...policies },
  };
  const value = JSON.stringify(armed);
  return view.setting(ARMED) === value ? undefined : value;
}

export function arm(draft: IncidentDraft, rules: Parameters<typeof rearmed>[1], at: number): void {
  const value = rearmed(draft, rules, at);
  if (value !== undefined) draft.set(ARMED, value);
}

/** What is not stored yet is armed since never: the ledger could not be written when the configuration was loaded. */
export function armedOf(view: IncidentView, mode: RestartMode, policy: string | undefined): Situation['armed'] {
  const armed = readArmed(view);
  return {
    ledger: armed?.ledger ?? Number.POSITIVE_INFINITY,
    ...(mode === 'on' && { mode: armed?.onSince ?? Number.POSITIVE_INFINITY }),
    ...(policy !== undefined && {
      policy: armed?.policies[policy]?.firstLoad ?? Number.POSITIVE_INFINITY,
      scope: armed?.policies[policy]?.scopeSince ?? Number.POSITIVE_INFINITY,
    }),
  };
}

function armedPolicy(before: ArmedPolicy | undefined, { match, on, triggers }: RestartPolicy, at: number): ArmedPolicy {
  const scope = JSON.stringify([match.cluster.source, match.jobName.source, on, triggers]);
  const scopeSince = before?.scope === scope ? before.scopeSince : at;
  return { firstLoad: notAfter(at, before?.firstLoad), scope, scopeSince: notAfter(at, scopeSince) };
}

/** What was noted before the clock was set back would refuse everything until it has caught up, for years. */
function notAfter(at: number, noted = at): number {
  return Math.min(noted, at);
}

function readArmed(view: IncidentView): Armed | undefined {
  const value = view.setting(ARMED);
  return value === undefined ? undefined : (JSON.parse(value) as Armed);
}

/** Since when what is paused: cluster → time; the empty name is everything. */
export function pausedSince(view: IncidentView): ReadonlyMap<string, number> {
  return new Map(Object.entries(JSON.parse(view.setting(PAUSED) ?? '{}') as Record<string, number>));
}

export function isPaused(view: IncidentView, cluster: string): boolean {
  const paused = pausedSince(view);
  return paused.has(EVERYTHING) || paused.has(cluster);
}

export function pause(draft: IncidentDraft, cluster = EVERYTHING, at: number): void {
  const paused = pausedSince(draft);
  if (!paused.has(cluster)) draft.set(PAUSED, JSON.stringify({ ...Object.fromEntries(paused), [cluster]: at }));
}

/** Without a cluster everything goes on, also what was paused by name. */
export function resume(draft: IncidentDraft, cluster = EVERYTHING): void {
  const paused = cluster === EVERYTHING ? [] : [...pausedSince(draft)].filter(([name]) => name !== cluster);
  draft.set(PAUSED, JSON.stringify(Object.fromEntries(paused)));
}

export function breakerOf(view: IncidentView, cluster: string): BreakerState {
  const value = view.setting(BREAKER + cluster);
  return value === undefined ? CLOSED_BREAKER : (JSON.parse(value) as BreakerState);
}

/** Whether a setting is the breaker of a cluster of which something is so. */
export function isOfBreaker(key: string, cluster: (name: string) => boolean): boolean {
  return key.startsWith(BREAKER) && cluster(key.slice(BREAKER.length));
}

export function setBreaker(draft: IncidentDraft, cluster: string, state: BreakerState): void {
  const value = JSON.stringify(state);
  if (draft.setting(BREAKER + cluster) !== value) draft.set(BREAKER + cluster, value);
}
