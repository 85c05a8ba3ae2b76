/**
 * `GET /api/v1/explain/{cluster}/{job}` (name or id): what is known of a job, from which source, how old, by which rule, and
 * what would happen now if its restart were asked for.
 */

import type { Router } from 'express';
import type { Timers } from '../../core/clock.ts';
import { MedicError } from '../../core/errors.ts';
import { endpoint } from '../endpoint.ts';
import { type ExplanationResource, explanationResource } from '../incident-resources.ts';
import type { Knowledge } from '../knowledge.ts';
import { type ErrorLogger, sendProblem } from '../problem.ts';
import { explainedRunResource } from '../resources.ts';
import type { RestartDesk } from '../restart-desk.ts';

/** The decision asks JobManagers and a storage; what is known without them is not kept waiting for longer. */
const DECISION_MS = 5_000;

export interface ExplainedRestarts {
  readonly desk: Pick<RestartDesk, 'explain'>;
  readonly timers: Timers;
  readonly logger: ErrorLogger;
}

export function apiExplainRoute(knowledge: Knowledge, restarts: ExplainedRestarts): Router {
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
      const [restart, ...explained] = await Promise.all([
        restartPart(restarts, cluster, job),
        ...runs.map(async (known) =>
          explainedRunResource(known, status, await knowledge.events(known.run), knowledge.now()),
        ),
      ]);
      response.json({ runs: explained, ...restart });
    },
  });
}

interface RestartPart {
  /** Left out when no run has ended. */
  readonly restart?: ExplanationResource;
  /** Why the decision cannot be told; the rest of the answer stands. */
  readonly restart_problem?: string;
}

async function restartPart(
  { desk, timers, logger }: ExplainedRestarts,
  cluster: string,
  job: string,
): Promise<RestartPart> {
  let cancel: (() => void) | undefined;
  const timeUp = new Promise<RestartPart>((resolve) => {
    const problem = `the decision is not made after ${String(DECISION_MS / 1000)} s: a JobManager or a storage is slow`;
    cancel = timers.after(DECISION_MS, () => resolve({ restart_problem: problem }));
  });
  try {
    const decided = desk
      .explain(cluster, job)
      .then((explanation) => (explanation === undefined ? {} : { restart: explanationResource(explanation) }));
    return await Promise.race([decided, timeUp]);
  } catch (error) {
    if (error instanceof MedicError) return { restart_problem: error.message };
    logger.error({ err: error, cluster, job }, 'A decision could not be explained');
    return { restart_problem: 'the decision failed; the log of flink-medic has the cause' };
  } finally {
    cancel?.();
  }
}
