/** From a message to what waits in the ledger: one row for each receiver that wants such events. */

import type { Message } from '../core/restart/notification.ts';
import type { Notification } from '../ledger/incident-ledger.ts';

export interface Subscription {
  readonly url: string;
  readonly events: readonly Message['event'][];
}

/** For the transaction that stores what the message tells. */
export function notificationsOf(message: Message, subscriptions: readonly Subscription[]): Notification[] {
  return subscriptions
    .filter(({ events }) => events.includes(message.event))
    .map(({ url }) => ({ ...message, url, tries: 0, nextTryAt: message.createdAt }));
}
