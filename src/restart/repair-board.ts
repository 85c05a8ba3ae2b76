/**
 * How the jobs stand that flink-medic repairs, or would: what `/metrics` says of each job name. Keeps which policy matches
 * which name until the rules change, because matching all names at every scrape would cost more than the rest of it.
 */

import { remaining } from '../core/restart/budget.ts';
import { type Incident, isClosed, type JobRepairs } from '../core/restart/incident.ts';
import { isOpen } from '../core/restart/maintenance-window.ts';
import { policyFor } from '../core/restart/policy-for.ts';
import type { RestartPolicy, RestartRules } from '../core/restart/policy.ts';
import { endToAnswer } from '../core/restart/transitions.ts';
import { type Run, startOf } from '../core/run.ts';
import type { IncidentStore } from './incident-store.ts';
import { isPaused } from './restart-settings.ts';
import type { Surroundings } from './situations.ts';

/** A job with a policy or an incident. */
export interface RepairedJob {
  readonly cluster: string;
  readonly name: string;
  /** Whether its policy would act now; absent without a policy, and so are the next two. */
  readonly managed?: boolean;
  readonly budgetRemaining?: number;
  readonly results?: JobRepairs['results'];
  /** The newest incident, until the job runs. */
  readonly incident?: Incident;
}

export interface RepairBoardOptions {
  readonly store: IncidentStore;
  readonly surroundings: Surroundings;
  /** Job names of a cluster that have a run, an expectation or a counter. */
  readonly names: (cluster: string) => Iterable<string>;
}

export class RepairBoard {
  readonly #options: RepairBoardOptions;
  #rules: RestartRules | undefined;
  #policies = new Map<string, Map<string, RestartPolicy | undefined>>();

  constructor(options: RepairBoardOptions) {
    this.#options = options;
  }

  *jobs(): Generator<RepairedJob> {
    const { surroundings, store, names } = this.#options;
    const rules = surroundings.rules();
    const at = surroundings.clock.now();
    if (rules !== this.#rules) this.#policies = new Map();
    this.#rules = rules;
    for (const { name: cluster } of surroundings.clusters()) {
      const mayAct = rules.mode === 'on' && !isPaused(store, cluster);
      // Once a policy: what a time zone costs is not little.
      const acts = new Map(rules.policies.map((policy) => [policy, mayAct && !isInWindow(policy, at)]));
      const before = this.#policies.get(cluster);
      const policies = new Map<string, RestartPolicy | undefined>();
      for (const name of names(cluster)) {
        const policy = before?.has(name) === true ? before.get(name) : policyFor(rules.policies, cluster, name);
        policies.set(name, policy);
        const incident = this.#incidentOf(cluster, name);
        if (policy === undefined && incident === undefined) continue;
        const repairs = store.repairs(cluster, name);
        yield {
          cluster,
          name,
          ...(policy && {
            managed: acts.get(policy) === true,
            budgetRemaining: repairs.exhausted ? 0 : remaining(repairs, policy, at),
            results: repairs.results,
          }),
          ...(incident && { incident }),
        };
      }
      // Names that left are forgotten here, too.
      this.#policies.set(cluster, policies);
    }
  }

  #incidentOf(cluster: string, name: string): Incident | undefined {
    const newest = this.#options.store.incidentsOf(cluster, name).at(-1);
    if (newest === undefined || newest.state === 'succeeded') return undefined;
    if (!isClosed(newest)) return newest;
    const runs = [...(this.#options.surroundings.cluster(cluster)?.history.runsOf(name) ?? [])];
    return runs.some((run) => isOver(newest, run)) ? undefined : newest;
  }
}

/**
 * Whether a run of the job shows that the outage is over: one that began after its last end and came up, however it ended
 * since, or the very run that had vanished.
 */
function isOver(incident: Incident, run: Run): boolean {
  const end = endToAnswer(incident);
  if (run.jobId === end.jobId && run.generation === end.generation) return run.state === 'RUNNING';
  return startOf(run) >= end.endTime && (run.reachedRunning || run.final !== undefined);
}

function isInWindow({ windows }: RestartPolicy, at: number): boolean {
  return windows.some((window) => isOpen(window, at));
}
