/**
 * Where downloads and compiled jobs are kept between runs, so that neither a fresh clone nor `npm ci` fetches them again.
 * Called by `get.ts` (fills it), `home.ts` (reads it) and `jobs/build.ts`.
 */

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** `$XDG_CACHE_HOME/flink-medic`, else `~/.cache/flink-medic` (a relative value is ignored, as the XDG specification says). */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CACHE_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'flink-medic');
}

/** The pip target of one Flink version. */
export function flinkFolder(version: string, environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), 'flink', version);
}
