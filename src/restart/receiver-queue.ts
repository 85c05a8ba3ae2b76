/**
 * Sends what waits in the ledger for one receiver, one message after the other and in their order. Keeps no message, only
 * how often sending failed in a row: each time the receiver gets a pause that doubles up to five minutes. A message that
 * failed often is set aside, so that one which the receiver cannot digest does not hold up the others. The notifier owns
 * one for each receiver, so that they do not hold up each other.
 */

import type { Clock, Timers } from '../core/clock.ts';
import { MedicError } from '../core/errors.ts';
import { messageOfFailure } from '../flink/request-failure.ts';
import type { IncidentLedger, Notification } from '../ledger/incident-ledger.ts';
import { type Receiver, type ReceiverConnections, sendNotification } from './send-notification.ts';

const BATCH = 20;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/** After so many failures a message lets the others pass; together they take about half a minute. */
const TRIES_IN_ORDER = 5;

/** Other answers from 300 on would not change: the message is given up. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 429]);

export interface ReceiverQueueOptions {
  readonly ledger: Pick<IncidentLedger, 'dueNotifications' | 'removeNotifications' | 'postponeNotification'>;
  /** The connections are closed after each use. */
  readonly connect: (receiver: Receiver) => ReceiverConnections;
  readonly metrics: { notifications(result: 'sent' | 'failed'): void };
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Timers;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

export class ReceiverQueue {
  readonly #options: ReceiverQueueOptions;
  readonly #stopping = new AbortController();
  #receiver: Receiver;
  #failures = 0;
  #running: Promise<void> | undefined;
  #hinted = false;
  #cancelPause: (() => void) | undefined;

  constructor(receiver: Receiver, options: ReceiverQueueOptions) {
    this.#receiver = receiver;
    this.#options = options;
  }

  /**
   * Something may be due. During a pause nothing is sent.
   *
   * @param receiver as it is configured now, with the same URL
   */
  hint(receiver: Receiver): void {
    this.#receiver = receiver;
    if (this.#stopping.signal.aborted || this.#cancelPause !== undefined) return;
    this.#hinted = true;
    if (this.#running === undefined) this.#run();
  }

  /** Breaks off what is under way; it is sent again after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelPause?.();
    await this.#running;
  }

  #run(): void {
    this.#hinted = false;
    this.#running = this.#sendDue().then((pauseMs) => {
      this.#running = undefined;
      if (this.#stopping.signal.aborted) return;
      if (pauseMs !== undefined) this.#pause(pauseMs);
      else if (this.#hinted) this.#run();
    });
  }

  #pause(ms: number): void {
    this.#cancelPause = this.#options.timers.after(ms, () => {
      this.#cancelPause = undefined;
      this.#run();
    });
  }

  /** @returns for how long to pause; undefined when nothing is due any more */
  async #sendDue(): Promise<number | undefined> {
    const { ledger, connect, clock, log } = this.#options;
    const receiver = this.#receiver;
    const connections = connect(receiver);
    try {
      for (;;) {
        const due = await ledger.dueNotifications(receiver.url, clock.now(), BATCH);
        if (due.length === 0) return undefined;
        for (const notification of due) await this.#send(receiver, connections, notification);
      }
    } catch (error) {
      if (this.#stopping.signal.aborted) return undefined;
      this.#failures++;
      const fields = { receiver: originOf(receiver), problem: messageOfFailure(error) };
      if (this.#failures === 1) log.warn(fields, 'notifications wait and are tried again');
      return pauseAfter(this.#failures);
    } finally {
      await connections.close();
    }
  }

  /** @throws when it is to be tried again, with the reason */
  async #send(receiver: Receiver, connections: ReceiverConnections, notification: Notification): Promise<void> {
    const { ledger, metrics, log } = this.#options;
    const fields = { receiver: originOf(receiver), id: notification.id };
    const status = await this.#post(receiver, connections, notification);
    await ledger.removeNotifications([notification]);
    const result = status < 300 ? 'sent' : 'failed';
    metrics.notifications(result);
    if (result === 'failed') log.error({ ...fields, status }, 'the receiver refused a notification: it is given up');
    if (this.#failures > 0) log.info(fields, 'the receiver answers again');
    this.#failures = 0;
  }

  async #post(receiver: Receiver, connections: ReceiverConnections, notification: Notification): Promise<number> {
    const { ledger, clock } = this.#options;
    try {
      const status = await sendNotification(receiver, connections, notification, this.#stopping.signal);
      if (status >= 500) throw new MedicError('http_5xx', `HTTP ${status}`, { status });
      if (TRY_AGAIN.has(status)) throw new MedicError('http_4xx', `HTTP ${status}`, { status });
      return status;
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      const tries = notification.tries + 1;
      const asideMs = tries < TRIES_IN_ORDER ? 0 : LONGEST_PAUSE_MS;
      await ledger.postponeNotification(notification, tries, clock.now() + asideMs);
      throw error;
    }
  }
}

function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

/** Path and query may hold tokens. */
function originOf({ url }: Receiver): string {
  return new URL(url).origin;
}
