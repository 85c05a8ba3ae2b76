/**
 * The list of what must hold, which grows on the screen as it is played: each fact is waited for, told with its evidence,
 * and counted. One that does not come does not end the play. Called by the witnesses.
 */

import { messageOf } from '../../src/core/errors.ts';
import { until } from '../../test/real-flink/until.ts';

const POLL_MS = 200;

/** What shows that a fact holds, maybe empty; undefined as long as it does not. */
export type Evidence = () => Promise<string | undefined> | string | undefined;

export interface FactsOptions {
  readonly say: (text: string) => void;
  /** Milliseconds that one fact may take. */
  readonly patience: number;
  /** What there is when a fact does not hold, line by line. */
  readonly instead: () => Promise<readonly string[]>;
}

export class Facts {
  readonly #options: FactsOptions;
  #right = 0;
  #wrong = 0;

  constructor(options: FactsOptions) {
    this.#options = options;
  }

  async holds(fact: string, evidence: Evidence): Promise<void> {
    const { say, patience, instead } = this.#options;
    try {
      const shown = await until('such thing', evidence, { within: patience, every: POLL_MS });
      this.#right += 1;
      say([`ok      ${fact}`, ...(shown === '' ? [] : [shown])].join('\n          '));
    } catch (error) {
      this.#wrong += 1;
      say([`FAILED  ${fact}`, messageOf(error), ...(await instead())].join('\n          '));
    }
  }

  /** Says the sum. @returns whether all held */
  sum(): boolean {
    const all = this.#right + this.#wrong;
    this.#options.say(
      `\n${this.#wrong === 0 ? `All ${all} are as they must be.` : `${this.#wrong} of ${all} are wrong.`}`,
    );
    return this.#wrong === 0;
  }
}
