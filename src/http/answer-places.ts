/**
 * Places for answers that hold much while they are made and sent: so many in all, and of them so many for one client
 * address, so that one who does not read leaves some to the others. Keeps the address of each under way. The routes of
 * metrics and of long lists have one each.
 */

import type { Request, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { sendProblem } from './problem.ts';

export interface AnswerPlacesOptions {
  /** Answers under way; more are answered with 503. */
  readonly places: number;
  readonly placesOfAddress: number;
  /** The plural of what is sent. */
  readonly what: string;
  readonly advice: string;
}

export class AnswerPlaces {
  readonly #options: AnswerPlacesOptions;
  readonly #underWay: string[] = [];

  constructor(options: AnswerPlacesOptions) {
    this.#options = options;
  }

  /** Answers by `send`, which holds a place until it resolves, or with 503. */
  async answer(request: Request, response: Response, send: () => Promise<void>): Promise<void> {
    const { places, placesOfAddress, what, advice } = this.#options;
    const address = ipKeyGenerator(request.socket.remoteAddress ?? '');
    const own = this.#underWay.filter((other) => other === address).length;
    if (this.#underWay.length >= places || own >= placesOfAddress) {
      response.set('Retry-After', '1');
      const detail = `${this.#underWay.length} ${what} are being sent already, ${own} of them to this address.`;
      return sendProblem(response, { status: 503, detail, advice });
    }
    this.#underWay.push(address);
    try {
      await send();
    } finally {
      this.#underWay.splice(this.#underWay.indexOf(address), 1);
    }
  }
}
