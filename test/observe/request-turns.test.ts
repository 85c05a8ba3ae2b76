import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { RequestTurns } from '../../src/observe/request-turns.ts';

it('lets sixteen requests be sent in a turn of the event loop, the first first', async () => {
  const turns = new RequestTurns();
  const sent: number[] = [];
  const all = Array.from({ length: 40 }, async (_, index) => {
    await turns.next();
    sent.push(index);
  });
  const perTurn: number[] = [];
  while (sent.length < 40) {
    await Promise.resolve();
    await Promise.resolve();
    perTurn.push(sent.length);
    await setImmediate();
  }
  await Promise.all(all);
  expect(perTurn).toEqual([16, 32]);
  expect(sent).toEqual(sent.toSorted((a, b) => a - b));
});

it('begins each turn anew', async () => {
  const turns = new RequestTurns();
  for (let round = 0; round < 3; round += 1) {
    let sent = 0;
    for (let request = 0; request < 16; request += 1) void turns.next().then(() => (sent += 1));
    await Promise.resolve();
    expect(sent).toBe(16);
    await setImmediate();
  }
});
