/**
 * Tells the configured receivers what waits for them in the ledger, each in a queue of its own. What waits is bounded: a
 * day and `MAX_WAITING` messages, the oldest go first; so is what waits for a receiver that left the configuration. Made
 * and started by the composition root; who commits notifications hints.
 */

import type { Clock } from '../core/clock.ts';
import { type Repeat, repeat } from '../core/repeat.ts';
import type { IncidentLedger } from '../ledger/incident-ledger.ts';
import { ReceiverQueue, type ReceiverQueueOptions } from './receiver-queue.ts';
import type { Receiver } from './send-notification.ts';

export const MAX_WAITING = 10_000;
const KEPT_MS = 24 * 3_600_000;

/** From one look at everything that waits to the next; a message that was set aside waits for it. */
const LOOK_MS = 30_000;

export interface NotifierOptions extends ReceiverQueueOptions {
  readonly ledger: ReceiverQueueOptions['ledger'] & Pick<IncidentLedger, 'trimNotifications' | 'waitingNotifications'>;
  /** As configured now, each URL once. */
  readonly receivers: () => readonly Receiver[];
  readonly metrics: { notifications(result: 'sent' | 'failed' | 'dropped', count?: number): void };
  readonly clock: Clock;
  /** The ledger could not be read or written; it is tried again. */
  readonly failed: (error: unknown) => void;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #queues = new Map<string, ReceiverQueue>();
  #fullness = 0;
  #looks: Repeat | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** What waits ÷ what may wait, at the last look. */
  get fullness(): number {
    return this.#fullness;
  }

  /** Idempotent. */
  start(): void {
    const { failed, clock, timers } = this.#options;
    this.#looks ??= repeat({ intervalMs: () => LOOK_MS, task: () => this.#look(), failed, clock, timers });
  }

  /** Something was committed, or the configuration changed. */
  hint(): void {
    if (this.#looks === undefined) return;
    const receivers = this.#options.receivers();
    for (const receiver of receivers) {
      const queue = this.#queues.get(receiver.url) ?? new ReceiverQueue(receiver, this.#options);
      this.#queues.set(receiver.url, queue);
      queue.hint(receiver);
    }
    const urls = new Set(receivers.map(({ url }) => url));
    for (const [url, queue] of this.#queues) {
      if (urls.has(url)) continue;
      this.#queues.delete(url);
      void queue.stop();
    }
  }

  /** Breaks off what is being sent. */
  async stop(): Promise<void> {
    const looks = this.#looks;
    this.#looks = undefined;
    await Promise.all([looks?.stop(), ...Array.from(this.#queues.values(), (queue) => queue.stop())]);
    this.#queues.clear();
  }

  async #look(): Promise<void> {
    await this.#trim().catch(this.#options.failed);
    this.hint();
  }

  async #trim(): Promise<void> {
    const { ledger, receivers, clock, metrics, log } = this.#options;
    const dropped = await ledger.trimNotifications({
      createdSince: clock.now() - KEPT_MS,
      urls: receivers().map(({ url }) => url),
      newest: MAX_WAITING,
    });
    if (dropped > 0) {
      metrics.notifications('dropped', dropped);
      log.warn({ dropped }, 'notifications were dropped: a day old, too many waiting, or their receiver was removed');
    }
    this.#fullness = (await ledger.waitingNotifications()) / MAX_WAITING;
  }
}
