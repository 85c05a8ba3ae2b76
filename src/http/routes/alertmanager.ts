/**
 * `POST /api/v1/alertmanager`: the webhook of Alertmanager. It answers 202 when the alerts are stored, never before, and
 * 503 when they cannot be: Alertmanager sends again after 5xx only, every 4xx is final.
 */

import { type Request, type Response, Router } from 'express';
import { type AlertmanagerMessage, parseAlertmanagerMessage } from '../alertmanager-message.ts';
import type { CallerAuth, CallerRejection } from '../caller-auth.ts';
import { endpoint } from '../endpoint.ts';
import { jsonReader } from '../json-body.ts';
import { sendProblem } from '../problem.ts';
import type { AlertIntake } from '../restart-desk.ts';

const PATH = '/api/v1/alertmanager';
const MAX_BODY_BYTES = 16 * 1024 ** 2;

export type WebhookRejection = CallerRejection | 'malformed' | 'too_large' | 'not_found';

export interface WebhookMetrics {
  rejected(reason: WebhookRejection): void;
  /** A notification was stored. */
  notified(): void;
  received(status: 'firing' | 'resolved'): void;
  truncated(alerts: number): void;
}

export interface AlertmanagerRouteOptions {
  readonly intake: AlertIntake;
  readonly auth: CallerAuth;
  readonly metrics: WebhookMetrics;
  readonly logger: { warn(fields: object, message: string): void };
}

/** For the open routes: it has callers of its own. */
export function alertmanagerRoute({ intake, auth, metrics, logger }: AlertmanagerRouteOptions): Router {
  const readJson = jsonReader(MAX_BODY_BYTES);

  async function readMessage(request: Request, response: Response): Promise<AlertmanagerMessage | undefined> {
    let detail = 'The body is not a notification of Alertmanager.';
    try {
      const message = parseAlertmanagerMessage(await readJson(request, response));
      if (message !== undefined) return message;
    } catch (error) {
      if (!isClientError(error)) throw error;
      if (error.status === 413) {
        metrics.rejected('too_large');
        sendProblem(response, {
          status: 413,
          detail: 'The notification is larger than 16 MiB.',
          advice: 'Group by flink_cluster and job_name in Alertmanager.',
        });
        return undefined;
      }
      detail = error.message;
    }
    metrics.rejected('malformed');
    const advice = 'flink-medic expected Alertmanager webhook version 4; remove `payload:` from the receiver.';
    sendProblem(response, { status: 400, detail, advice });
    return undefined;
  }

  const router = Router({ caseSensitive: true });
  router.all(PATH, (request, _response, next) => {
    if (request.method !== 'POST') metrics.rejected('not_found');
    next();
  });
  router.use(
    endpoint(PATH, {
      POST: async (request, response) => {
        const caller = await auth(request, response);
        const message = caller === undefined ? undefined : await readMessage(request, response);
        if (message === undefined) return;
        const { alerts, truncated } = message;
        try {
          const outcomes = await intake.receive(alerts);
          response.status(202).json({ alerts: outcomes, truncated });
        } catch (error) {
          metrics.rejected('unavailable');
          response.set('Retry-After', '5');
          throw error;
        }
        metrics.notified();
        for (const { status } of alerts) metrics.received(status);
        if (truncated > 0) {
          metrics.truncated(truncated);
          logger.warn(
            { truncated },
            'Alertmanager left alerts out of a notification: raise max_alerts, or group by job',
          );
        }
      },
    }),
  );
  return router;
}

/** After all routes below `/api/v1/`: notifications that are sent to a wrong path would be lost without a trace. */
export function misdirectedRoute(metrics: Pick<WebhookMetrics, 'rejected'>): Router {
  return Router({ caseSensitive: true }).use('/api/v1', (request, response, next) => {
    if (request.method !== 'POST') return next();
    metrics.rejected('not_found');
    sendProblem(response, {
      status: 404,
      detail: 'Nothing takes a POST at this path.',
      advice: `Alertmanager sends POST ${PATH}; docs/http.md lists the other paths.`,
    });
  });
}

function isClientError(error: unknown): error is Error & { readonly status: number } {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500;
}
