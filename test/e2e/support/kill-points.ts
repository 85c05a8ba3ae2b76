/** The commits of restarts at which a process can be killed, see `kill-hook.mjs`. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Launch } from './medic-process.ts';

const HOOK = fileURLToPath(new URL('kill-hook.mjs', import.meta.url));

/**
 * How to start a process that writes down its commits.
 *
 * @param file gets the points that it passes, one a line
 * @param killAt the point at which it kills itself, when it comes there for the first time
 */
export function withKillHook(file: string, killAt?: string): Required<Launch> {
  return {
    node: ['--import', HOOK],
    env: { FLINK_MEDIC_COMMITS: file, ...(killAt !== undefined && { FLINK_MEDIC_KILL_AT: killAt }) },
  };
}

/** Every point that was passed, each once, in the order of the first time: "before NAME" or "after NAME". */
export function killPoints(file: string): string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return [...new Set(lines.filter((line) => line !== ''))];
}
