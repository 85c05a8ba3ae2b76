/** Incidents with everything in them, and a desk and an intake that keep what they were asked. */

import type { AlertOutcome, Delivery, ReceivedAlert } from '../../src/core/restart/alerts.ts';
import type { Attempt, EndedRun, Incident, IncidentEvent, SubmissionRequest } from '../../src/core/restart/incident.ts';
import { MedicError } from '../../src/core/errors.ts';
import type {
  AlertIntake,
  Explanation,
  JobPolicy,
  RestartDesk,
  RestartOrder,
  Switches,
} from '../../src/http/restart-desk.ts';
import type { WebhookMetrics } from '../../src/http/routes/alertmanager.ts';

/** 2026-01-01T00:00:00Z */
export const T0 = Date.UTC(2026, 0, 1);
const S = 1000;

export const ended: EndedRun = {
  cluster: 'prod',
  jobId: '1'.repeat(32),
  generation: 1,
  name: 'orders',
  status: 'FAILED',
  endTime: T0,
  lastStart: T0 - 60 * S,
};

const submission: SubmissionRequest = {
  driver: 'flink_rest',
  jobId: '2'.repeat(32),
  jar: { file: '/jars/orders.jar', sha256: 'ab'.repeat(32) },
  entryClass: 'com.example.Orders',
  args: ['--env', 'prod', '--db-password', 'hunter2', '--url=jdbc:db://ann:hunter2@db/orders'],
  parallelism: 4,
  config: { 's3.secret-key': 'hunter2', 'pipeline.max-parallelism': '128' },
  restore: {
    path: 'file:/checkpoints/chk-7',
    claimMode: 'NO_CLAIM',
    allowNonRestoredState: false,
    checkpointId: 7,
    completedAt: T0 - 2 * S,
  },
  restoreDetail: 'checkpoint 7, the newest',
  submitTimeoutMs: 900 * S,
};

const attempt: Attempt = {
  number: 1,
  of: ended,
  request: submission,
  confirm: { runningForMs: 30 * S, checkpoint: true, timeoutMs: 300 * S },
  state: 'failed',
  failure: 'ended_again',
  detail: 'it failed after 3 s',
  intendedAt: T0 + 10 * S,
  sentAt: [T0 + 11 * S],
  process: '/tmp/flink-web-1',
  submittedAt: T0 + 12 * S,
  runningAt: T0 + 13 * S,
  ended: { ...ended, jobId: '2'.repeat(32), endTime: T0 + 16 * S },
  endedAt: T0 + 17 * S,
  watchedMs: 4 * S,
};

const incident: Incident = {
  id: 7,
  run: ended,
  state: 'deferred',
  reason: 'back_off',
  detail: 'until 00:01',
  openedAt: T0 + S,
  since: T0 + 17 * S,
  triggers: [
    {
      kind: 'alert',
      at: T0 + S,
      lastAt: T0 + 2 * S,
      count: 2,
      name: 'FlinkJobRepairWanted',
      fingerprint: '59b40c0c24914884',
      startsAt: T0,
      withdrawn: false,
    },
  ],
  order: { at: T0 + 5 * S, from: 'file:/savepoints/1', lift: ['exhausted'] },
  policy: 'orders',
  attempts: [attempt],
  wouldSend: submission,
};

/** With nothing that can be left out, and a name of somebody hostile. */
const refused: Incident = {
  id: 6,
  run: { ...ended, cluster: 'test', name: 'red\u001b[31m', jobId: '3'.repeat(32) },
  state: 'refused',
  reason: 'no_policy',
  detail: '',
  openedAt: T0,
  since: T0,
  closedAt: T0,
  triggers: [],
  attempts: [],
};

const events: readonly IncidentEvent[] = [
  { incident: 7, at: T0 + S, kind: 'opened', detail: 'by FlinkJobRepairWanted' },
  { incident: 7, at: T0 + 17 * S, kind: 'attempt_failed', reason: 'ended_again', detail: 'attempt 1' },
];

const deliveries: readonly Delivery[] = [
  {
    fingerprint: '59b40c0c24914884',
    startsAt: T0,
    status: 'firing',
    alertname: 'FlinkJobRepairWanted',
    cluster: 'prod',
    jobName: 'orders',
    jobId: '1'.repeat(32),
    firstAt: T0 + S,
    lastAt: T0 + 2 * S,
    count: 2,
    outcome: 'opened',
    incident: 7,
  },
];

export const explanation: Explanation = {
  ended,
  policy: 'orders',
  incident,
  stages: [
    { stage: 'policy' },
    { stage: 'mode', objection: { reason: 'dry_run', detail: 'it would be submitted', until: T0 } },
  ],
  verdict: { decision: 'deferred', reason: 'dry_run', detail: 'it would be submitted', request: submission },
};

/** Knows the incidents above, and one job that ended: `orders`. */
export class FakeDesk implements RestartDesk {
  /** What was ordered, with its arguments. */
  readonly orders: unknown[][] = [];
  /** What the next calls throw. */
  failure: Error | undefined;

  switches(): Switches {
    return { mode: 'on', pausedSince: new Map(), openBreakers: [] };
  }

  policyOf(_cluster: string, name: string): JobPolicy | undefined {
    return name === ended.name ? { name: 'orders', attemptsLeft: 2, attempts: 3, perMs: 3600 * S } : undefined;
  }

  incidents(): readonly Incident[] {
    return [incident, refused];
  }

  incident(id: number): Incident | undefined {
    return this.incidents().find((known) => known.id === id);
  }

  story(id: number): ReturnType<RestartDesk['story']> {
    return Promise.resolve(id === 7 ? { events, deliveries } : { events: [], deliveries: [] });
  }

  async explain(...asked: [cluster: string, job: string, order?: RestartOrder]): Promise<Explanation | undefined> {
    this.#note('explain', ...asked);
    return asked[1] === 'orders' ? explanation : undefined;
  }

  async restart(order: RestartOrder, user: string): Promise<Incident> {
    this.#note('restart', order, user);
    return incident;
  }

  async release(id: number, user: string): Promise<Incident> {
    this.#note('release', id, user);
    const known = this.incident(id);
    if (known === undefined) throw new MedicError('unknown_subject', `no incident ${String(id)} is known`);
    return known;
  }

  async closeBreaker(cluster: string, user: string): Promise<void> {
    this.#note('closeBreaker', cluster, user);
  }

  async pause(cluster: string | undefined, user: string): Promise<void> {
    this.#note('pause', cluster, user);
  }

  async resume(cluster: string | undefined, user: string): Promise<void> {
    this.#note('resume', cluster, user);
  }

  #note(...order: unknown[]): void {
    if (this.failure !== undefined) throw this.failure;
    this.orders.push(order);
  }
}

export class FakeIntake implements AlertIntake {
  readonly received: ReceivedAlert[][] = [];
  /** What the next calls throw. */
  failure: Error | undefined;

  async receive(alerts: readonly ReceivedAlert[]): Promise<readonly AlertOutcome[]> {
    if (this.failure !== undefined) throw this.failure;
    this.received.push([...alerts]);
    return alerts.map(({ fingerprint }) => ({ fingerprint, became: 'opened', incident: 7, detail: 'incident 7' }));
  }
}

/** One word for each call. */
export class FakeWebhookMetrics implements WebhookMetrics {
  readonly calls: string[] = [];

  rejected(reason: string): void {
    this.calls.push(reason);
  }
  notified(): void {
    this.calls.push('notified');
  }
  received(status: string): void {
    this.calls.push(status);
  }
  truncated(alerts: number): void {
    this.calls.push(`truncated ${String(alerts)}`);
  }
}
