/** flink-medic's side of the benchmark: the real exporter, exposition, route and application, without users. */

import { createApp } from '../../src/http/app.ts';
import { metricsRoute } from '../../src/http/routes/metrics.ts';
import { Exposition } from '../../src/metrics/exposition.ts';
import { BenchFleet } from '../support/fleet.ts';
import { serve } from './rounds.ts';

const fleet = new BenchFleet(Number(process.argv[2]));
const { clusters, runs, names, archives } = fleet.exporter;
const exposition = new Exposition([clusters, runs, names, archives]);
const app = createApp({
  routePrefix: '',
  users: new Map(),
  openRoutes: [],
  routes: [metricsRoute('/metrics', exposition, () => true)],
  logger: { error: (...problem) => console.error(...problem) },
});

await serve(app, (share) => fleet.change(share));
