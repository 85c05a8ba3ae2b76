/**
 * A time limit for a piece of asynchronous work. Keeps nothing: the timer and the listener are gone when it returns.
 * Used by the JobManager client, whose limit covers a request from reading its secrets to the last byte of its body.
 */

import { MedicError } from '../core/errors.ts';

/**
 * Runs `work` and ends it early, also if it ignores its signal, when the limit has passed or `caller` aborts.
 *
 * @param limitMs milliseconds
 * @throws {MedicError} `timeout` after the limit; what `work` threw; the caller's abort reason as it is
 */
export async function withDeadline<T>(
  limitMs: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted();
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    ended.reject(reason);
    controller.abort(reason);
  };
  const timer = setTimeout(() => end(new MedicError('timeout', `no complete answer within ${limitMs} ms`)), limitMs);
  const onAbort = () => end(caller?.reason);
  caller?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), ended.promise]);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', onAbort);
  }
}
