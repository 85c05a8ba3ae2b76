/** The rules "Which run is it?" of the contract (`truth.md`): generations, failovers and archives. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { ListedJob } from '../../src/core/facts.ts';
import { withRestarts } from '../../src/core/run-facts.ts';
import { archiveOf, JOB_ID, listed, statistics } from './support/facts.ts';
import { LATER, MOVED, RUNNING, START } from './support/two-lives.ts';
import { GRACE_MS, Watch } from './support/watch.ts';

let watch: Watch;

beforeEach(() => {
  watch = new Watch();
});

function see(job: ListedJob, now = job.startTime + 10): void {
  watch.observe(now, [job]);
}

function seeMoved(evidence: Parameters<Watch['observe']>[2], job = MOVED): void {
  watch.observe(job.startTime + 10, [job], evidence);
}

describe('a new start time for an id that has not ended', () => {
  beforeEach(() => see(RUNNING));

  it('is the same run when no checkpoint is known', () => {
    expect(watch.history.undecided([MOVED])).toEqual([]);
    see(MOVED);
    expect(watch.only()).toMatchObject({ startTimes: [START, LATER], failovers: 1, state: 'RUNNING' });
    see(MOVED, LATER + 20);
    expect(watch.only().failovers).toBe(1);
  });

  it('is the same run also when it is earlier, because clocks differ', () => {
    see(listed({ startTime: START - 500 }), START + 20);
    expect(watch.only()).toMatchObject({ startTimes: [START, START - 500], failovers: 1 });
  });

  it('is the same run when it has ended and nobody will ever tell of its checkpoints (1.18)', () => {
    watch.learnCheckpoints(statistics({ completed: 3 }));
    const ended = { ...MOVED, state: 'FAILED', endTime: LATER + 5 } as const;
    seeMoved({ checkpoints: { [JOB_ID]: 'unavailable' } }, ended);
    expect(watch.only()).toMatchObject({ state: 'UNKNOWN', rule: 'identity_pending' });
    seeMoved({ checkpoints: { [JOB_ID]: 'gone' } });
    expect(watch.only(), 'it may answer once it runs').toMatchObject({ state: 'UNKNOWN' });
    seeMoved({ checkpoints: { [JOB_ID]: 'gone' } }, ended);
    expect(watch.only()).toMatchObject({ state: 'FAILED', startTimes: [START, LATER] });
  });

  it.each(['RUNNING', 'SUSPENDED', 'FAILED'] as const)(
    'is the same run, and what a deposed leader says of its life before (%s) is not believed',
    (state) => {
      see(MOVED);
      const ended = state === 'FAILED' ? { endTime: LATER + 15 } : {};
      see({ ...RUNNING, state, ...ended }, LATER + 20);
      expect(watch.only()).toMatchObject({ state: 'UNKNOWN', reason: 'jobmaster_unreachable', rule: 'deposed' });
      see(MOVED, LATER + 30);
      expect(watch.only()).toMatchObject({ startTimes: [START, LATER], failovers: 1, state: 'RUNNING' });
      expect(watch.ended()).toEqual({});
    },
  );

  it('is the present life when it is shown for minutes, although one before it was heard of later', () => {
    see(listed({ startTime: START - 1_000 }), START + 20);
    see(RUNNING, START + 30);
    see(RUNNING, START + 30 + 299_999);
    expect(watch.only()).toMatchObject({ state: 'UNKNOWN', rule: 'deposed' });
    see({ ...RUNNING, state: 'FAILED', endTime: START + 40 }, START + 30 + 300_000);
    expect(watch.only(), 'what cannot be taken back').toMatchObject({ state: 'UNKNOWN', rule: 'deposed' });
    see(RUNNING, START + 30 + 300_000);
    expect(watch.only()).toMatchObject({ state: 'RUNNING', startTimes: [START - 1_000, START], failovers: 1 });
    see({ ...RUNNING, state: 'FAILED', endTime: START + 400_000 }, START + 400_010);
    expect(watch.ended()).toEqual({ FAILED: 1 });
  });

  it('is the newest while it lives, also when its JobManager is behind the one before', () => {
    see({ ...RUNNING, startTime: START - 5_000, name: 'payments' }, START + 20);
    expect(watch.history.newest(JOB_ID)).toMatchObject({ name: 'payments', state: 'RUNNING' });
    see(listed({ startTime: START - 4_000, name: 'payments' }), START + 30);
    expect(watch.history.newest(JOB_ID)).toMatchObject({ failovers: 1, state: 'RUNNING' });
    expect(watch.runs()).toHaveLength(2);
  });

  it('is the next generation when it has another name: a failover keeps the name', () => {
    see({ ...MOVED, name: 'orders-v2' });
    expect(watch.runs()).toMatchObject([
      { name: 'orders', rule: 'replaced', state: 'VANISHED' },
      { name: 'orders-v2', generation: 2, state: 'RUNNING' },
    ]);
  });

  it('waits for the list when it is found by id with a name of which only the ledger may know', () => {
    const renamed = { ...MOVED, name: 'orders-v2' };
    watch.observe(LATER + 10, [], { byId: { [JOB_ID]: renamed } });
    expect(watch.only()).toMatchObject({ state: 'UNKNOWN', rule: 'identity_pending' });
    see(renamed, LATER + 20);
    expect(watch.runs()).toMatchObject([{ state: 'VANISHED', final: { endTime: START + 10 } }, { name: 'orders-v2' }]);
  });

  describe('when checkpoints are known', () => {
    beforeEach(() => watch.learnCheckpoints(statistics({ completed: 7, failed: 2 })));

    it('asks for its checkpoints first', () => {
      expect(watch.history.undecided([RUNNING])).toEqual([]);
      expect(watch.history.undecided([MOVED, listed({ jobId: 'b', startTime: LATER })])).toEqual([JOB_ID]);
    });

    it.each([7, 8])('is the same run when it restored checkpoint %i', (restored) => {
      seeMoved({ checkpoints: { [JOB_ID]: statistics({ restored }) } });
      expect(watch.only()).toMatchObject({ startTimes: [START, LATER], failovers: 1 });
    });

    it.each([
      ['an older checkpoint', statistics({ restored: 6, completed: 20 })],
      ['nothing', statistics({})],
      ['nothing, and has no checkpoints', 'off' as const],
    ])('is the next generation when it restored %s; the one before has VANISHED', (_, evidence) => {
      seeMoved({ checkpoints: { [JOB_ID]: evidence } });
      const [first, second] = watch.runs();
      expect(first).toMatchObject({
        generation: 1,
        rule: 'replaced',
        failovers: 0,
        final: { status: 'VANISHED', source: 'none', endTime: START + 10 },
      });
      expect(second).toMatchObject({ generation: 2, startTimes: [LATER], state: 'RUNNING', failovers: 0 });
      expect(watch.history.counters('orders')).toMatchObject({ vanished: 1, ended: { FAILED: 0 } });
    });

    it('counts on from what the JobManager before it counted', () => {
      watch.history.learn(watch.only(), (run) => withRestarts(run, 2, 0));
      seeMoved({ checkpoints: { [JOB_ID]: statistics({ restored: 7 }) } });
      watch.history.learn(watch.only(), (run) => withRestarts(run, 1, 0));
      watch.learnCheckpoints(statistics({ restored: 7, completed: 9, failed: 1 }));
      expect(watch.only()).toMatchObject({
        restarts: { carried: 2, current: 1 },
        checkpoints: {
          completed: { carried: 7, current: 2 },
          failed: { carried: 2, current: 1 },
          reachedId: 9,
          lastCompleted: { id: 9 },
        },
      });
    });

    it('knows a restored checkpoint as reached, also before another is completed', () => {
      seeMoved({ checkpoints: { [JOB_ID]: statistics({ restored: 9 }) } });
      watch.learnCheckpoints(statistics({ restored: 9 }));
      seeMoved(
        { checkpoints: { [JOB_ID]: statistics({ restored: 8 }) } },
        listed({ startTime: LATER + 100, duration: 10_000 }),
      );
      expect(watch.runs()).toHaveLength(2);
    });

    it('is over when the one before is listed again: one id never runs twice at a time', () => {
      const before = listed({ startTime: START - 1_000, duration: 10_000 });
      seeMoved({ checkpoints: { [JOB_ID]: statistics({ completed: 3 }) } }, before);
      expect(watch.runs()).toMatchObject([{ state: 'RUNNING' }, { state: 'VANISHED', rule: 'replaced' }]);
      see(RUNNING, START + 20);
      expect(watch.runs()).toMatchObject([
        { state: 'VANISHED', rule: 'replaced' },
        { state: 'RUNNING', rule: 'listed_again' },
      ]);
      expect(watch.history.liveRuns).toBe(1);
    });

    it('is UNKNOWN while its checkpoints cannot be read, and decided when they can', () => {
      seeMoved({});
      expect(watch.only()).toMatchObject({
        state: 'UNKNOWN',
        reason: 'jobmaster_unreachable',
        rule: 'identity_pending',
        lostAt: START + 10,
        startTimes: [START],
      });
      seeMoved({ checkpoints: { [JOB_ID]: statistics({ restored: 7 }) } });
      expect(watch.only()).toMatchObject({ state: 'RUNNING', startTimes: [START, LATER] });
    });

    it.each(['INITIALIZING', 'CREATED', 'RECONCILING', 'RESTARTING'] as const)(
      'is not decided in %s by statistics that are off or empty',
      (state) => {
        for (const evidence of ['off', statistics({})] as const) {
          seeMoved({ checkpoints: { [JOB_ID]: evidence } }, { ...MOVED, state });
          expect(watch.only()).toMatchObject({ state: 'UNKNOWN', rule: 'identity_pending' });
        }
      },
    );

    it('is not decided by empty statistics that can be older than the list', () => {
      for (const evidence of ['off', statistics({})] as const) {
        seeMoved({ checkpoints: { [JOB_ID]: evidence } }, { ...MOVED, duration: 4_999 });
        expect(watch.only()).toMatchObject({ state: 'UNKNOWN', rule: 'identity_pending' });
      }
      seeMoved({ checkpoints: { [JOB_ID]: statistics({}) } }, { ...MOVED, duration: 5_000 });
      expect(watch.runs()).toMatchObject([{ state: 'VANISHED' }, { state: 'RUNNING' }]);
    });

    it('is not decided by statistics that a standby may have cached before it became the leader', () => {
      for (const evidence of [statistics({ completed: 5 }), statistics({ restored: 3, completed: 4 })]) {
        seeMoved({ checkpoints: { [JOB_ID]: evidence } }, { ...MOVED, duration: 4_999 });
        expect(watch.only()).toMatchObject({ state: 'UNKNOWN', rule: 'identity_pending' });
      }
      seeMoved({ checkpoints: { [JOB_ID]: statistics({ restored: 7 }) } }, { ...MOVED, duration: 4_999 });
      expect(watch.only()).toMatchObject({ state: 'RUNNING', startTimes: [START, LATER] });
    });

    it('is the next generation when it has completed a checkpoint and restored none, or has ended', () => {
      seeMoved(
        { checkpoints: { [JOB_ID]: statistics({ completed: 1 }) } },
        { ...MOVED, duration: 5_000, lastModification: LATER + 5_000 },
      );
      expect(watch.runs()).toMatchObject([{ state: 'VANISHED' }, { state: 'RUNNING' }]);
      watch.learnCheckpoints(statistics({ completed: 1 }), watch.runs()[1]);
      const failed = listed({ startTime: LATER + 100, state: 'FAILED', endTime: LATER + 200 });
      seeMoved({ checkpoints: { [JOB_ID]: statistics({}) } }, failed);
      expect(watch.runs().map(({ state }) => state)).toEqual(['VANISHED', 'VANISHED', 'FAILED']);
    });

    it('is decided in the same way when it is missing from the list and found by id', () => {
      watch.observe(LATER + 10, [], {
        byId: { [JOB_ID]: MOVED },
        checkpoints: { [JOB_ID]: statistics({ restored: 3 }) },
      });
      expect(watch.runs()).toMatchObject([
        { rule: 'replaced', final: { status: 'VANISHED', endTime: START + 10 } },
        { startTimes: [LATER], rule: 'missing_found' },
      ]);
    });

    it('brings a VANISHED run back when it continues, and leaves it when it does not', () => {
      watch.observe(START + 20, []);
      watch.settle(START + 20 + GRACE_MS);
      seeMoved({});
      expect(watch.only(), 'undecided changes nothing').toMatchObject({ state: 'VANISHED' });
      seeMoved({ checkpoints: { [JOB_ID]: statistics({ restored: 7 }) } });
      expect(watch.only()).toMatchObject({ state: 'RUNNING', rule: 'listed_again', startTimes: [START, LATER] });

      watch.observe(LATER + 20, []);
      watch.settle(LATER + 20 + GRACE_MS);
      seeMoved(
        { checkpoints: { [JOB_ID]: 'off' } },
        { ...MOVED, startTime: LATER + 500_000, lastModification: LATER + 500_000 },
      );
      expect(watch.runs()).toMatchObject([{ state: 'VANISHED', rule: 'vanished' }, { state: 'RUNNING' }]);
      expect(watch.history.counters('orders').vanished).toBe(1);
    });
  });
});

describe('an id seen again after its known end', () => {
  beforeEach(() => {
    see(RUNNING);
    see(listed({ startTime: START, state: 'FAILED', endTime: START + 500_000 }), START + 500_010);
    see(MOVED);
  });

  it('is the next generation', () => {
    expect(watch.runs()).toMatchObject([
      { generation: 1, state: 'FAILED' },
      { generation: 2, state: 'RUNNING', failovers: 0 },
    ]);
  });

  it('has archives of its own, and the archive of the first run is never taken for the second', () => {
    const first = archiveOf({ startTime: START, endTime: START + 500_000, failures: 5 });
    expect(watch.archive(LATER + 20, first, '/archive/1')).toBe('taken');
    expect(watch.runs()).toMatchObject([{ archive: '/archive/1', restarts: { current: 4 } }, { state: 'RUNNING' }]);
    watch.unreachable(LATER + 30);
    watch.archive(LATER + 40, first, '/archive/1');
    expect(watch.runs()[1]).toMatchObject({ state: 'UNKNOWN' });
    watch.archive(LATER + 50, archiveOf({ startTime: LATER, endTime: LATER + 12, status: 'FINISHED' }), '/archive/2');
    expect(watch.runs()[1]).toMatchObject({ state: 'FINISHED', archive: '/archive/2' });
    expect(watch.ended()).toEqual({ FAILED: 1, FINISHED: 1 });
  });
});

it('orders generations by start time, not by when they were found', () => {
  watch.archive(LATER, archiveOf({ startTime: START + 500, endTime: START + 600 }), '/archive/b');
  watch.archive(LATER, archiveOf({ startTime: START, endTime: START + 100 }), '/archive/a');
  expect(watch.history.generations(JOB_ID).map(({ startTimes }) => startTimes[0])).toEqual([START, START + 500]);
  see(MOVED);
  expect(watch.history.generations(JOB_ID).at(-1)).toMatchObject({ startTimes: [LATER], state: 'RUNNING' });
});

/** Another JobManager took the run over while nobody looked, and wrote the archive. */
