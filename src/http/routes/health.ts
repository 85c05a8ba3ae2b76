/**
 * Liveness and readiness, in the words of Prometheus (`/-/healthy`, `/-/ready`) and of Kubernetes (`/livez`, `/readyz`).
 * Open to everybody.
 */

import type { RequestHandler, Router } from 'express';
import { endpoint } from '../endpoint.ts';
import type { Readiness } from '../knowledge.ts';

const healthy: RequestHandler = (_request, response) => {
  response.type('text/plain').send('flink-medic is healthy.\n');
};

export function healthRoutes(readiness: () => Readiness): Router[] {
  const ready: RequestHandler = (_request, response) => {
    const { ready: isReady, waitingFor } = readiness();
    const text = isReady ? 'flink-medic is ready.' : `flink-medic is not ready: ${waitingFor.join('; ')}.`;
    response
      .status(isReady ? 200 : 503)
      .type('text/plain')
      .send(`${text}\n`);
  };
  return [
    endpoint('/-/healthy', { GET: healthy }),
    endpoint('/livez', { GET: healthy }),
    endpoint('/-/ready', { GET: ready }),
    endpoint('/readyz', { GET: ready }),
  ];
}
