/** `GET /metrics`: what is known, as of the last observations. `?flink_cluster=NAME` (repeatable) takes some clusters only. */

import type { Router } from 'express';
import type { Exposition } from '../../metrics/exposition.ts';
import { endpoint } from '../endpoint.ts';
import { sendProblem } from '../problem.ts';
import { queryValues } from '../query-values.ts';
import type { ExpositionSender } from './exposition-answer.ts';

/** @param isCluster whether a cluster of this name is configured */
export function metricsRoute(
  path: string,
  exposition: Pick<Exposition, 'page'>,
  isCluster: (name: string) => boolean,
  sender: ExpositionSender,
): Router {
  return endpoint(path, {
    GET: async (request, response) => {
      const names = queryValues(request, 'flink_cluster');
      // The empty name selects what belongs to no single cluster: archive folders that several use.
      const unknown = names.find((name) => name !== '' && !isCluster(name));
      if (unknown !== undefined) {
        const detail = `No cluster ${JSON.stringify(unknown)} is configured.`;
        return sendProblem(response, { status: 404, detail, advice: 'GET /api/v1/clusters lists them.' });
      }
      const clusters = names.length === 0 ? {} : { clusters: new Set(names) };
      await sender.send(request, response, (format) => exposition.page({ format, ...clusters }));
    },
  });
}
