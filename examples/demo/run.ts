/**
 * A program for people, from its first line to its exit code: it plays until it is over or interrupted, and what it
 * started ends before it does. Called by `main.ts` of the demo and of the stack.
 */

import { messageOf } from '../../src/core/errors.ts';
import { Interrupted, interruption } from './interruption.ts';
import type { Screen } from './screen.ts';

/** What a play is given: `parts` end what it starts, `judge` says whether what was shown is as it must be. */
export interface Stage {
  readonly parts: AsyncDisposableStack;
  readonly judge: (allAsItMust: boolean) => void;
}

/**
 * @param name completes "The demo failed"
 * @returns the exit code: 0 when all is as it must be, 1 when it is not or the play threw, that of the signal when it
 *   was interrupted before it was judged
 */
export async function run(name: string, screen: Screen, play: (stage: Stage) => Promise<void>): Promise<number> {
  const interrupted = interruption();
  let verdict: boolean | undefined;
  await using parts = new AsyncDisposableStack();
  const judge = (allAsItMust: boolean): void => void (verdict = allAsItMust);
  try {
    await Promise.race([play({ parts, judge }), interrupted]);
  } catch (error) {
    if (!(error instanceof Interrupted)) {
      screen.say(`\nThe ${name} failed: ${messageOf(error)}`);
      return 1;
    }
    screen.say('\nEverything is stopped and removed…');
    screen.close();
    if (verdict === undefined) return error.exitCode;
  }
  return verdict === true ? 0 : 1;
}
