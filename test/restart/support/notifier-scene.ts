/** A notifier with real requests to a receiver of the test, the ledger's fake, and time that only the test moves. */

import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { Connections } from '../../../src/flink/connections.ts';
import type { Notification } from '../../../src/ledger/incident-ledger.ts';
import { Notifier } from '../../../src/restart/notifier.ts';
import { type Receiver, SEND_TIMEOUT_MS } from '../../../src/restart/send-notification.ts';
import { ManualTime } from '../../e2e/support/manual-time.ts';
import { FakeIncidentLedger } from '../../ledger/fake-incident-ledger.ts';
import { FakeReceiver } from './fake-receiver.ts';

export const SECOND = 1_000;
/** Between two looks at what waits. */
export const LOOK = 30 * SECOND;

/** Ends with the test. */
export async function startReceiver(): Promise<FakeReceiver> {
  const started = await FakeReceiver.start();
  onTestFinished(() => started.stop());
  return started;
}

/** Of the messages that came. */
export const ids = (from: FakeReceiver) => from.requests.map(({ headers }) => headers['idempotency-key']);

/** Lets the requests that are under way go on. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

/** Stopped with the test. */
export function notifierScene(
  receiver: FakeReceiver,
  options: { readonly receivers?: () => readonly Receiver[] } = {},
) {
  const ledger = new FakeIncidentLedger();
  const time = new ManualTime();
  const counts = { sent: 0, failed: 0, dropped: 0 };
  const lines: string[] = [];
  const failures: unknown[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const notifier = new Notifier({
    ledger,
    receivers: () => [{ url: receiver.url, headers: {}, access: {} }],
    connect: ({ url, access }) =>
      new Connections({ origin: new URL(url).origin, access, connectTimeoutMs: SEND_TIMEOUT_MS }),
    metrics: { notifications: (result, count = 1) => void (counts[result] += count) },
    clock: time.clock,
    timers: time.timers,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    failed: (error) => void failures.push(error),
    ...options,
  });
  onTestFinished(() => notifier.stop());
  const waiting = (id: string, more: Partial<Notification> = {}): Notification => ({
    id,
    url: receiver.url,
    event: 'incident',
    createdAt: time.clock.now(),
    body: `{"id":"${id}"}`,
    tries: 0,
    nextTryAt: 0,
    ...more,
  });
  return {
    ledger,
    time,
    counts,
    lines,
    failures,
    notifier,
    put: (...names: string[]) => ledger.insertNotifications(names.map((name) => waiting(name))),
    waiting,
    left: async () => (await ledger.dueNotifications(receiver.url, Number.POSITIVE_INFINITY, 100)).map(({ id }) => id),
  };
}
