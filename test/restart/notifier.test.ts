/** What the notifier sends, in which order, and what becomes of it by the answer. */

import { beforeEach, describe, expect, it, test, vi } from 'vitest';
import { SEND_TIMEOUT_MS } from '../../src/restart/send-notification.ts';
import type { FakeAnswer, FakeReceiver } from './support/fake-receiver.ts';
import { ids, LOOK, notifierScene, SECOND, startReceiver, until } from './support/notifier-scene.ts';

let receiver: FakeReceiver;
beforeEach(async () => {
  receiver = await startReceiver();
});

function scene(options?: Parameters<typeof notifierScene>[1]): ReturnType<typeof notifierScene> {
  return notifierScene(receiver, options);
}

describe('what waits', () => {
  it('is sent in its order at the start, and is gone', async () => {
    const { notifier, put, counts, left, ledger } = scene();
    put('a', 'b', 'c');
    notifier.start();
    await until(() => counts.sent === 3);
    expect(ids(receiver)).toEqual(['a', 'b', 'c']);
    expect(receiver.requests[0]).toMatchObject({
      method: 'POST',
      path: '/hook?token=secret',
      body: '{"id":"a"}',
      headers: { 'content-type': 'application/json', 'user-agent': 'flink-medic' },
    });
    expect(await left()).toEqual([]);
    put('d');
    notifier.hint();
    await until(() => counts.sent === 4);
    expect(await ledger.waitingNotifications()).toBe(0);
  });

  it('is sent at the next look without a hint, more than a batch of it', async () => {
    const { notifier, put, counts, time } = scene();
    notifier.start();
    await until(() => time.pending === 1);
    put(...Array.from({ length: 50 }, (_value, index) => `n${index}`));
    expect(time.fireNext(time.clock.now() + LOOK)).toBe(true);
    await until(() => counts.sent === 50);
  });

  it('is not sent before the start, and nothing runs after the end', async () => {
    const { notifier, put, time, counts } = scene();
    put('a');
    notifier.hint();
    notifier.start();
    notifier.start();
    await until(() => counts.sent === 1);
    await notifier.stop();
    await notifier.stop();
    notifier.hint();
    expect(ids(receiver)).toEqual(['a']);
    expect(time.pending).toBe(0);
    await until(() => receiver.sockets.size === 0);
  });

  it('has the configured headers and credentials, but never instead of ours', async () => {
    const { notifier, put, counts } = scene({
      receivers: () => [
        {
          url: receiver.url,
          headers: { 'X-Team': 'streams', 'Idempotency-Key': 'x' },
          access: { authorization: async () => 'Bearer t' },
        },
      ],
    });
    put('a');
    notifier.start();
    await until(() => counts.sent === 1);
    expect(receiver.requests[0]?.headers).toMatchObject({
      'x-team': 'streams',
      'idempotency-key': 'a',
      authorization: 'Bearer t',
    });
  });
});

