/** `GET /`: the first page for people, the fleet; the others are in `ui.ts`. */

import type { Router } from 'express';
import { endpoint } from '../endpoint.ts';
import type { Knowledge, Readiness } from '../knowledge.ts';
import type { LoadedConfiguration } from '../pages/configuration.ts';
import type { Program } from '../pages/document.ts';
import { fleetPage } from '../pages/fleet.ts';
import { sendPage } from '../pages/send-page.ts';
import { isCurrent } from '../pages/trouble.ts';
import type { ErrorLogger } from '../problem.ts';
import type { RestartDesk } from '../restart-desk.ts';

/** What the pages show. */
export interface PageSources {
  readonly knowledge: Knowledge;
  readonly desk: Pick<RestartDesk, 'incidents' | 'incident' | 'story' | 'switches' | 'policyOf'>;
  readonly readiness: () => Readiness;
  readonly configuration: () => LoadedConfiguration;
  readonly program: Program;
  readonly logger: ErrorLogger;
}

export function pageRoute({ knowledge, desk, readiness, configuration, program }: PageSources): Router {
  const context = { ...program, now: () => knowledge.now() };
  return endpoint('/', {
    GET: (request, response) =>
      sendPage(request, response, context, async (view) =>
        fleetPage(
          {
            clusters: knowledge.clusters(),
            runs: (await knowledge.runs(isCurrent)).found,
            incidents: desk.incidents(),
            switches: desk.switches(),
            hasPolicy: (cluster, name) => desk.policyOf(cluster, name) !== undefined,
            readiness: readiness(),
            isReloaded: configuration().isReloaded,
          },
          view,
        ),
      ),
  });
}
