/** Stage `mode` of `decide`, the last one. */

import type { Objection, Situation } from '../situation.ts';

/** Everything speaks for the restart: whether it is really done. */
export function modeStage({ rules }: Situation): Objection | undefined {
  return rules.mode === 'dry_run'
    ? { reason: 'dry_run', detail: 'restart.mode is dry_run: everything else speaks for the restart' }
    : undefined;
}
