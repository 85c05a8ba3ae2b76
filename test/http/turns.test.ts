import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { sortedInTurns, turns } from '../../src/http/turns.ts';

const byKey = (a: { key: number }, b: { key: number }): number => a.key - b.key;

it('sorts as toSorted does, equals in their order', async () => {
  const lists = fc.array(fc.record({ key: fc.integer({ min: 0, max: 50 }), place: fc.nat() }), { maxLength: 3000 });
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      expect(await sortedInTurns(list, byKey)).toEqual(list.toSorted(byKey));
    }),
    { numRuns: 20 },
  );
});

it('lets others run while it sorts', async () => {
  let others = 0;
  const done = new AbortController();
  const watch = async (): Promise<void> => {
    for (; !done.signal.aborted; others++) await setImmediate();
  };
  const watching = watch();
  const list = Array.from({ length: 20_000 }, (_, index) => ({ key: (index * 7919) % 20_011 }));
  await sortedInTurns(list, byKey);
  done.abort();
  await watching;
  // One for each five hundred that are sorted, and more where they are merged.
  expect(others).toBeGreaterThan(40);
});

it('ends a turn when it has had enough, and no sooner', async () => {
  const afterWork = turns();
  let turned = false;
  const turn = setImmediate().then(() => {
    turned = true;
  });
  for (let pieces = 0; pieces < 1900; pieces += 100) await afterWork(100);
  expect(turned).toBe(false);
  await afterWork(100);
  await turn;
  expect(turned).toBe(true);
});
