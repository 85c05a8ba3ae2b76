/** What stays when a run leaves the ledger: tombstones, so that nothing old is ever new, and the counters of its name. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { ListedJob } from '../../src/core/facts.ts';
import { archiveOf, JOB_ID, listed } from './support/facts.ts';
import { LATER, MOVED, RUNNING, START } from './support/two-lives.ts';
import { GRACE_MS, Watch } from './support/watch.ts';

let watch: Watch;

beforeEach(() => {
  watch = new Watch();
});

function see(job: ListedJob, now = job.startTime + 10): void {
  watch.observe(now, [job]);
}

describe('a run that has left', () => {
  const ENDED = listed({ startTime: START, state: 'FAILED', endTime: START + 100 });
  const archive = archiveOf({ startTime: START, endTime: START + 100 });

  beforeEach(() => {
    see(RUNNING);
    see(ENDED, START + 110);
    watch.history.prune(() => true);
    watch.drain();
  });

  it('stays as a tombstone', () => {
    expect(watch.runs()).toEqual([]);
    expect(watch.tombstones).toEqual([
      { cluster: 'prod', jobId: JOB_ID, generation: 1, startTimes: [START], endTime: START + 100, status: 'FAILED' },
    ]);
  });

  it.each([
    ['at once', () => undefined],
    ['after a restart', () => watch.restart()],
    [
      'although others drained what was recalled',
      () => {
        watch.restart();
        watch.history.recall(watch.tombstones, []);
        watch.history.drain();
        watch.history.prune(() => true);
        watch.history.listed([ENDED], new Map(), watch.moment);
      },
    ],
  ])('is never new again, %s', (_, meanwhile) => {
    meanwhile();
    watch.observe(START + 200, [ENDED]);
    watch.archive(START + 210, archive);
    watch.archive(START + 210, { ...archive, startTime: START + 50 });
    expect(watch.runs()).toEqual([]);
    expect(watch.history.drain()).toMatchObject({ runs: [], names: [], events: [] });
  });

  it('is never new again while a newer generation of its id is remembered', () => {
    see(MOVED);
    watch.restart();
    expect(watch.history.strangers([archive]).jobIds).toEqual([JOB_ID]);
    expect(watch.history.strangers([MOVED]).jobIds).toEqual([]);
    watch.archive(LATER + 20, archive);
    expect(watch.only()).toMatchObject({ generation: 2, startTimes: [LATER] });
    expect(watch.ended()).toEqual({ FAILED: 1 });
  });

  it('leaves room for an earlier life that was taken for the same run', () => {
    see(MOVED);
    see(listed({ startTime: LATER + 1_000_000 }));
    see(listed({ startTime: LATER + 1_000_000, state: 'FAILED', endTime: LATER + 1_000_100 }), LATER + 1_000_200);
    watch.history.prune(() => true);
    watch.restart();
    watch.archive(LATER + 2_000_000, archiveOf({ startTime: LATER, endTime: LATER + 500_000, status: 'FINISHED' }));
    expect(watch.only()).toMatchObject({ state: 'FINISHED', startTimes: [LATER] });
    expect(watch.ended()).toEqual({ FAILED: 2, FINISHED: 1 });
  });

  it('leaves its generation to nobody else', () => {
    watch.restart();
    see(MOVED);
    expect(watch.only().generation).toBe(2);
  });

  it('leaves the counters of its name as they were', () => {
    watch.restart();
    expect(watch.history.strangers([MOVED])).toEqual({ jobIds: [JOB_ID], names: ['orders'] });
    see(MOVED);
    expect(watch.ended()).toEqual({ FAILED: 1 });
  });
});

describe('a run that had vanished and left', () => {
  beforeEach(() => {
    see(RUNNING);
    watch.observe(START + 20, []);
    watch.settle(START + 20 + GRACE_MS);
    watch.history.prune(() => true);
    watch.restart();
  });

  it('is shown when it is listed alive after all', () => {
    see(RUNNING, LATER);
    expect(watch.only()).toMatchObject({ generation: 2, state: 'RUNNING' });
  });

  it('is counted when its end becomes known after all', () => {
    watch.archive(LATER, archiveOf({ startTime: START, endTime: START + 15 }));
    expect(watch.only()).toMatchObject({ generation: 2, state: 'FAILED' });
    expect(watch.ended()).toEqual({ FAILED: 1 });
    watch.history.prune(() => true);
    watch.restart();
    watch.archive(LATER + 10, archiveOf({ startTime: START, endTime: START + 15 }));
    expect(watch.runs()).toEqual([]);
  });
});

describe('the counters of a name', () => {
  it('leave memory without a run, unless somebody needs them or has just asked for them', () => {
    see(listed({ startTime: START, state: 'FAILED', endTime: START + 5 }));
    const forget = (keeps = (_name: string) => false): void => watch.history.forgetNames(keeps);
    forget();
    expect(watch.ended()).toEqual({ FAILED: 1 });
    watch.drain();
    watch.history.prune(() => true);
    watch.drain();
    forget((name) => name === 'orders');
    expect(watch.ended(), 'an expected job').toEqual({ FAILED: 1 });
    forget();
    expect(watch.ended()).toEqual({});
    watch.history.recall(
      [],
      [{ cluster: 'prod', name: 'orders', ended: { FINISHED: 0, FAILED: 1, CANCELED: 0 }, vanished: 0 }],
    );
    forget();
    expect(watch.ended(), 'recalled since').toEqual({ FAILED: 1 });
    forget();
    expect(watch.ended()).toEqual({});
  });
});
