/** `POST /-/reload`: reads the configuration again, as Prometheus does. Off unless `--web.enable-lifecycle` is given. */

import type { RequestHandler, Router } from 'express';
import { MedicError } from '../../core/errors.ts';
import { endpoint } from '../endpoint.ts';
import { sendProblem } from '../problem.ts';

export function reloadRoute(enabled: boolean, reload: () => Promise<void>): Router {
  const handler: RequestHandler = async (_request, response) => {
    if (!enabled) {
      const advice = 'Start flink-medic with --web.enable-lifecycle, or send it SIGHUP.';
      return sendProblem(response, { status: 403, detail: 'Reloading over HTTP is switched off.', advice });
    }
    try {
      await reload();
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      const advice = 'What the file that is wrong would change stays as it was. Mend it and reload again.';
      return sendProblem(response, { status: 500, code: error.code, detail: error.message, advice });
    }
    response.type('text/plain').send('The configuration was reloaded.\n');
  };
  return endpoint('/-/reload', { POST: handler, PUT: handler });
}
