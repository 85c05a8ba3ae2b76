/**
 * `GET /api/v1/jobs`, with `?flink_cluster=`, `?job_name=` and `?state=` (each repeatable): runs within the retention.
 * `GET /api/v1/jobs/{cluster}/{job_id}`: live runs of one job id and the youngest ended ones, however old.
 */

import type { Router } from 'express';
import { boundLabel } from '../../core/label-value.ts';
import { AnswerPlaces } from '../answer-places.ts';
import { endpoint } from '../endpoint.ts';
import type { Knowledge, KnownRun } from '../knowledge.ts';
import { sendProblem } from '../problem.ts';
import { passes, queryValues } from '../query-values.ts';
import { runResource } from '../resources.ts';
import { sendList } from '../send-list.ts';

/** Of a hundred thousand runs each holds some megabytes until it is read. */
const LISTS = { places: 16, placesOfAddress: 8, what: 'lists of jobs', advice: 'Ask for fewer lists at once.' };

export function apiJobsRoutes(knowledge: Knowledge, limits = LISTS): Router[] {
  const places = new AnswerPlaces(limits);
  return [
    endpoint('/api/v1/jobs', {
      GET: (request, response) =>
        places.answer(request, response, async () => {
          const clusters = queryValues(request, 'flink_cluster');
          const names = queryValues(request, 'job_name').map(boundLabel);
          const states = queryValues(request, 'state');
          const { found } = await knowledge.runs(
            ({ run }) => passes(clusters, run.cluster) && passes(names, run.name) && passes(states, run.state),
          );
          const resourceOf = (known: KnownRun) => knowledge.unlessGone(known, runResource);
          await sendList(response, 'jobs', found, resourceOf, knowledge.divide());
        }),
    }),
    endpoint('/api/v1/jobs/:cluster/:job_id', {
      GET: (request, response) => {
        const { cluster, job_id: jobId } = request.params as { cluster: string; job_id: string };
        const runs = knowledge.runsOf(cluster, jobId)?.filter(({ run }) => run.jobId === jobId) ?? [];
        if (runs.length === 0) {
          const detail = `No run of job ${JSON.stringify(jobId)} is known on cluster ${JSON.stringify(cluster)}.`;
          return sendProblem(response, { status: 404, detail, advice: 'GET /api/v1/jobs lists what is known.' });
        }
        response.json({ runs: runs.map(runResource) });
      },
    }),
  ];
}
