/** `GET /config` (`DashboardConfiguration` of `runtime/rest/messages`): what this JobManager, or History Server, can do. */

import { z } from 'zod';
import { parseDocument } from './parse-document.ts';

export interface DashboardConfig {
  readonly version: string;
  /** Whether jars can be run: false in application mode and where `web.submit.enable` is off. */
  readonly webSubmit: boolean;
  /** Whether a History Server says it. */
  readonly webHistory: boolean;
}

const configSchema = z.object({
  'flink-version': z.string(),
  features: z.object({ 'web-submit': z.boolean(), 'web-history': z.boolean().nullish() }),
});

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema`
 */
export function parseDashboardConfig(value: unknown): DashboardConfig {
  const config = parseDocument(configSchema, value, '/config');
  const { 'web-submit': webSubmit, 'web-history': webHistory } = config.features;
  return { version: config['flink-version'], webSubmit, webHistory: webHistory ?? false };
}
