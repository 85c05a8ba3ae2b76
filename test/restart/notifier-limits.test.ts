/** What the notifier does when receivers leave, when too much waits, when the ledger fails; and whatever receivers answer. */

import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { MedicError } from '../../src/core/errors.ts';
import type { Receiver } from '../../src/restart/send-notification.ts';
import type { FakeAnswer, FakeReceiver, ReceivedRequest } from './support/fake-receiver.ts';
import { ids, LOOK, notifierScene, SECOND, startReceiver, until } from './support/notifier-scene.ts';

const DAY = 24 * 3600 * SECOND;

let receiver: FakeReceiver;
beforeEach(async () => {
  receiver = await startReceiver();
});

function scene(options?: Parameters<typeof notifierScene>[1]): ReturnType<typeof notifierScene> {
  return notifierScene(receiver, options);
}

describe('a reload', () => {
  it('counts from the next message on', async () => {
    let headers = { 'x-version': '1' };
    const { notifier, put, counts } = scene({ receivers: () => [{ url: receiver.url, headers, access: {} }] });
    put('a');
    notifier.start();
    await until(() => counts.sent === 1);
    headers = { 'x-version': '2' };
    put('b');
    notifier.hint();
    await until(() => counts.sent === 2);
    expect(receiver.requests.map((request) => request.headers['x-version'])).toEqual(['1', '2']);
  });

  it('that removes a receiver ends its queue and drops what waits for it', async () => {
    let receivers: readonly Receiver[] = [{ url: receiver.url, headers: {}, access: {} }];
    const { notifier, put, counts, time, lines } = scene({ receivers: () => receivers });
    receiver.answer = () => 'hang';
    put('a', 'b');
    notifier.start();
    await until(() => receiver.requests.length === 1);
    receivers = [];
    notifier.hint();
    await until(() => receiver.sockets.size === 0);
    expect(time.fireNext(time.clock.now() + LOOK)).toBe(true);
    await until(() => counts.dropped === 2);
    expect(lines).toEqual([expect.stringMatching(/^warn notifications were dropped.*\{"dropped":2\}$/)]);
  });
});

describe('bounds', () => {
  it('after a day nothing is tried any more', async () => {
    const { notifier, ledger, waiting, time, counts } = scene();
    const now = time.clock.now();
    ledger.insertNotifications([
      waiting('old', { createdAt: now - DAY - 1 }),
      waiting('young', { createdAt: now - DAY }),
    ]);
    notifier.start();
    await until(() => counts.sent === 1);
    expect(counts).toEqual({ sent: 1, failed: 0, dropped: 1 });
    expect(ids(receiver)).toEqual(['young']);
  });

  it('of more than 10,000 the oldest go', async () => {
    const { notifier, put, counts, time, left } = scene();
    receiver.answer = () => 503;
    put(...Array.from({ length: 10_003 }, (_value, index) => `n${index}`));
    notifier.start();
    await until(() => time.pending === 2);
    expect(counts.dropped).toBe(3);
    expect(notifier.fullness).toBe(1);
    expect((await left())[0]).toBe('n3');
  });
});

describe('a ledger', () => {
  it('that cannot be written has messages sent again, with the same id and after a pause', async () => {
    const { notifier, put, ledger, time, counts, failures } = scene();
    notifier.start();
    await until(() => time.pending === 1);
    put('a');
    ledger.failWith = new Error('the disk is full');
    notifier.hint();
    await until(() => time.pending === 2);
    expect(ids(receiver)).toEqual(['a']);
    ledger.failWith = undefined;
    time.fireNext(time.clock.now() + SECOND);
    await until(() => counts.sent === 1);
    expect(ids(receiver)).toEqual(['a', 'a']);
    expect(failures).toEqual([]);
  });

  it('that fails at the look is told of, and what can be sent is sent', async () => {
    const { notifier, ledger, time, failures, put, counts } = scene();
    ledger.failWith = new Error('the disk is full');
    put('a');
    receiver.answer = () => {
      ledger.failWith = undefined;
      return 204;
    };
    notifier.start();
    await until(() => counts.sent === 1 && time.pending === 1);
    expect(failures).toEqual([expect.any(MedicError)]);
  });
});

const isFinal = (answer: FakeAnswer) => typeof answer === 'number' && answer < 500 && answer !== 429;

test('whatever receivers answer: each message is sent until a final answer, and counted once', async () => {
  const answers = fc.array(fc.constantFrom<FakeAnswer>(200, 204, 404, 500, 429, 'reset'), { maxLength: 7 });
  await fc.assert(
    fc.asyncProperty(fc.array(answers, { minLength: 1, maxLength: 4 }), async (scripts) => {
      const { notifier, put, ledger, time, counts } = scene();
      const from = receiver.requests.length;
      const rest = new Map(scripts.map((script, index) => [`n${index}`, [...script]]));
      receiver.answer = ({ headers }: ReceivedRequest) => rest.get(String(headers['idempotency-key']))?.shift() ?? 200;
      put(...rest.keys());
      notifier.start();
      while ((await ledger.waitingNotifications()) > 0) {
        await setImmediate();
        // A pause, or everything that waits was set aside.
        const paused = time.pending === 2;
        const aside = (await ledger.dueNotifications(receiver.url, time.clock.now(), 1)).length === 0;
        if (paused || aside) time.fireNext(Number.POSITIVE_INFINITY);
      }
      await notifier.stop();
      const told = scripts.map((script) => [...script, 200].slice(0, [...script, 200].findIndex(isFinal) + 1));
      const requests = ids(receiver).slice(from);
      expect(scripts.map((_script, index) => requests.filter((id) => id === `n${index}`).length)).toEqual(
        told.map(({ length }) => length),
      );
      expect(counts).toEqual({
        sent: told.filter((script) => script.at(-1) !== 404).length,
        failed: told.filter((script) => script.at(-1) === 404).length,
        dropped: 0,
      });
    }),
    { numRuns: 40 },
  );
});
