import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { ChunkStore } from '../../src/metrics/chunk-store.ts';
import type { FamilyRecord } from '../../src/metrics/family.ts';
import { FRUIT, FRUIT_FAMILIES, type Fruit } from './fixture.ts';

const fruit = (name: string, weight = 1, basket = 'a'): Fruit => ({ basket, name, weight });

const linesOf = (store: ChunkStore<Fruit>, clusters?: ReadonlySet<string>): string[] =>
  store.snapshot(clusters).flatMap(({ pieces }) => Buffer.concat(pieces).toString().trimEnd().split('\n'));

const appleIn = (cluster: string) => `fruit_weight_grams{basket="${cluster}",name="apple"} 1`;

/** A store that counts how often a subject is rendered. */
function countingStore() {
  const write = vi.fn<FamilyRecord<Fruit>['write']>(FRUIT_FAMILIES[0]!.write);
  return { store: new ChunkStore({ ...FRUIT, families: [{ ...FRUIT_FAMILIES[0]!, write }] }), write };
}

/** The same; each subject has 10 KB of lines, alike. */
function heavyStore() {
  const weigh = FRUIT_FAMILIES[0]!.write;
  const write = vi.fn<FamilyRecord<Fruit>['write']>((emit, subject) => {
    for (let times = 0; times < 200; times++) weigh(emit, subject);
  });
  return { store: new ChunkStore({ ...FRUIT, families: [{ ...FRUIT_FAMILIES[0]!, write }] }), write };
}

function fill(store: ChunkStore<Fruit>, count: number): void {
  for (let index = 0; index < count; index++) store.put('a', String(index), fruit(String(index)));
}

