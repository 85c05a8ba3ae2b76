/** `http_server_config` and `rate_limit` of the web configuration file, as schemas; used by `web-config.ts`. */

import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';
import { count, duration, flag, refuse } from './scalars.ts';

/** A number stands for its text: `X-XSS-Protection: 1`. */
const headerValue = z.union([z.string(), z.number()], { error: 'expected text' }).transform((written, context) => {
  const value = String(written);
  try {
    validateHeaderValue('value', value);
    return value;
  } catch (error) {
    return refuse(context, `no header can have this value: ${messageOf(error)}`);
  }
});

const headersSchema = z.strictObject({
  'Content-Security-Policy': headerValue.optional(),
  'Strict-Transport-Security': headerValue.optional(),
  'X-Content-Type-Options': z.enum(['nosniff']).optional(),
  'X-Frame-Options': z.enum(['deny', 'sameorigin']).optional(),
  'X-XSS-Protection': headerValue.optional(),
});

export const httpServerSchema = z.strictObject({
  http2: flag.optional(),
  headers: headersSchema.transform((headers) => new Map(Object.entries(headers))).optional(),
});

/** A token bucket for each client. */
export interface RateLimit {
  /** Milliseconds until a client that has used up its requests gets one more. */
  readonly intervalMs: number;
  /** How many requests a client may send at once. */
  readonly burst: number;
}

const DAY = 86_400_000;

/** Undefined for the interval 0, which means no limit. */
export const rateLimitSchema = z
  .strictObject({ interval: duration({ min: 0, max: DAY }), burst: count({ min: 0, max: 1_000_000 }) })
  .transform(({ interval, burst }, context): RateLimit | undefined => {
    if (interval === 0) return undefined;
    if (burst > 0) return { intervalMs: interval, burst };
    context.addIssue({
      code: 'custom',
      path: ['burst'],
      message: 'must be at least 1: with 0 every request is refused',
    });
    return z.NEVER;
  });
