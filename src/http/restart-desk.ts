/** What the routes ask of the restart bridge: narrow views, given to them by `src/app/`. */

import type { AlertOutcome, Delivery, ReceivedAlert } from '../core/restart/alerts.ts';
import type { EndedRun, Incident, IncidentEvent } from '../core/restart/incident.ts';
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

export interface RestartDesk {
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
