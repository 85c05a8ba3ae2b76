/** Starts the JobManagers of a `large-fleet.ts` (`fake-fleet.ts`). The benchmarks of the whole program call it. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { FakeFleetOptions } from './fake-fleet.ts';

/** @returns the address of each cluster's JobManager */
export async function startFakes(
  options: FakeFleetOptions,
): Promise<{ readonly addresses: readonly string[]; readonly stop: () => Promise<unknown> }> {
  const child = fork(new URL('./fake-fleet.ts', import.meta.url), [JSON.stringify(options)]);
  const [addresses] = (await once(child, 'message')) as [readonly string[]];
  return {
    addresses,
    stop: () => {
      const exited = once(child, 'exit');
      child.disconnect();
      return exited;
    },
  };
}
