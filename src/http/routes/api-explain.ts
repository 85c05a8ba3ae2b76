/** `GET /api/v1/explain/{cluster}/{job}` (name or id): what is known of a job, from which source, how old, by which rule. */

import type { Router } from 'express';
import { endpoint } from '../endpoint.ts';
import type { Knowledge } from '../knowledge.ts';
import { sendProblem } from '../problem.ts';
import { explainedRunResource } from '../resources.ts';

export function apiExplainRoute(knowledge: Knowledge): Router {
  return endpoint('/api/v1/explain/:cluster/:job', {
    GET: async (request, response) => {
      const { cluster, job } = request.params as { cluster: string; job: string };
      const runs = knowledge.runsOf(cluster, job);
      if (runs === undefined || runs.length === 0) {
        const what =
          runs === undefined
            ? `No cluster ${JSON.stringify(cluster)} is configured`
            : `No job ${JSON.stringify(job)} is known there`;
        return sendProblem(response, {
          status: 404,
          detail: `${what}.`,
          advice: 'GET /api/v1/jobs lists what is known.',
        });
      }
      const status = knowledge.clusters().find((known) => known.status.cluster === cluster)?.status;
      const explained = await Promise.all(
        runs.map(async (known) =>
          explainedRunResource(known, status, await knowledge.events(known.run), knowledge.now()),
        ),
      );
      response.json({ runs: explained });
    },
  });
}
