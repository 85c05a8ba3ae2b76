import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { orderInTurns } from '../../src/app/order-in-turns.ts';

it('sorts as toSorted does, equals by their numbers', async () => {
  const lists = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 3000, size: 'max' });
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      const compare = (a: number, b: number): number => (list[a] ?? 0) - (list[b] ?? 0);
      const order = await orderInTurns(list.length, compare, async () => undefined);
      expect([...order]).toEqual([...list.keys()].toSorted(compare));
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

it('does no more at once than some thousands of comparisons', async () => {
  let [comparisons, most] = [0, 0];
  const keys = Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 20_011);
  const compare = (a: number, b: number): number => {
    comparisons += 1;
    return (keys[a] ?? 0) - (keys[b] ?? 0);
  };
  await orderInTurns(20_000, compare, async () => {
    most = Math.max(most, comparisons);
    comparisons = 0;
  });
  expect(most).toBeLessThan(6_000);
});
