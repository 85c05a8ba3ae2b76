/** `GET /api/v1/clusters`: the configured clusters, as they are now. */

import type { Router } from 'express';
import { endpoint } from '../endpoint.ts';
import type { Knowledge } from '../knowledge.ts';
import { clusterResource } from '../resources.ts';

export function apiClustersRoute(knowledge: Knowledge): Router {
  return endpoint('/api/v1/clusters', {
    GET: (_request, response) => {
      response.json({ clusters: knowledge.clusters().map(clusterResource) });
    },
  });
}
