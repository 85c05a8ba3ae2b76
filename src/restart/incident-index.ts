/**
 * All incidents that are remembered, and where to find them: by id, run, job and the job ids of their attempts. Bounded by
 * who fills it, `IncidentStore`.
 */

import { type Incident, isClosed } from '../core/restart/incident.ts';
import type { RunKey } from '../core/run.ts';
import { attemptKey, jobKey, runKey } from './incident-draft.ts';
import { MAX_INCIDENTS, MAX_INCIDENTS_OF_CLUSTER } from './open-incident.ts';

export class IncidentIndex {
  readonly #incidents = new Map<number, Incident>();
  readonly #byRun = new Map<string, number>();
  readonly #byAttempt = new Map<string, number>();
  readonly #byJob = new Map<string, Set<number>>();
  /** How many there are of each cluster. */
  readonly #ofCluster = new Map<string, number>();
  /** Ids of those that are not closed. */
  readonly #open = new Set<number>();

  /** In the order in which they were first put. */
  all(): Iterable<Incident> {
    return this.#incidents.values();
  }

  count(cluster?: string): number {
    return cluster === undefined ? this.#incidents.size : (this.#ofCluster.get(cluster) ?? 0);
  }

  /** How much of the place for incidents is used, in all or in the cluster with most. */
  get fullness(): number {
    const most = [...this.#ofCluster.values()].reduce((highest, count) => Math.max(highest, count), 0);
    return Math.max(this.#incidents.size / MAX_INCIDENTS, most / MAX_INCIDENTS_OF_CLUSTER);
  }

  incident(id: number | undefined): Incident | undefined {
    return id === undefined ? undefined : this.#incidents.get(id);
  }

  ofRun(run: RunKey): Incident | undefined {
    return this.incident(this.#byRun.get(runKey(run)));
  }

  ofAttempt(cluster: string, jobId: string): Incident | undefined {
    return this.incident(this.#byAttempt.get(attemptKey(cluster, jobId)));
  }

  ofJob(cluster: string, name: string): readonly Incident[] {
    return Array.from(this.#byJob.get(jobKey(cluster, name)) ?? [], (id) => this.incident(id) ?? []).flat();
  }

  open(): readonly Incident[] {
    return [...this.#open].toSorted((a, b) => a - b).flatMap((id) => this.incident(id) ?? []);
  }

  put(incident: Incident): void {
    const { id, run } = incident;
    const job = jobKey(run.cluster, run.name);
    this.#byJob.set(job, (this.#byJob.get(job) ?? new Set()).add(id));
    if (!this.#incidents.has(id)) this.#ofCluster.set(run.cluster, this.count(run.cluster) + 1);
    this.#incidents.set(id, incident);
    this.#byRun.set(runKey(run), id);
    for (const { request } of incident.attempts) this.#byAttempt.set(attemptKey(run.cluster, request.jobId), id);
    if (isClosed(incident)) this.#open.delete(id);
    else this.#open.add(id);
  }

  /** @param incident one that is closed */
  drop({ id, run, attempts }: Incident): void {
    const job = jobKey(run.cluster, run.name);
    const ofJob = this.#byJob.get(job);
    ofJob?.delete(id);
    if (ofJob?.size === 0) this.#byJob.delete(job);
    const others = this.count(run.cluster) - 1;
    if (others > 0) this.#ofCluster.set(run.cluster, others);
    else this.#ofCluster.delete(run.cluster);
    this.#incidents.delete(id);
    this.#byRun.delete(runKey(run));
    for (const { request } of attempts) this.#byAttempt.delete(attemptKey(run.cluster, request.jobId));
  }
}
