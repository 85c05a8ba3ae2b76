/**
 * What a person may order, with the credentials of the section `api`: `POST /api/v1/restarts`,
 * `/api/v1/incidents/{id}/release`, `/api/v1/breakers/{cluster}/close`, `/api/v1/pause` and `/api/v1/resume`.
 * An order is durable before it is answered.
 */

import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { MedicError } from '../../core/errors.ts';
import { LIFTABLE } from '../../core/restart/reasons.ts';
import type { CallerAuth } from '../caller-auth.ts';
import { endpoint } from '../endpoint.ts';
import { explanationResource, incidentResource } from '../incident-resources.ts';
import { jsonReader } from '../json-body.ts';
import { sendProblem } from '../problem.ts';
import type { RestartDesk } from '../restart-desk.ts';

const MAX_BODY_BYTES = 64 * 1024;

const name = z.string().min(1);
const restartBody = z.strictObject({
  flink_cluster: name,
  job: name,
  dry_run: z.boolean().default(false),
  from: name.optional(),
  lift: z.array(z.enum(LIFTABLE)).default([]),
});
const pauseBody = z.strictObject({ flink_cluster: name.optional() });
const emptyBody = z.strictObject({});

/** For the open routes: they have callers of their own. */
export function orderRoutes(desk: Omit<RestartDesk, 'incidents' | 'incident' | 'story'>, auth: CallerAuth): Router[] {
  const readJson = jsonReader(MAX_BODY_BYTES);

  /** One order: who asks, what exactly, and only then the doing. */
  function order<Body>(
    path: string,
    schema: z.ZodType<Body>,
    give: (body: Body, user: string, request: Request, response: Response) => Promise<unknown>,
  ): Router {
    return endpoint(path, {
      POST: async (request, response) => {
        const user = await auth(request, response);
        if (user === undefined) return;
        const body = schema.safeParse(await readJson(request, response));
        if (body.success) await give(body.data, user, request, response);
        else
          sendProblem(response, { status: 400, detail: issuesOf(body.error), advice: `docs/http.md, POST ${path}.` });
      },
    });
  }

  return [
    order('/api/v1/restarts', restartBody, async (body, user, _request, response) => {
      const { flink_cluster: cluster, job, dry_run: dryRun, from, lift } = body;
      const asked = { cluster, job, lift, ...(from !== undefined && { from }) };
      if (!dryRun) {
        const incident = await desk.restart(asked, user);
        response.status(202).location(`incidents/${String(incident.id)}`);
        return response.json({ incident: incidentResource(incident) });
      }
      const explanation = await desk.explain(cluster, job, asked);
      if (explanation === undefined) {
        throw new MedicError('unknown_subject', `no ended run of job ${JSON.stringify(job)} is known on ${cluster}`);
      }
      return response.json({ restart: explanationResource(explanation) });
    }),
    order('/api/v1/incidents/:id/release', emptyBody, async (_body, user, request, response) => {
      const { id } = request.params as { id: string };
      if (!/^\d{1,15}$/.test(id)) throw new MedicError('unknown_subject', `no incident ${JSON.stringify(id)} is known`);
      response.json({ incident: incidentResource(await desk.release(Number(id), user)) });
    }),
    order('/api/v1/breakers/:cluster/close', emptyBody, async (_body, user, request, response) => {
      const { cluster } = request.params as { cluster: string };
      await desk.closeBreaker(cluster, user);
      response.status(204).end();
    }),
    order('/api/v1/pause', pauseBody, async ({ flink_cluster: cluster }, user, _request, response) => {
      await desk.pause(cluster, user);
      response.status(204).end();
    }),
    order('/api/v1/resume', pauseBody, async ({ flink_cluster: cluster }, user, _request, response) => {
      await desk.resume(cluster, user);
      response.status(204).end();
    }),
  ];
}

function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ');
}
