/** flink-medic's side of the benchmark: the real exporter, exposition, route and application, without users. */

import { NO_WEB_CONFIG } from '../../src/config/web-config.ts';
import { createApp } from '../../src/http/app.ts';
import { ExpositionSender } from '../../src/http/routes/exposition-answer.ts';
import { metricsRoute } from '../../src/http/routes/metrics.ts';
import { Exposition } from '../../src/metrics/exposition.ts';
import { BenchFleet } from './fleet.ts';
import { serve } from './rounds.ts';

const fleet = new BenchFleet(Number(process.argv[2]));
const { clusters, runs, names, archives } = fleet.exporter;
const exposition = new Exposition([clusters, runs, names, archives]);
const app = createApp({
  routePrefix: '',
  webConfig: () => NO_WEB_CONFIG.config,
  comparePassword: () => Promise.resolve(false),
  now: () => performance.now(),
  openRoutes: [],
  routes: [metricsRoute('/metrics', exposition, () => true, new ExpositionSender())],
  logger: { error: (...problem) => console.error(...problem) },
});

await serve(app, (share) => fleet.change(share));
