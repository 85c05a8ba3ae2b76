/** The process of `fake-clusters.ts`, seen from the one that measures. Used by the parts of `bench/observe.ts`. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FakeClustersOptions, Report } from './fake-clusters.ts';

export class Fakes {
  readonly addresses: readonly string[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, addresses: readonly string[]) {
    this.#child = child;
    this.addresses = addresses;
  }

  static async start(options: FakeClustersOptions): Promise<Fakes> {
    const child = fork(new URL('./fake-clusters.ts', import.meta.url), [JSON.stringify(options)]);
    const [addresses] = (await once(child, 'message')) as [readonly string[]];
    return new Fakes(child, addresses);
  }

  /** Lets them live until `now`, and tells what was asked of them since they were started. */
  async live(now: number): Promise<Report> {
    const answer = once(this.#child, 'message');
    this.#child.send(now);
    const [report] = (await answer) as [Report];
    return report;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
