/** `GET /sd`: Prometheus HTTP service discovery (`docs/http_sd.md`), one target for each cluster, to be asked at `/probe`. */

import type { Request, Router } from 'express';
import { endpoint } from '../endpoint.ts';

export interface ServiceDiscovery {
  /** Names of all configured clusters. */
  readonly clusters: () => readonly string[];
  /** `--web.external-url`; without it the address by which Prometheus asked is the target. */
  readonly externalUrl: URL | undefined;
  readonly routePrefix: string;
}

export function sdRoute({ clusters, externalUrl, routePrefix }: ServiceDiscovery): Router {
  return endpoint('/sd', {
    GET: (request, response) => {
      const { address, scheme } = externalUrl === undefined ? asked(request) : described(externalUrl);
      response.json(
        clusters().map((name) => ({
          targets: [address],
          labels: {
            __scheme__: scheme,
            __metrics_path__: `${externalUrl?.pathname.replace(/\/$/, '') ?? routePrefix}/probe`,
            __param_target: name,
            __meta_flink_cluster: name,
          },
        })),
      );
    },
  });
}

function asked(request: Request): { address: string; scheme: string } {
  return { address: request.get('host') ?? 'localhost', scheme: request.protocol };
}

function described(url: URL): { address: string; scheme: string } {
  const scheme = url.protocol.replace(':', '');
  const port = url.port || (scheme === 'https' ? '443' : '80');
  return { address: `${url.hostname}:${port}`, scheme };
}