describe('an answer', () => {
  it.each([200, 202, 204])('%d: it was sent', async (status) => {
    const { notifier, put, counts, left } = scene();
    receiver.answer = () => status;
    put('a');
    notifier.start();
    await until(() => counts.sent === 1);
    expect(await left()).toEqual([]);
  });

  it.each([301, 308, 400, 401, 404, 410, 413])('%d: it is given up, and the next one is sent', async (status) => {
    const { notifier, put, counts, lines } = scene();
    receiver.answer = ({ headers }) => (headers['idempotency-key'] === 'a' ? status : 204);
    put('a', 'b');
    notifier.start();
    await until(() => counts.sent === 1);
    expect(counts).toEqual({ sent: 1, failed: 1, dropped: 0 });
    expect(ids(receiver)).toEqual(['a', 'b']);
    expect(lines).toEqual([
      `error the receiver refused a notification: it is given up {"receiver":"${new URL(receiver.url).origin}","id":"a","status":${status}}`,
    ]);
  });

  it.each<FakeAnswer>([408, 429, 500, 503, 'reset'])('%s: it waits', async (answer) => {
    const { notifier, put, time, left, lines, counts } = scene();
    receiver.answer = () => answer;
    put('a', 'b');
    notifier.start();
    // The next look, and the pause.
    await until(() => time.pending === 2);
    expect(ids(receiver)).toEqual(['a']);
    expect(await left()).toEqual(['a', 'b']);
    expect(lines).toEqual([expect.stringContaining('warn notifications wait and are tried again')]);
    receiver.answer = () => 200;
    // A pause is a pause, whoever hints.
    notifier.hint();
    expect(time.fireNext(time.clock.now() + SECOND)).toBe(true);
    await until(() => counts.sent === 2);
    expect(ids(receiver)).toEqual(['a', 'a', 'b']);
    expect(lines.slice(1)).toEqual([expect.stringContaining('info the receiver answers again')]);
    expect(lines.join()).not.toMatch(/hook|token|secret/);
  });

  it('none within ten seconds: it waits', async () => {
    const { notifier, put, time, left, lines } = scene();
    receiver.answer = () => 'hang';
    put('a');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      notifier.start();
      await until(() => receiver.requests.length === 1);
      await vi.advanceTimersByTimeAsync(SEND_TIMEOUT_MS);
    } finally {
      vi.useRealTimers();
    }
    await until(() => time.pending === 2);
    expect(await left()).toEqual(['a']);
    expect(lines).toEqual([expect.stringContaining('no complete answer within 10000 ms')]);
  });
});

test('a secret that cannot be read is no reason to give up', async () => {
  const { notifier, put, time, left } = scene({
    receivers: () => [
      { url: receiver.url, headers: {}, access: { authorization: () => Promise.reject(new Error('no such file')) } },
    ],
  });
  put('a');
  notifier.start();
  await until(() => time.pending === 2);
  expect(await left()).toEqual(['a']);
  expect(receiver.requests).toEqual([]);
});

test('pauses double from one second to five minutes; a message that failed five times lets the others pass', async () => {
  const { notifier, put, time, ledger } = scene();
  receiver.answer = () => 503;
  put('a', 'b');
  notifier.start();
  const pauses: number[] = [];
  for (let failure = 1; failure <= 12; failure++) {
    await until(() => receiver.requests.length === failure && time.pending === 2);
    const before = time.clock.now();
    // The look comes in between, and sends nothing.
    while (receiver.requests.length === failure && time.fireNext(Number.POSITIVE_INFINITY)) {
      await until(() => time.pending === 2 || receiver.requests.length > failure);
    }
    pauses.push((time.clock.now() - before) / SECOND);
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  expect(ids(receiver).slice(0, 6)).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
  expect(await ledger.waitingNotifications()).toBe(2);
});

test('a message that the receiver cannot digest does not hold up the others', async () => {
  const { notifier, put, time, counts, left } = scene();
  receiver.answer = ({ headers }) => (headers['idempotency-key'] === 'poison' ? 500 : 204);
  put('poison', 'b', 'c');
  notifier.start();
  while (counts.sent < 2) {
    await until(() => time.pending === 2 || counts.sent === 2);
    time.fireNext(time.clock.now() + 20 * SECOND);
  }
  expect(ids(receiver)).toEqual(['poison', 'poison', 'poison', 'poison', 'poison', 'b', 'c']);
  expect(await left()).toEqual(['poison']);
});

test('a receiver that is dead holds up no other, and no stop', async () => {
  const healthy = await startReceiver();
  receiver.answer = () => 'hang';
  const { notifier, put, waiting, ledger, left, lines } = scene({
    receivers: () => [receiver, healthy].map(({ url }) => ({ url, headers: {}, access: {} })),
  });
  put('a', 'b');
  ledger.insertNotifications([waiting('a', { url: healthy.url }), waiting('c', { url: healthy.url })]);
  notifier.start();
  await until(() => healthy.requests.length === 2 && receiver.requests.length === 1);
  expect(ids(healthy)).toEqual(['a', 'c']);
  await notifier.stop();
  expect(await left()).toEqual(['a', 'b']);
  expect(await ledger.dueNotifications(receiver.url, 0, 1)).toMatchObject([{ tries: 0 }]);
  expect(lines).toEqual([]);
});
