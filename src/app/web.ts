/** All routes over the running parts: what the HTTP server serves. Called once by the composition root. */

import type { RequestListener } from 'node:http';
import type { ConfigReloader } from '../config/reload.ts';
import { readSecret } from '../config/http-access.ts';
import { shownConfig } from '../config/shown-config.ts';
import type { WebConfig } from '../config/web-config.ts';
import type { WebConfigReloader } from '../config/web-config-reload.ts';
import { createApp, listenerOf } from '../http/app.ts';
import { callerAuth } from '../http/caller-auth.ts';
import type { Knowledge, Readiness } from '../http/knowledge.ts';
import type { ComparePassword } from '../http/password-verifier.ts';
import { alertmanagerRoute, misdirectedRoute } from '../http/routes/alertmanager.ts';
import { apiClustersRoute } from '../http/routes/api-clusters.ts';
import { apiExplainRoute } from '../http/routes/api-explain.ts';
import { incidentRoutes } from '../http/routes/api-incidents.ts';
import { apiJobsRoutes } from '../http/routes/api-jobs.ts';
import { healthRoutes } from '../http/routes/health.ts';
import { ExpositionSender } from '../http/routes/exposition-answer.ts';
import { metricsRoute } from '../http/routes/metrics.ts';
import { orderRoutes } from '../http/routes/orders.ts';
import { type PageSources, pageRoute } from '../http/routes/page.ts';
import { probeRoute } from '../http/routes/probe.ts';
import { reloadRoute } from '../http/routes/reload.ts';
import { runbookRoute } from '../http/routes/runbooks.ts';
import { sdRoute } from '../http/routes/sd.ts';
import { uiRoutes } from '../http/routes/ui.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { buildInfo } from './build-info.ts';
import type { Fleet } from './fleet.ts';
import type { MedicOptions } from './options.ts';
import type { FleetProber } from './prober.ts';
import type { Restarts } from './restarts.ts';

export interface Served {
  readonly fleet: Fleet;
  readonly restarts: Restarts;
  readonly readiness: () => Readiness;
  readonly knowledge: Knowledge;
  readonly exposition: Exposition;
  readonly prober: FleetProber;
  readonly reloader: ConfigReloader;
  readonly webReloader: WebConfigReloader;
  readonly reload: () => Promise<void>;
  readonly comparePassword: ComparePassword;
}

export function webOf(options: MedicOptions, served: Served): RequestListener {
  const { telemetryPath, externalUrl, routePrefix, enableLifecycle, clock, timers, log } = options;
  const { fleet, restarts, readiness, knowledge, exposition, prober, reloader, webReloader } = served;
  const { desk, intake, metrics } = restarts;
  const isCluster = (name: string): boolean => fleet.cluster(name) !== undefined;
  const sender = new ExpositionSender();
  const callers = {
    readSecret,
    verifiesClients: () => verifiesClients(webReloader.current),
    now: () => clock.monotonic(),
    logger: log,
  };
  const mayDeliver = callerAuth({
    ...callers,
    section: 'webhook',
    callers: () => fleet.config.webhook,
    rejected: (reason) => metrics.rejected(reason),
  });
  const mayOrder = callerAuth({
    ...callers,
    section: 'api',
    callers: () => fleet.config.api,
    rejected: () => undefined,
  });
  const pages: PageSources = {
    knowledge,
    desk,
    readiness,
    configuration: () => ({
      text: () => shownConfig(reloader.current.config),
      loadedAt: reloader.outcome.lastSuccessAt,
      isReloaded: reloader.outcome.successful,
    }),
    program: { version: buildInfo().version, metricsPath: telemetryPath },
    logger: log,
  };
  // Beside `src/` in development and beside `dist/` in a package: the same place for both.
  const runbooks = new URL('../../docs/runbooks/', import.meta.url);
  const app = createApp({
    routePrefix,
    webConfig: () => webReloader.current,
    comparePassword: served.comparePassword,
    now: () => clock.monotonic(),
    logger: log,
    openRoutes: [
      ...healthRoutes(readiness),
      alertmanagerRoute({ intake, auth: mayDeliver, metrics, logger: log }),
      ...orderRoutes(desk, mayOrder),
    ],
    routes: [
      metricsRoute(telemetryPath, exposition, isCluster, sender),
      probeRoute(prober, sender),
      sdRoute({ clusters: () => fleet.clusters().map(({ name }) => name), externalUrl, routePrefix }),
      reloadRoute(enableLifecycle, served.reload),
      apiClustersRoute(knowledge),
      ...apiJobsRoutes(knowledge),
      ...incidentRoutes(desk),
      apiExplainRoute(knowledge, { desk, timers, logger: log }),
      pageRoute(pages),
      ...uiRoutes(pages),
      runbookRoute(runbooks, knowledge, pages.program),
      misdirectedRoute(metrics),
    ],
  });
  return listenerOf(app);
}

/** Against an authority of the operator's: those that everybody trusts certify everybody. */
function verifiesClients({ tls }: WebConfig): boolean {
  return tls?.clientCa !== undefined && tls.clientAuth.verify;
}
