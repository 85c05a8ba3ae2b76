import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../src/app/turns.ts';

/** Says in which turn of the event loop it is now. */
function turnsCounted() {
  let turn = 0;
  const done = new AbortController();
  const watch = async (): Promise<void> => {
    for (; !done.signal.aborted; turn += 1) await setImmediate();
  };
  void watch();
  return { turn: () => turn, stop: () => done.abort() };
}

it('gives each who asks a turn of its own, the first first', async () => {
  const turns = new Turns(() => 0);
  const { turn, stop } = turnsCounted();
  const given: number[] = [];
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await turns.next();
      given.push(turn());
      order.push(index);
    }),
  );
  stop();
  expect(new Set(given).size).toBe(20);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

it('divides work by time: a turn of its own after every ten milliseconds, and one to begin with', async () => {
  let now = 0;
  const turns = new Turns(() => now);
  const { turn, stop } = turnsCounted();
  const afterWork = turns.divide();
  const began = turn();
  const partsPerTurn = new Map<number, number>();
  for (let part = 0; part < 30; part += 1) {
    await afterWork();
    partsPerTurn.set(turn(), (partsPerTurn.get(turn()) ?? 0) + 1);
    now += 2;
  }
  stop();
  expect(partsPerTurn.has(began)).toBe(false);
  expect([...partsPerTurn.values()]).toEqual([5, 5, 5, 5, 5, 5]);
});
