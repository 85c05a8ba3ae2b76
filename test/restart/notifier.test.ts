/** The notifier with real requests to receivers of the test, the ledger's fake, and time that only the test moves. */

import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { MedicError } from '../../src/core/errors.ts';
import { Connections } from '../../src/flink/connections.ts';
import type { Notification } from '../../src/ledger/incident-ledger.ts';
import { Notifier } from '../../src/restart/notifier.ts';
import { type Receiver, SEND_TIMEOUT_MS } from '../../src/restart/send-notification.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { FakeIncidentLedger } from '../ledger/fake-incident-ledger.ts';
import { type FakeAnswer, FakeReceiver, type ReceivedRequest } from './support/fake-receiver.ts';

const SECOND = 1_000;
const LOOK = 30 * SECOND;
const DAY = 24 * 3600 * SECOND;

const stops: (() => Promise<void>)[] = [];
let receiver: FakeReceiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function startReceiver(): Promise<FakeReceiver> {
  const started = await FakeReceiver.start();
  stops.push(() => started.stop());
  return started;
}

const ids = (from: FakeReceiver) => from.requests.map(({ headers }) => headers['idempotency-key']);
const isFinal = (answer: FakeAnswer) => typeof answer === 'number' && answer < 500 && answer !== 429;

/** Lets the requests that are under way go on. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

function scene(options: { readonly receivers?: () => readonly Receiver[] } = {}) {
  const ledger = new FakeIncidentLedger();
  const time = new ManualTime();
  const counts = { sent: 0, failed: 0, dropped: 0 };
  const lines: string[] = [];
  const failures: unknown[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const notifier = new Notifier({
    ledger,
    receivers: () => [{ url: receiver.url, headers: {}, access: {} }],
    connect: ({ url, access }) =>
      new Connections({ origin: new URL(url).origin, access, connectTimeoutMs: SEND_TIMEOUT_MS }),
    metrics: { notifications: (result, count = 1) => void (counts[result] += count) },
    clock: time.clock,
    timers: time.timers,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    failed: (error) => void failures.push(error),
    ...options,
  });
  stops.push(() => notifier.stop());
  const waiting = (id: string, more: Partial<Notification> = {}): Notification => ({
    id,
    url: receiver.url,
    event: 'incident',
    createdAt: time.clock.now(),
    body: `{"id":"${id}"}`,
    tries: 0,
    nextTryAt: 0,
    ...more,
  });
  return {
    ledger,
    time,
    counts,
    lines,
    failures,
    notifier,
    put: (...names: string[]) => ledger.insertNotifications(names.map((name) => waiting(name))),
    waiting,
    left: async () => (await ledger.dueNotifications(receiver.url, Number.POSITIVE_INFINITY, 100)).map(({ id }) => id),
  };
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