describe('ChunkStore', () => {
  test('shows subjects by family, without families that have no samples', () => {
    const store = new ChunkStore(FRUIT);
    store.put('a', 'apple', { basket: 'a', name: 'apple', weight: 0.2, colours: ['red', 'green'] });
    store.put('b', 'pear', { basket: 'b', name: 'pear', weight: 0.3 });
    expect(store.snapshot().map(({ family }) => family.name)).toEqual(['fruit_weight_grams', 'fruit_colour']);
    expect(linesOf(store)).toEqual([
      'fruit_weight_grams{basket="a",name="apple"} 0.2',
      'fruit_weight_grams{basket="b",name="pear"} 0.3',
      'fruit_colour{basket="a",name="apple",colour="red"} 1',
      'fruit_colour{basket="a",name="apple",colour="green"} 1',
    ]);
  });

  test('replaces and removes by key', () => {
    const store = new ChunkStore(FRUIT);
    store.put('a', '1', fruit('apple'));
    store.put('a', '2', fruit('pear'));
    store.put('a', '1', fruit('plum', 2));
    store.remove('a', '2');
    store.remove('a', 'never there');
    store.remove('nowhere', '1');
    expect(linesOf(store)).toEqual(['fruit_weight_grams{basket="a",name="plum"} 2']);
    store.remove('a', '1');
    expect(store.snapshot()).toEqual([]);
  });

  test('filters by cluster and forgets a cluster', () => {
    const store = new ChunkStore(FRUIT);
    for (const cluster of ['a', 'b', '']) store.put(cluster, '1', fruit('apple', 1, cluster));
    expect(linesOf(store, new Set(['b', 'unknown']))).toEqual([appleIn('b')]);
    expect(linesOf(store, new Set([''])).concat(linesOf(store, new Set()))).toEqual([appleIn('')]);
    store.removeCluster('b');
    expect(linesOf(store)).toEqual([appleIn('a'), appleIn('')]);
  });

  test('renders nothing twice, and after a change only the chunk of the subject', async () => {
    const { store, write } = countingStore();
    fill(store, 1000);
    expect(write).not.toHaveBeenCalled();
    await store.refresh();
    store.snapshot();
    expect(write).toHaveBeenCalledTimes(1000);

    const same = fruit('again');
    store.put('a', '500', same);
    await store.refresh();
    store.put('a', '500', same);
    store.snapshot();
    expect(write).toHaveBeenCalledTimes(1000 + 64);
  });

  test('renders again only the families that a change shows in', async () => {
    const write = vi.fn<FamilyRecord<Fruit>['write']>(FRUIT_FAMILIES[1]!.write);
    const store = new ChunkStore({ ...FRUIT, families: [FRUIT_FAMILIES[0]!, { ...FRUIT_FAMILIES[1]!, write }] });
    fill(store, 64);
    await store.refresh();
    write.mockClear();
    store.put('a', '7', { ...fruit('7', 2), bites: 1 });
    store.put('a', '7', fruit('7', 3));
    await store.refresh();
    expect(linesOf(store)).toContain('fruit_weight_grams{basket="a",name="7"} 3');
    // As it was rendered and as it is.
    expect(write).toHaveBeenCalledTimes(2);
  });

  test('shows after any changes what a new store shows', () => {
    const anyFruit = fc.record(
      {
        basket: fc.constant('a'),
        name: fc.constantFrom('apple', 'pear'),
        weight: fc.constantFrom(1, Number.NaN),
        bites: fc.nat(2),
        colours: fc.subarray(['red', 'green']),
      },
      { requiredKeys: ['basket', 'name'] },
    );
    const change = fc.record({ key: fc.nat(90).map(String), subject: fc.option(anyFruit), look: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { size: 'medium' }), (changes) => {
        const store = new ChunkStore(FRUIT);
        const model = new Map<string, Fruit>();
        for (const { key, subject, look } of changes) {
          if (subject === null) store.remove('a', key);
          else store.put('a', key, subject);
          if (subject === null) model.delete(key);
          else model.set(key, subject);
          if (look) store.snapshot();
        }
        const fresh = new ChunkStore(FRUIT);
        for (const [key, subject] of model) fresh.put('a', key, subject);
        expect(linesOf(store).toSorted()).toEqual(linesOf(fresh).toSorted());
      }),
    );
  });

  test('shares a refresh between scrapes', async () => {
    const { store, write } = countingStore();
    fill(store, 128);
    const first = store.refresh();
    expect(store.refresh()).toBe(first);
    await first;
    expect(write).toHaveBeenCalledTimes(128);
    const next = store.refresh();
    expect(next).not.toBe(first);
    await next;
  });

  test('renders what changes during a refresh in the same refresh, and what changes after it in the snapshot', async () => {
    const { store, write } = heavyStore();
    fill(store, 256);
    const refresh = store.refresh();
    store.put('a', '0', fruit('during', 7));
    await refresh;
    expect(write).toHaveBeenCalledTimes(256 + 64);
    store.put('a', '1', fruit('after', 8));
    expect(linesOf(store)).toEqual(
      expect.arrayContaining([
        'fruit_weight_grams{basket="a",name="during"} 7',
        'fruit_weight_grams{basket="a",name="after"} 8',
      ]),
    );
    expect(write).toHaveBeenCalledTimes(256 + 64 + 64);
  });

  test('lets the event loop run after each 2 MiB of lines, however many chunks they lie in', async () => {
    const { store, write } = heavyStore();
    for (let index = 0; index < 600; index++) store.put(`cluster ${index % 30}`, String(index), fruit(String(index)));
    const rendered: number[] = [];
    const refresh = store.refresh();
    for (let turns = 0; turns < 3; turns++) {
      rendered.push(write.mock.calls.length);
      await turn();
    }
    await refresh;
    // Of each cluster are 180 KB.
    expect(rendered).toEqual([240, 480, 600]);
    expect(write).toHaveBeenCalledTimes(600);
  });

  test('keeps the lines that a scrape took', () => {
    const store = new ChunkStore(FRUIT);
    store.put('a', '1', fruit('apple'));
    const [family] = store.snapshot();
    store.put('a', '1', fruit('pear'));
    store.snapshot();
    expect(Buffer.concat(family!.pieces).toString()).toBe('fruit_weight_grams{basket="a",name="apple"} 1\n');
  });

  test('shows what was put and not removed, whatever the order', () => {
    const cluster = fc.constantFrom('a', 'b', '');
    const key = fc.nat(150).map(String);
    const change = fc.oneof(
      { weight: 20, arbitrary: fc.record({ do: fc.constant('put' as const), cluster, key, weight: fc.nat(5) }) },
      { weight: 10, arbitrary: fc.record({ do: fc.constant('remove' as const), cluster, key }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('look' as const), cluster }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('removeCluster' as const), cluster }) },
    );
    fc.assert(
      fc.property(fc.array(change, { size: 'large' }), (changes) => {
        const store = new ChunkStore(FRUIT);
        const model = new Map<string, string>();
        for (const step of changes) {
          if (step.do === 'put') {
            store.put(step.cluster, step.key, fruit(step.key, step.weight, step.cluster));
            model.set(
              `${step.cluster}/${step.key}`,
              `fruit_weight_grams{basket="${step.cluster}",name="${step.key}"} ${step.weight}`,
            );
          } else if (step.do === 'remove') {
            store.remove(step.cluster, step.key);
            model.delete(`${step.cluster}/${step.key}`);
          } else if (step.do === 'removeCluster') {
            store.removeCluster(step.cluster);
            for (const name of model.keys()) if (name.startsWith(`${step.cluster}/`)) model.delete(name);
          } else {
            store.snapshot(new Set([step.cluster]));
          }
        }
        expect(linesOf(store).toSorted()).toEqual([...model.values()].toSorted());
      }),
    );
  });
});
