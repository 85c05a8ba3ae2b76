/** The committed files and what must be in them. Read by `generate.ts` and by the tests. */

import { join } from 'node:path';
import { exporter } from './dashboards/exporter.ts';
import { fleet } from './dashboards/fleet.ts';
import { job } from './dashboards/job.ts';
import { restarts } from './dashboards/restarts.ts';

const DASHBOARDS = [fleet, job, restarts, exporter] as const;

const FOLDER = join(import.meta.dirname, '../dashboards');

interface DashboardFile {
  readonly path: string;
  readonly text: string;
}

/** One for each dashboard, named after its uid. */
export const FILES: readonly DashboardFile[] = DASHBOARDS.map((dashboard) => ({
  path: join(FOLDER, `${dashboard.uid}.json`),
  text: `${JSON.stringify(dashboard, undefined, 2)}\n`,
}));
