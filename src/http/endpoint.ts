/** One path and the methods it has, as a router for `createApp`; each file of a route makes one. */

import { type RequestHandler, Router } from 'express';
import { methodNotAllowed } from './problem.ts';

export type EndpointMethod = 'GET' | 'POST' | 'PUT';

/**
 * Any other method of the path is answered with 405. GET answers HEAD too.
 * @param path in Express' form, for example `/api/v1/jobs/:cluster/:job_id`; matched case-sensitively
 */
export function endpoint(path: string, handlers: Readonly<Partial<Record<EndpointMethod, RequestHandler>>>): Router {
  const router = Router({ caseSensitive: true });
  const route = router.route(path);
  if (handlers.GET) route.get(handlers.GET);
  if (handlers.POST) route.post(handlers.POST);
  if (handlers.PUT) route.put(handlers.PUT);
  route.all(methodNotAllowed(Object.keys(handlers).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method))));
  return router;
}
