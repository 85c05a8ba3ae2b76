/** The table "Resolving" of the contract (`truth.md`), row by row, as a history applies it. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { ListedJob } from '../../src/core/facts.ts';
import { MAX_STARTS } from '../../src/core/resolve.ts';
import { withAllLearned } from '../../src/core/run-facts.ts';
import { ENDED_STATUSES, FLINK_STATES, isEnded } from '../../src/core/states.ts';
import { archiveOf, JOB_ID, listed, NO_TASKS } from './support/facts.ts';
import { GRACE_MS, OFFSET_MS, Watch } from './support/watch.ts';

const START = 10_000_000;
const RUNNING = listed({ startTime: START });

let watch: Watch;

beforeEach(() => {
  watch = new Watch();
});

function ended(state: ListedJob['state'], endTime: number, startTime = START): ListedJob {
  return listed({ startTime, state, endTime });
}

describe('listed by a JobManager, not terminal', () => {
  it.each(FLINK_STATES.filter((state) => !isEnded(state) && state !== 'SUSPENDED'))('%s is that state', (state) => {
    watch.observe(START + 10, [listed({ startTime: START, state, lastModification: START + 7 })]);
    const entered = state === 'INITIALIZING' ? START : START + 7;
    expect(watch.only()).toMatchObject({ state, rule: 'listed', seenAlive: true, stateEnteredAt: entered });
    expect(watch.only()).not.toHaveProperty('final');
    expect(watch.only()).not.toHaveProperty('reason');
    expect(watch.ended()).toEqual({});
  });

  it('is to be learned of anew when it changes without a time of it', () => {
    watch.observe(START + 10, [listed({ startTime: START, lastModification: START + 7 })]);
    watch.history.learn(watch.only(), withAllLearned);
    watch.observe(START + 20, [listed({ startTime: START, lastModification: START + 7 })]);
    expect(watch.only()).toMatchObject({ learnedUpTo: START + 7 });
    watch.observe(START + 30, [listed({ startTime: START, state: 'RESTARTING', lastModification: START + 7 })]);
    expect(watch.only()).not.toHaveProperty('learnedUpTo');
  });

  it('keeps the first start, and when the state was entered', () => {
    watch.observe(START + 10, [listed({ startTime: START, lastModification: START + 7 })]);
    watch.observe(START + 20, [listed({ startTime: START, lastModification: START + 15 })]);
    expect(watch.only()).toMatchObject({ startTimes: [START], stateEnteredAt: START + 7 });
  });

  it('keeps the first start and the newest, of a JobManager that tells another one at every look', () => {
    for (let life = 0; life < 2 * MAX_STARTS; life += 1) {
      watch.observe(START + life * 10 + 10, [listed({ startTime: START + life * 10, lastModification: START })]);
    }
    const { startTimes, failovers } = watch.only();
    expect([startTimes.length, failovers]).toEqual([MAX_STARTS, 2 * MAX_STARTS - 1]);
    expect([startTimes[0], startTimes[1], startTimes.at(-1)]).toEqual([
      START,
      START + (MAX_STARTS + 1) * 10,
      START + (2 * MAX_STARTS - 1) * 10,
    ]);
  });

  it('is not changed at all by an observation that says the same', () => {
    watch.observe(START + 10, [RUNNING]);
    const before = watch.only();
    watch.drain();
    watch.observe(START + 20, [{ ...RUNNING, duration: 20, tasks: { ...NO_TASKS } }]);
    expect(watch.only()).toBe(before);
    expect(watch.history.drain()).toMatchObject({ runs: [], names: [], events: [] });
  });

  it('bounds every text that becomes a label', () => {
    const hostile = `${'x'.repeat(300)}\ud800`;
    watch.observe(START + 10, [listed({ startTime: START, name: hostile, scheduler: hostile })]);
    const { name, scheduler } = watch.only();
    for (const text of [name, scheduler]) {
      expect(text.length).toBeLessThanOrEqual(200);
      expect(text.isWellFormed()).toBe(true);
    }
  });
});

describe('listed, terminal', () => {
  it.each(ENDED_STATUSES)('%s is final, source live', (status) => {
    watch.observe(START + 10, [RUNNING]);
    watch.observe(START + 30, [ended(status, START + 20)]);
    expect(watch.only()).toMatchObject({
      state: status,
      rule: 'listed_ended',
      final: { status, source: 'live', endTime: START + 20, recordedAt: START + 30 - OFFSET_MS },
    });
    expect(watch.ended()).toEqual({ [status]: 1 });
  });

  it('merges the details of the archive when it appears, and counts once', () => {
    watch.observe(START + 30, [ended('FAILED', START + 20)]);
    const failure = { exception: 'a.B', message: 'm', task: 't', labels: '', timestamp: START + 19 };
    const outcome = archiveOf({ startTime: START, endTime: START + 20, failures: 4, lastFailure: failure });
    expect(watch.archive(START + 40, outcome, '/archive/x')).toBe('taken');
    expect(watch.only()).toMatchObject({
      final: { status: 'FAILED', source: 'live', endTime: START + 20 },
      rule: 'listed_ended',
      lastFailure: failure,
      restarts: { carried: 0, current: 3 },
      archive: '/archive/x',
      reachedRunning: true,
    });
    expect(watch.ended()).toEqual({ FAILED: 1 });
    expect(watch.history.recoveries.archive).toBe(0);
  });

  it('says last-modification where Flink gives no end', () => {
    watch.observe(START + 30, [listed({ startTime: START, state: 'FAILED', lastModification: START + 21 })]);
    expect(watch.only().final?.endTime).toBe(START + 21);
  });
});

describe('SUSPENDED', () => {
  it('is not final, and goes on when another JobManager resumes it', () => {
    watch.observe(START + 10, [RUNNING]);
    watch.observe(START + 20, [listed({ startTime: START, state: 'SUSPENDED', endTime: START + 15 })]);
    expect(watch.only()).toMatchObject({ state: 'SUSPENDED', rule: 'suspended' });
    expect(watch.only()).not.toHaveProperty('final');
    watch.observe(START + 30, [RUNNING]);
    expect(watch.only()).toMatchObject({ state: 'RUNNING', rule: 'listed' });
    expect(watch.ended()).toEqual({});
  });
});

describe('missing from the list', () => {
  beforeEach(() => watch.observe(START + 10, [RUNNING]));

  it('by id 200: what that answer says, source live', () => {
    watch.observe(START + 20, [], { byId: { [JOB_ID]: { ...RUNNING, state: 'RESTARTING' } } });
    expect(watch.only()).toMatchObject({ state: 'RESTARTING', rule: 'missing_found' });
    watch.observe(START + 40, [], { byId: { [JOB_ID]: ended('CANCELED', START + 30) } });
    expect(watch.only().final).toMatchObject({ status: 'CANCELED', source: 'live', endTime: START + 30 });
  });

  it('by id neither 200 nor 404: UNKNOWN, not final, however long', () => {
    for (let now = START + 20; now < START + 10 * GRACE_MS; now += GRACE_MS) {
      watch.observe(now, [], { byId: { [JOB_ID]: 'unanswered' } });
      watch.settle(now + 1);
    }
    expect(watch.only()).toMatchObject({
      state: 'UNKNOWN',
      reason: 'jobmaster_unreachable',
      rule: 'missing_unanswered',
      stateEnteredAt: START + 20,
      lostAt: START + 10,
    });
    expect(watch.only()).not.toHaveProperty('final');
  });

  it('404 by id: UNKNOWN at first, last seen alive when it was last listed', () => {
    watch.observe(START + 20, []);
    expect(watch.only()).toMatchObject({
      state: 'UNKNOWN',
      reason: 'not_listed',
      rule: 'not_listed',
      lostAt: START + 10,
      missedAt: START + 20 - OFFSET_MS,
    });
  });

  it('404 by id and an archive of this run: final, source archive', () => {
    watch.observe(START + 20, []);
    expect(watch.archive(START + 30, archiveOf({ startTime: START, endTime: START + 15 }))).toBe('taken');
    expect(watch.only()).toMatchObject({
      state: 'FAILED',
      rule: 'not_listed_archive',
      final: { status: 'FAILED', source: 'archive', endTime: START + 15 },
    });
    expect(watch.history.recoveries.archive).toBe(1);
  });

  it('an answer by id that comes after the archive was read changes nothing', () => {
    watch.observe(START + 20, []);
    const missed = watch.only();
    watch.archive(START + 30, archiveOf({ startTime: START, endTime: START + 15 }));
    for (const answer of ['not_found', 'unanswered'] as const) {
      watch.history.answered(missed, answer, 'unavailable', watch.moment);
      expect(watch.only()).toMatchObject({ state: 'FAILED', final: { status: 'FAILED', source: 'archive' } });
    }
  });
});

describe('404 by id and no archive', () => {
  const MISSED = START + 20;
  const AFTER = MISSED + GRACE_MS;

  beforeEach(() => {
    watch.observe(START + 10, [RUNNING]);
    watch.observe(MISSED, []);
  });

  it('is VANISHED after the grace time and a complete scan that began after the run was missed', () => {
    watch.settle(AFTER);
    expect(watch.only()).toMatchObject({
      state: 'VANISHED',
      rule: 'vanished',
      final: { status: 'VANISHED', source: 'none', endTime: START + 10, recordedAt: AFTER - OFFSET_MS },
    });
    expect(watch.history.counters('orders')).toMatchObject({ vanished: 1 });
    expect(watch.ended()).toEqual({});
  });

  it('is not VANISHED within the grace time', () => {
    watch.settle(AFTER - 1);
    expect(watch.only().state).toBe('UNKNOWN');
  });

  it.each([
    ['an incomplete scan', { complete: false }],
    ['a scan that began before the run was missed', { asOf: MISSED - OFFSET_MS }],
    ['a scan that was made before the clock was set back', { asOf: AFTER - OFFSET_MS + 1 }],
    ['a doubtful file of that id', { doubtful: [JOB_ID] }],
  ])('is not VANISHED by %s', (_, scan) => {
    watch.settle(AFTER, scan);
    expect(watch.only().state).toBe('UNKNOWN');
  });

  it('is not VANISHED before every folder was scanned', () => {
    const scan = { asOf: AFTER - OFFSET_MS, complete: true, doubtfulJobIds: new Set<string>() };
    watch.history.settle([scan, undefined], GRACE_MS, AFTER - OFFSET_MS);
    expect(watch.only().state).toBe('UNKNOWN');
    watch.history.settle([scan, { ...scan, doubtfulJobIds: new Set(['other']) }], GRACE_MS, AFTER - OFFSET_MS);
    expect(watch.only().state).toBe('VANISHED');
  });

  it('is VANISHED after the grace time where there is no archive folder', () => {
    watch.history.settle([], GRACE_MS, AFTER - OFFSET_MS);
    expect(watch.only().state).toBe('VANISHED');
  });

  it('waits anew after any answer that is not 404', () => {
    watch.unreachable(MISSED + 30_000);
    watch.settle(AFTER);
    expect(watch.only()).toMatchObject({ state: 'UNKNOWN', reason: 'jobmanager_unreachable' });
    watch.observe(AFTER, []);
    watch.settle(AFTER + GRACE_MS - 1);
    expect(watch.only().state).toBe('UNKNOWN');
    watch.settle(AFTER + GRACE_MS);
    expect(watch.only().state).toBe('VANISHED');
    expect(watch.only().final?.endTime).toBe(START + 10);
  });

  it('survives a restart of flink-medic', () => {
    watch.restart();
    watch.settle(AFTER);
    expect(watch.only().final).toMatchObject({ status: 'VANISHED', endTime: START + 10 });
  });
});

describe('no JobManager answers', () => {
  beforeEach(() => watch.observe(START + 10, [RUNNING]));

  it('without archive: UNKNOWN, never final', () => {
    for (let now = START + 20; now < START + 10 * GRACE_MS; now += GRACE_MS) {
      watch.unreachable(now);
      watch.settle(now + 1);
    }
    expect(watch.only()).toMatchObject({
      state: 'UNKNOWN',
      reason: 'jobmanager_unreachable',
      rule: 'unreachable',
      stateEnteredAt: START + 20,
      lostAt: START + 10,
    });
    expect(watch.only()).not.toHaveProperty('final');
  });

  it('with an archive of this run: final, source archive', () => {
    watch.unreachable(START + 20);
    watch.archive(START + 30, archiveOf({ startTime: START, endTime: START + 15, status: 'FINISHED' }));
    expect(watch.only()).toMatchObject({
      rule: 'unreachable_archive',
      final: { status: 'FINISHED', source: 'archive', endTime: START + 15 },
    });
    expect(watch.ended()).toEqual({ FINISHED: 1 });
    expect(watch.history.recoveries.archive).toBe(1);
  });

  it('leaves what has ended alone', () => {
    watch.observe(START + 30, [ended('FINISHED', START + 20)]);
    const before = watch.only();
    watch.unreachable(START + 40);
    expect(watch.only()).toBe(before);
  });
});

describe('an archive that appears later', () => {
  it('replaces VANISHED, once', () => {
    watch.observe(START + 10, [RUNNING]);
    watch.observe(START + 20, []);
    watch.settle(START + 20 + GRACE_MS);
    for (const later of [1, 2]) {
      watch.archive(START + later * 1_000_000, archiveOf({ startTime: START, endTime: START + 15 }));
      expect(watch.only()).toMatchObject({
        state: 'FAILED',
        rule: 'archive_late',
        final: { status: 'FAILED', source: 'archive', endTime: START + 15 },
        countedVanished: true,
      });
      expect(watch.history.counters('orders')).toMatchObject({ ended: { FAILED: 1 }, vanished: 1 });
      expect(watch.history.recoveries.archive).toBe(1);
    }
  });

  it('replaces UNKNOWN jobmaster_unreachable', () => {
    watch.observe(START + 10, [RUNNING]);
    watch.observe(START + 20, [], { byId: { [JOB_ID]: 'unanswered' } });
    watch.archive(START + 30, archiveOf({ startTime: START, endTime: START + 15 }));
    expect(watch.only()).toMatchObject({ state: 'FAILED', rule: 'archive_late' });
  });
});

describe('a run listed again after VANISHED', () => {
  it('is live again, its counters go on, and it is counted as vanished once', () => {
    watch.observe(START + 10, [RUNNING]);
    watch.history.learn(watch.only(), (run) => ({ ...run, restarts: { carried: 0, current: 2 } }));
    watch.observe(START + 20, []);
    watch.settle(START + 20 + GRACE_MS);
    watch.observe(START + 100_000, [RUNNING]);
    expect(watch.only()).toMatchObject({
      state: 'RUNNING',
      rule: 'listed_again',
      restarts: { carried: 0, current: 2 },
    });
    expect(watch.only()).not.toHaveProperty('final');
    expect(watch.only()).not.toHaveProperty('lostAt');
    expect(watch.only()).not.toHaveProperty('missedAt');

    watch.observe(START + 110_000, [RUNNING]);
    expect(watch.only().rule, 'kept until its state changes, or nobody could read it').toBe('listed_again');

    watch.observe(START + 120_000, []);
    watch.settle(START + 120_000 + GRACE_MS);
    expect(watch.only().state).toBe('VANISHED');
    expect(watch.history.counters('orders').vanished).toBe(1);
    expect(watch.history.drain().events.map(({ kind }) => kind)).toEqual(['seen', 'vanished', 'returned']);
  });
});

describe('an archive of a run that was never seen live', () => {
  it('is an ended run, source archive, and no recovery', () => {
    expect(watch.archive(START + 30, archiveOf({ startTime: START, endTime: START + 15 }), '/archive/x')).toBe('taken');
    expect(watch.only()).toMatchObject({
      state: 'FAILED',
      rule: 'archive_only',
      startTimes: [START],
      seenAlive: false,
      reachedRunning: true,
      final: { status: 'FAILED', source: 'archive', endTime: START + 15 },
    });
    expect(watch.ended()).toEqual({ FAILED: 1 });
    expect(watch.history.recoveries.archive).toBe(0);
    expect(watch.history.drain().placed).toEqual([
      { archive: '/archive/x', run: { cluster: 'prod', jobId: JOB_ID, generation: 1 } },
    ]);
  });
});

describe('FINISHED, FAILED and CANCELED, once recorded', () => {
  it.each(ENDED_STATUSES)('%s is never replaced', (status) => {
    watch.observe(START + 30, [ended(status, START + 20)]);
    const { final } = watch.only();
    const other = status === 'FAILED' ? 'FINISHED' : 'FAILED';
    watch.archive(START + 40, archiveOf({ startTime: START, endTime: START + 21, status: other }));
    watch.observe(START + 50, [ended(other, START + 20)]);
    watch.observe(START + 60, [RUNNING]);
    watch.observe(START + 70, []);
    watch.settle(START + 70 + GRACE_MS);
    watch.unreachable(START + 80 + GRACE_MS);
    watch.restart();
    watch.observe(START + 90 + GRACE_MS, []);
    expect(watch.only()).toMatchObject({ state: status, final });
    expect(watch.ended()).toEqual({ [status]: 1 });
  });
});
