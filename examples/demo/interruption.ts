/** Ctrl-C and its like: the first asks for an end in order, the second forces it. Called by `run.ts`. */

import { constants } from 'node:os';

/** Under npm one press arrives twice: from the terminal, and from npm, which passes it on. */
const SAME_PRESS_MS = 500;

export class Interrupted extends Error {
  /** As shells have it: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(signal);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** @returns rejects with Interrupted at the first signal; a later one ends the process at once */
export function interruption(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  let firstAt: number | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    const interrupted = new Interrupted(signal);
    firstAt ??= performance.now();
    if (performance.now() - firstAt > SAME_PRESS_MS) process.exit(interrupted.exitCode);
    reject(interrupted);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return promise;
}
