import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDeadline } from '../../src/flink/deadline.ts';

const never = () => new Promise<never>(() => {});

describe('withDeadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives the result and leaves no timer and no listener', async () => {
    const caller = new AbortController();
    const removed = vi.spyOn(caller.signal, 'removeEventListener');
    await expect(withDeadline(1000, caller.signal, async () => 42)).resolves.toBe(42);
    expect(vi.getTimerCount()).toBe(0);
    expect(removed).toHaveBeenCalledOnce();
  });

  it('ends work that ignores its signal', async () => {
    const signals: AbortSignal[] = [];
    const outcome = withDeadline(1000, undefined, (signal) => {
      signals.push(signal);
      return never();
    }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(999);
    expect(signals[0]?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ code: 'timeout', message: 'no complete answer within 1000 ms' });
    expect(signals[0]?.aborted).toBe(true);
  });

  it('passes on what the work throws', async () => {
    const error = new Error('broken');
    await expect(withDeadline(1000, undefined, () => Promise.reject(error))).rejects.toBe(error);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("throws the caller's reason when it aborts, and does not begin when it has aborted", async () => {
    const caller = new AbortController();
    const result = withDeadline(1000, caller.signal, never);
    const reason = new Error('shutting down');
    caller.abort(reason);
    await expect(result).rejects.toBe(reason);
    const work = vi.fn<() => Promise<void>>();
    await expect(withDeadline(1000, caller.signal, work)).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
