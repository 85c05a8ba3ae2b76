/**
 * `GET /api/v1/incidents`, with `?flink_cluster=`, `?job=` (name or id) and `?state=` (each repeatable), newest first, and
 * `GET /api/v1/incidents/{id}`, the whole story of one.
 */

import type { Router } from 'express';
import { boundLabel } from '../../core/label-value.ts';
import { endpoint } from '../endpoint.ts';
import { incidentResource, incidentStoryResource } from '../incident-resources.ts';
import { sendProblem } from '../problem.ts';
import { passes, queryValues } from '../query-values.ts';
import type { RestartDesk } from '../restart-desk.ts';

export function incidentRoutes(desk: Pick<RestartDesk, 'incidents' | 'incident' | 'story'>): Router[] {
  return [
    endpoint('/api/v1/incidents', {
      GET: (request, response) => {
        const clusters = queryValues(request, 'flink_cluster');
        const jobs = queryValues(request, 'job').map(boundLabel);
        const states = queryValues(request, 'state');
        const incidents = desk
          .incidents()
          .filter(
            ({ run, state }) =>
              passes(clusters, run.cluster) && passes(jobs, run.name, run.jobId) && passes(states, state),
          );
        response.json({ incidents: incidents.map(incidentResource) });
      },
    }),
    endpoint('/api/v1/incidents/:id', {
      GET: async (request, response) => {
        const { id } = request.params as { id: string };
        const incident = /^\d{1,15}$/.test(id) ? desk.incident(Number(id)) : undefined;
        if (incident === undefined) {
          const detail = `No incident ${JSON.stringify(id)} is known.`;
          return sendProblem(response, { status: 404, detail, advice: 'GET /api/v1/incidents lists what is known.' });
        }
        const { events, deliveries } = await desk.story(incident.id);
        response.json({ incident: incidentStoryResource(incident, events, deliveries) });
      },
    }),
  ];
}
