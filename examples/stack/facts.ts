/**
 * The list of what must hold, which grows on the screen as it is played: each fact is waited for, told with its evidence,
 * and counted. One that does not come does not end the play. Called by the acts.
 */

import { messageOf } from '../../src/core/errors.ts';
import { until } from '../../test/real-flink/until.ts';

const POLL_MS = 200;

export class Facts {
  readonly #say: (text: string) => void;
  #right = 0;
  #wrong = 0;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /**
   * @param fact what must hold
   * @param evidence what shows it; nothing (undefined) as long as it does not hold
   * @param within milliseconds
   */
  async holds(
    fact: string,
    evidence: () => Promise<string | undefined> | string | undefined,
    within: number,
  ): Promise<void> {
    try {
      const shown = await until('such thing', evidence, { within, every: POLL_MS });
      this.#right += 1;
      this.#say(`ok      ${fact}${shown === '' ? '' : `\n          ${shown}`}`);
    } catch (error) {
      this.#wrong += 1;
      this.#say(`FAILED  ${fact}\n          ${messageOf(error)}`);
    }
  }

  /** Says the sum. @returns whether all held */
  sum(): boolean {
    const all = this.#right + this.#wrong;
    this.#say(this.#wrong === 0 ? `\nAll ${all} are as they must be.` : `\n${this.#wrong} of ${all} are wrong.`);
    return this.#wrong === 0;
  }
}
