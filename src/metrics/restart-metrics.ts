/**
 * The metrics of the restart bridge as a whole: counts what happens, and reads the rest at a scrape. Keeps a prom-client
 * registry with a fixed number of series but for one histogram a cluster. The composition root makes one; webhook,
 * intake, worker and notifier count on it, the exposition reads it.
 */

import { Counter, Histogram, Registry } from 'prom-client';
import type { Clock } from '../core/clock.ts';
import { IGNORED_REASONS, type IgnoredReason, type ReceivedAlert } from '../core/restart/alerts.ts';
import { ALL_REASONS, type Reason, REASONS } from '../core/restart/reasons.ts';
import type { Verdict } from '../core/restart/situation.ts';
import type { FamilyDescription, FamilyText } from './family.ts';
import { renderRegistry } from './prom-client-text.ts';
import { renderRecords } from './render-records.ts';
import {
  ALERTS_IGNORED,
  ALERTS_RECEIVED,
  ALERTS_TRUNCATED,
  DECISIONS,
  DURATION,
  NOTIFICATIONS,
  RESTART_FAMILIES,
  type RestartView,
  WEBHOOK_REJECTED,
} from './restart-families.ts';

export const ALERT_STATUSES = ['firing', 'resolved'] as const satisfies readonly ReceivedAlert['status'][];

/** Why a request to the webhook was not accepted: the closed list of the label. */
export const WEBHOOK_REJECTIONS = [
  'unauthenticated',
  'forbidden',
  'malformed',
  'too_large',
  'not_found',
  'rate_limited',
  'unavailable',
] as const;
export type WebhookRejection = (typeof WEBHOOK_REJECTIONS)[number];

export const NOTIFICATION_RESULTS = ['sent', 'failed', 'dropped'] as const;
export type NotificationResult = (typeof NOTIFICATION_RESULTS)[number];

const MILLISECONDS = 1e3;

/** From a job that starts in seconds to the default of `restart.act_within`. */
const BUCKETS_SECONDS = [5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];

export class RestartMetrics {
  readonly #view: RestartView;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #registry = new Registry();
  readonly #decisions = this.#counter(DECISIONS);
  readonly #duration = new Histogram({
    name: DURATION.name,
    help: DURATION.help,
    labelNames: [...DURATION.labels],
    buckets: BUCKETS_SECONDS,
    registers: [this.#registry],
  });
  readonly #received = this.#counter(ALERTS_RECEIVED);
  readonly #truncated = this.#counter(ALERTS_TRUNCATED);
  readonly #ignored = this.#counter(ALERTS_IGNORED);
  readonly #rejected = this.#counter(WEBHOOK_REJECTED);
  readonly #notifications = this.#counter(NOTIFICATIONS);
  /** Clusters that have a histogram. */
  #measured = new Set<string>();
  #lastNotifiedAt: number | undefined;

  constructor(view: RestartView, clock: Pick<Clock, 'now'>) {
    this.#view = view;
    this.#clock = clock;
    this.#decisions.inc({ decision: 'accepted', reason: '' }, 0);
    for (const reason of ALL_REASONS) this.#decisions.inc({ decision: REASONS[reason].decision, reason }, 0);
    for (const status of ALERT_STATUSES) this.#received.inc({ status }, 0);
    for (const reason of IGNORED_REASONS) this.#ignored.inc({ reason }, 0);
    for (const reason of WEBHOOK_REJECTIONS) this.#rejected.inc({ reason }, 0);
    for (const result of NOTIFICATION_RESULTS) this.#notifications.inc({ result }, 0);
  }

  /** Of deferrals only the first and those with another reason than the one before. */
  decided(decision: Verdict['decision'], reason?: Reason): void {
    this.#decisions.inc({ decision, reason: reason ?? '' });
  }

  /** @param ms from the end of the run until the new one was confirmed, both in the same clock */
  recovered(cluster: string, ms: number): void {
    this.#measured.add(cluster);
    // A clock that was set back measures nothing: a negative value would make the sum fall.
    this.#duration.observe({ flink_cluster: cluster }, Math.max(0, ms) / MILLISECONDS);
  }

  received(status: ReceivedAlert['status']): void {
    this.#received.inc({ status });
  }

  truncated(alerts: number): void {
    this.#truncated.inc(alerts);
  }

  ignored(reason: IgnoredReason): void {
    this.#ignored.inc({ reason });
  }

  rejected(reason: WebhookRejection): void {
    this.#rejected.inc({ reason });
  }

  /** A notification of Alertmanager was accepted. */
  notified(): void {
    this.#lastNotifiedAt = this.#clock.now();
  }

  notifications(result: NotificationResult, count = 1): void {
    this.#notifications.inc({ result }, count);
  }

  /** The lines of all families that have samples now. */
  async families(): Promise<FamilyText[]> {
    this.#measureConfigured();
    const read = renderRecords(RESTART_FAMILIES, { view: this.#view, lastNotifiedAt: this.#lastNotifiedAt });
    return [...read, ...(await renderRegistry(this.#registry))];
  }

  /** A new cluster has a histogram from 0; that of a cluster that left the configuration goes. */
  #measureConfigured(): void {
    const configured = new Set(Array.from(this.#view.breakers(), ({ cluster }) => cluster));
    for (const cluster of configured) {
      if (!this.#measured.has(cluster)) this.#duration.zero({ flink_cluster: cluster });
    }
    for (const cluster of this.#measured) {
      if (!configured.has(cluster)) this.#duration.remove({ flink_cluster: cluster });
    }
    this.#measured = configured;
  }

  #counter({ name, help, labels }: FamilyDescription): Counter {
    return new Counter({ name, help, labelNames: [...labels], registers: [this.#registry] });
  }
}
