/**
 * The rate limit of the web configuration: a token bucket for each client address, so that a stranger who floods uses up
 * his own and not Prometheus'. Keeps one time for each of at most `MAX_ADDRESSES` addresses; of IPv6 a /56 network counts
 * as one. Called for every route but the open ones, before authentication.
 */

import type { RequestHandler } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import type { WebConfig } from '../config/web-config.ts';
import { sendProblem } from './problem.ts';

type RateLimit = NonNullable<WebConfig['rateLimit']>;

const MAX_ADDRESSES = 10_000;

export class RateLimiter {
  /** When the bucket of an address will be full again; the address that asked last is the last. */
  readonly #fullAt = new Map<string, number>();
  readonly #now: () => number;
  #limit: RateLimit | undefined;

  /** @param now milliseconds that only grow */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  take(address: string, limit: RateLimit): number {
    // Debts under a longer interval, or of a larger burst, could last for days.
    if (limit.intervalMs !== this.#limit?.intervalMs || limit.burst !== this.#limit.burst) this.#fullAt.clear();
    this.#limit = limit;
    const key = ipKeyGenerator(address);
    const now = this.#now();
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now) + limit.intervalMs;
    const waitMs = fullAt - limit.burst * limit.intervalMs - now;
    if (waitMs > 0) return waitMs;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt);
    const [oldest] = this.#fullAt.keys();
    if (this.#fullAt.size > MAX_ADDRESSES && oldest !== undefined) this.#fullAt.delete(oldest);
    return 0;
  }
}

/** @param limit asked at each request, because a reload replaces it; undefined without one */
export function rateLimit(limiter: RateLimiter, limit: () => RateLimit | undefined): RequestHandler {
  return (request, response, next) => {
    const current = limit();
    const waitMs = current === undefined ? 0 : limiter.take(request.socket.remoteAddress ?? '', current);
    if (waitMs === 0) return next();
    response.set('Retry-After', String(Math.ceil(waitMs / 1000)));
    return sendProblem(response, {
      status: 429,
      detail: 'Too many requests came from this address.',
      advice: 'Ask less often, or raise rate_limit in --web.config.file.',
    });
  };
}
