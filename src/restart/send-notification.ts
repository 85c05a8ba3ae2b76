/** One POST to a receiver, bounded in time; no redirect is followed. Keeps nothing. */

import { type Dispatcher, request } from 'undici';
import { withDeadline } from '../flink/deadline.ts';
import type { HttpAccess } from '../flink/http-access.ts';
import type { Notification } from '../ledger/incident-ledger.ts';

/** From reading secrets to the end of the answer. */
export const SEND_TIMEOUT_MS = 10_000;

/** Where notifications go. Secret like its headers: only its origin may be logged. */
export interface Receiver {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly access: HttpAccess;
}

/** `Connections` of `src/flink`. */
export interface ReceiverConnections {
  current(): Promise<Dispatcher>;
  close(): Promise<void>;
}

/**
 * @returns the HTTP status of the answer
 * @throws MedicError `timeout`; what reading a secret or undici throws; the reason of `signal`, when that was aborted
 */
export function sendNotification(
  { url, headers, access }: Receiver,
  connections: ReceiverConnections,
  { id, body }: Pick<Notification, 'id' | 'body'>,
  signal: AbortSignal,
): Promise<number> {
  return withDeadline(SEND_TIMEOUT_MS, signal, async (ended) => {
    const dispatcher = await connections.current();
    const authorization = await access.authorization?.();
    ended.throwIfAborted();
    const answer = await request(url, {
      method: 'POST',
      dispatcher,
      signal: ended,
      headers: {
        ...lowerCased(headers),
        'content-type': 'application/json',
        'user-agent': 'flink-medic',
        'idempotency-key': id,
        ...(authorization !== undefined && { authorization }),
      },
      body,
    });
    await answer.body.dump();
    return answer.statusCode;
  });
}

/** So that one of ours takes the place of a configured one. */
function lowerCased(headers: Receiver['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
