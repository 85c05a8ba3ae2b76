import { describe, expect, it } from 'vitest';
import { observationDelayMs, retentionDelayMs, scanDelayMs } from '../../src/app/start-order.ts';

describe('the first observation of a cluster', () => {
  it.each([
    ['the first', [], 0],
    ['one after small clusters', [10, 39], 0],
    ['one after as many runs as take ten milliseconds', [10, 40], 10],
    ['one after large clusters', [1_000, 1_000], 400],
    ['one after clusters that take longer than its share of the interval', [30_000], 500],
  ])('%s', (_, before, delayMs) => {
    expect(observationDelayMs(before, 20, 10_000)).toBe(delayMs);
  });
});

describe('with much to do', () => {
  it('folders and retention wait for what a first page needs, the retention longer', () => {
    expect([999, 1_000, 100_000].map(scanDelayMs)).toEqual([0, 1_000, 1_000]);
    expect([9_999, 10_000, 100_000].map(retentionDelayMs)).toEqual([0, 10_000, 10_000]);
  });
});
