/** `GET /config` (`DashboardConfiguration` of `runtime/rest/messages`): what this JobManager, or History Server, can do. */

import { parseDocument } from './parse-document.ts';
import { flag, nullable, object, text } from './shapes.ts';

export interface DashboardConfig {
  readonly version: string;
  /** Whether jars can be run: false in application mode and where `web.submit.enable` is off. */
  readonly webSubmit: boolean;
  /** Whether a History Server says it. */
  readonly webHistory: boolean;
}

const configSchema = object({
  'flink-version': text,
  features: object({ 'web-submit': flag, 'web-history': nullable(flag) }),
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
