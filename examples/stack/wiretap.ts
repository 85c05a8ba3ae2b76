/**
 * Between Alertmanager and flink-medic: passes each message on and keeps what flink-medic answered to it. Called by
 * `main.ts` for the play.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const MESSAGE = z.object({
  alerts: z.array(z.object({ status: z.string(), labels: z.record(z.string(), z.string()) })),
});
const ANSWER = z.object({ alerts: z.array(z.object({ became: z.string(), detail: z.string() })) });

/** What flink-medic said about one alert of a message. */
export interface Answer {
  /** HTTP status of the whole message. */
  readonly code: number;
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly became: string;
  readonly detail: string;
}

export interface Wiretap {
  /** `host:port`, for the webhook's URL. */
  readonly address: string;
  /** To messages that were stored, oldest first. */
  readonly answers: readonly Answer[];
  close(): void;
}

/** @param medic URL of flink-medic */
export async function tapWebhook(medic: string): Promise<Wiretap> {
  const answers: Answer[] = [];
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { url = '', headers } = incoming;
    const message = await text(incoming);
    const { authorization = '', 'content-type': type = '' } = headers;
    const answer = await fetch(medic + url, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: message,
    });
    const body = await answer.text();
    if (answer.ok) answers.push(...answersIn(message, answer.status, body));
    outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** flink-medic answers alert by alert, in their order. */
function answersIn(message: string, code: number, body: string): Answer[] {
  const { alerts: outcomes } = ANSWER.parse(JSON.parse(body));
  return MESSAGE.parse(JSON.parse(message)).alerts.flatMap((alert, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [{ ...alert, ...outcome, code }];
  });
}
