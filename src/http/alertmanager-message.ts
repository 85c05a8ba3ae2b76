/**
 * Reads a notification of Alertmanager, webhook version 4. What flink-medic does not use may be missing or new; an alert
 * with odd particulars is passed on, so that it does not take the others of its message with it. Called by the webhook.
 * Source: `template.Data` and `webhook.Message` of Alertmanager.
 */

import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ReceivedAlert } from '../core/restart/alerts.ts';

/** Alertmanager's groups are far smaller; what is over it counts as truncated. */
const MAX_ALERTS = 10_000;

export interface AlertmanagerMessage {
  readonly alerts: readonly ReceivedAlert[];
  /** Alerts of the group that did not arrive (`max_alerts` of the receiver), or were over our own limit. */
  readonly truncated: number;
}

const alertSchema = z
  .object({
    status: z.enum(['firing', 'resolved']),
    labels: z.record(z.string(), z.unknown()).catch({}),
    startsAt: z.string().catch(''),
    fingerprint: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .optional()
      .catch(undefined),
  })
  .transform(({ status, labels, startsAt, fingerprint }): ReceivedAlert => {
    const texts = Object.entries(labels).filter((label): label is [string, string] => typeof label[1] === 'string');
    return {
      status,
      labels: Object.fromEntries(texts),
      startsAt: momentOf(startsAt),
      fingerprint: fingerprint ?? fingerprintOf(texts),
    };
  });

const messageSchema = z.object({
  version: z.literal('4'),
  truncatedAlerts: z.int().nonnegative().catch(0),
  alerts: z.array(z.unknown()),
});

/** @returns undefined when it is not a message of version 4 */
export function parseAlertmanagerMessage(body: unknown): AlertmanagerMessage | undefined {
  const message = messageSchema.safeParse(body);
  if (!message.success) return undefined;
  const { alerts: all, truncatedAlerts } = message.data;
  const alerts = z.array(alertSchema).safeParse(all.slice(0, MAX_ALERTS));
  if (!alerts.success) return undefined;
  return { alerts: alerts.data, truncated: truncatedAlerts + Math.max(0, all.length - MAX_ALERTS) };
}

/** 0 for what is no time: then the alert began before every run, and stands for none that was started since. */
function momentOf(text: string): number {
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? 0 : Math.max(0, moment);
}

/** In Alertmanager's form, but not its hash: stable for the same labels is enough. */
function fingerprintOf(labels: readonly [string, string][]): string {
  return hash('sha256', JSON.stringify(labels.toSorted(([a], [b]) => (a < b ? -1 : 1))), 'hex').slice(0, 16);
}
