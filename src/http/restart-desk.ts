/** What the routes ask of the restart bridge: narrow views, given to them by `src/app/`. */

import type { AlertOutcome, Delivery, ReceivedAlert } from '../core/restart/alerts.ts';
import type { EndedRun, Incident, IncidentEvent } from '../core/restart/incident.ts';
import type { RestartMode } from '../core/restart/policy.ts';
import type { Liftable } from '../core/restart/reasons.ts';
import type { StageReport, Verdict } from '../core/restart/situation.ts';

export interface AlertIntake {
  /**
   * Resolves when what became of the alerts is durable; one outcome an alert, in their order.
   *
   * @throws MedicError `ledger_write`: the sender should try again
   */
  receive(alerts: readonly ReceivedAlert[]): Promise<readonly AlertOutcome[]>;
}

/** What would happen now, and why. */
export interface Explanation {
  readonly ended: EndedRun;
  readonly policy?: string;
  /** In their order, up to the first that objects. */
  readonly stages: readonly StageReport[];
  readonly verdict: Verdict;
  readonly incident?: Incident;
}

export interface RestartOrder {
  readonly cluster: string;
  /** Name or id. */
  readonly job: string;
  readonly from?: string;
  readonly lift: readonly Liftable[];
}

/** What lets or stops restarts beside the policies. Times are our clock. */
export interface Switches {
  readonly mode: RestartMode;
  /** What is paused, by cluster; the empty name is everything. */
  readonly pausedSince: ReadonlyMap<string, number>;
  readonly openBreakers: readonly { readonly cluster: string; readonly openedAt: number; readonly detail: string }[];
}

/** The policy that a job falls under, and how it stands. */
export interface JobPolicy {
  readonly name: string;
  readonly attemptsLeft: number;
  /** In any time of length `perMs`. */
  readonly attempts: number;
  readonly perMs: number;
}

export interface RestartDesk {
  switches(): Switches;
  /** Undefined when no policy matches. `name` in the bounded form of labels. */
  policyOf(cluster: string, name: string): JobPolicy | undefined;
  /** Newest first. */
  incidents(): readonly Incident[];
  incident(id: number): Incident | undefined;
  story(id: number): Promise<{ readonly events: readonly IncidentEvent[]; readonly deliveries: readonly Delivery[] }>;
  /** Undefined when no ended run of the job is known. The pipeline of decisions runs, and nothing is done. */
  explain(cluster: string, job: string, order?: RestartOrder): Promise<Explanation | undefined>;
  /**
   * Orders below are durable when they resolve. `user` is who ordered, as far as it is known.
   *
   * @throws MedicError `unknown_subject`, `not_possible`, `ledger_write`
   */
  restart(order: RestartOrder, user: string): Promise<Incident>;
  release(id: number, user: string): Promise<Incident>;
  closeBreaker(cluster: string, user: string): Promise<void>;
  /** Without a cluster: everything. */
  pause(cluster: string | undefined, user: string): Promise<void>;
  resume(cluster: string | undefined, user: string): Promise<void>;
}
