/** Whose an archive is whose start time is not known: the second half of "Which run is it?" of the contract (`truth.md`). */

import { beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveOutcome, ListedJob } from '../../src/core/facts.ts';
import { MedicError } from '../../src/core/errors.ts';
import { CLOCK_TOLERANCE_MS } from '../../src/core/identity.ts';
import { keyOf, type Run, type RunKey } from '../../src/core/run.ts';
import { sleepingRuns } from '../../src/core/sleeping-run.ts';
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

function taken(outcome: Partial<ArchiveOutcome> = {}): ArchiveOutcome {
  return archiveOf({ startTime: START + 100_000, endTime: START + 200_000, ...outcome });
}

describe('an archive of a start time that is not known', () => {
  beforeEach(() => see(RUNNING));

  it('is of the run that was lost from sight before it ended', () => {
    watch.unreachable(START + 20);
    expect(watch.archive(START + 300_000, taken())).toBe('taken');
    expect(watch.only()).toMatchObject({ state: 'FAILED', startTimes: [START, START + 100_000], failovers: 1 });
    expect(watch.history.recoveries.archive).toBe(1);
  });

  it('is of the run that had VANISHED', () => {
    watch.observe(START + 20, []);
    watch.settle(START + 20 + GRACE_MS);
    watch.archive(START + 300_000, taken());
    expect(watch.only()).toMatchObject({ state: 'FAILED', failovers: 1 });
  });

  it('is of the run although nobody looked for hours: what counts is when it was last seen', () => {
    watch.restart();
    watch.observe(START + 20_000_000, []);
    watch.archive(START + 20_000_010, taken());
    expect(watch.only()).toMatchObject({ state: 'FAILED', final: { endTime: START + 200_000 } });
  });

  it('allows two JobManagers clocks that differ by five minutes', () => {
    watch.observe(START + 1_000_000, [RUNNING]);
    watch.unreachable(START + 1_000_020);
    const early = START + 1_000_000 - CLOCK_TOLERANCE_MS;
    expect(watch.archive(START + 2_000_000, taken({ endTime: early - 1 }), '/archive/other')).toBe('foreign');
    expect(watch.only()).toMatchObject({ state: 'UNKNOWN' });
    watch.archive(START + 2_000_000, taken({ endTime: early, startTime: START - CLOCK_TOLERANCE_MS }));
    expect(watch.only()).toMatchObject({ state: 'FAILED' });
    expect(watch.ended()).toEqual({ FAILED: 1 });
  });

  it('is foreign at once when the run lived before it began and after it had ended', () => {
    watch.observe(START + 1_000_000, [RUNNING]);
    expect(watch.archive(START + 1_000_010, taken())).toBe('foreign');
    see(RUNNING, START + 1_000_020);
    expect(watch.only()).toMatchObject({ state: 'RUNNING' });
    expect(watch.ended()).toEqual({});
    const ended = listed({ startTime: START, state: 'FINISHED', endTime: START + 1_000_030 });
    see(ended, START + 1_000_040);
    expect(watch.archive(START + 1_000_050, taken(), '/archive/later')).toBe('foreign');
    expect(watch.ended()).toEqual({ FINISHED: 1 });
  });

  it('is of an older generation when it ended before the run began', () => {
    watch.unreachable(START + 20);
    watch.archive(START + 30, archiveOf({ startTime: START - 1_000, endTime: START - 10 }));
    expect(watch.runs()).toMatchObject([
      { generation: 2, state: 'FAILED', rule: 'archive_only' },
      { generation: 1, state: 'UNKNOWN' },
    ]);
  });

  it('is of an older generation when it began before the run did', () => {
    watch.unreachable(START + 20);
    watch.archive(START + 30, archiveOf({ startTime: START - CLOCK_TOLERANCE_MS - 1, endTime: START + 15 }));
    expect(watch.runs()).toHaveLength(2);
  });

  it('is of another run when it has another name', () => {
    watch.unreachable(START + 20);
    watch.archive(START + 300_000, taken({ name: 'payments' }));
    expect(watch.runs()).toMatchObject([{ state: 'UNKNOWN' }, { name: 'payments', state: 'FAILED' }]);
  });

  it('is of an older generation when it ended before the last life of the run began', () => {
    see(MOVED);
    watch.archive(LATER + 20, taken({ endTime: LATER - 1_000 }));
    see(MOVED, LATER + 30);
    expect(watch.runs()).toMatchObject([{ state: 'RUNNING' }, { state: 'FAILED', rule: 'archive_only' }]);
    const newest = watch.history.generations(JOB_ID).at(-1);
    expect(newest, 'what is alive is the newest generation').toMatchObject({ state: 'RUNNING' });
    see(listed({ startTime: LATER + 500 }));
    expect(watch.runs()).toMatchObject([{ startTimes: [START, LATER, LATER + 500] }, { state: 'FAILED' }]);
    expect(watch.history.takeForeign()).toEqual([]);
  });

  it('is of no generation before one that began earlier', () => {
    see({ ...MOVED, name: 'payments' });
    see({ ...MOVED, name: 'payments', state: 'FAILED', endTime: LATER + 20 }, LATER + 30);
    watch.archive(LATER + 200, taken({ startTime: LATER + 100, endTime: LATER + 150 }));
    expect(watch.runs().map(({ state }) => state)).toEqual(['VANISHED', 'FAILED', 'FAILED']);
  });

  it('waits while the run is in sight, and ends it when the run is gone', () => {
    expect(watch.archive(START + 20, taken())).toBe('waiting');
    expect(watch.only().state).toBe('RUNNING');
    watch.observe(START + 300_000, []);
    expect(watch.only()).toMatchObject({ state: 'FAILED', final: { source: 'archive' } });
    expect(watch.ended()).toEqual({ FAILED: 1 });
    expect(watch.history.takeForeign()).toEqual([]);
  });

  it('is foreign also under another name, when the run is still alive', () => {
    expect(watch.archive(START + 20, taken({ name: 'payments' }))).toBe('waiting');
    watch.observe(START + 300_000, [RUNNING]);
    expect(watch.history.takeForeign()).toHaveLength(1);
    expect(watch.runs()).toHaveLength(1);
  });

  it('waits for longer while the ledger cannot give back another run of its id', () => {
    watch.archive(START + 12, archiveOf({ startTime: START - 1_000, endTime: START - 10 }), '/archive/older');
    expect(watch.archive(START + 20, taken())).toBe('waiting');
    watch.drain();
    let isDamaged = true;
    const read = (key: RunKey): Run => {
      const run = watch.stored.get(keyOf(key));
      if (isDamaged || run === undefined) throw new MedicError('ledger_unusable', 'a damaged page');
      return run;
    };
    watch.history.sleep(() => false, sleepingRuns(read));
    watch.observe(START + 300_000, []);
    expect(watch.history.liveRuns).toBe(1);
    isDamaged = false;
    watch.observe(START + 300_010, []);
    expect(watch.history.liveRuns).toBe(0);
    expect(watch.ended()).toEqual({ FAILED: 2 });
  });

  it('waits for an observation that began after it was read', () => {
    watch.archive(START + 20, taken());
    watch.history.observed(watch.at - 1, watch.at);
    expect(watch.history.takeForeign()).toEqual([]);
    expect(watch.archive(START + 25, taken()), 'offered again').toBe('waiting');
    watch.observe(START + 30, [RUNNING]);
    expect(watch.history.takeForeign()).toEqual([`/archive/${JOB_ID}`]);
  });

  it('is foreign when the run is still alive after that, and said so once', () => {
    watch.archive(START + 20, taken());
    watch.observe(START + 300_000, [RUNNING]);
    expect(watch.only()).toMatchObject({ state: 'RUNNING' });
    expect(watch.history.takeForeign()).toEqual([`/archive/${JOB_ID}`]);
    expect(watch.history.takeForeign()).toEqual([]);
    expect(watch.ended()).toEqual({});
  });

  it('keeps a run from vanishing while it waits', () => {
    watch.observe(START + 20, []);
    watch.observe(START + 30, [RUNNING]);
    watch.archive(START + 40, taken());
    watch.history.answered(watch.only(), 'not_found', 'unavailable', watch.moment);
    watch.settle(START + 50 + GRACE_MS);
    expect(watch.only().state).toBe('UNKNOWN');
  });
});

describe('two submissions that were taken for one run', () => {
  const END = LATER - 5_000;
  const first = archiveOf({ startTime: START, endTime: END, status: 'FINISHED' });

  beforeEach(() => {
    see(RUNNING);
    watch.unreachable(START + 20);
    see(MOVED);
  });

  it('are told apart by the archive of the first; the second stays alive', () => {
    expect(watch.only()).toMatchObject({ startTimes: [START, LATER] });
    watch.archive(LATER + 20, first);
    expect(watch.runs()).toMatchObject([
      { generation: 2, startTimes: [START], seenAlive: true, final: { status: 'FINISHED', endTime: END } },
      { generation: 1, startTimes: [LATER], state: 'RUNNING' },
    ]);
    expect(watch.ended()).toEqual({ FINISHED: 1 });
    expect(watch.history.recoveries.archive).toBe(1);
    watch.archive(LATER + 30, first);
    expect(watch.runs()).toHaveLength(2);
    expect(watch.ended()).toEqual({ FINISHED: 1 });
  });

  it('are told apart also when the second has ended', () => {
    see(listed({ startTime: LATER, state: 'FAILED', endTime: LATER + 50 }), LATER + 60);
    watch.archive(LATER + 70, first);
    expect(watch.runs().map(({ state }) => state)).toEqual(['FINISHED', 'FAILED']);
    expect(watch.ended()).toEqual({ FINISHED: 1, FAILED: 1 });
  });

  it('stay one run when the archive is of the last life', () => {
    watch.archive(LATER + 20, archiveOf({ startTime: LATER, endTime: LATER + 15 }));
    watch.observe(LATER + 30, []);
    expect(watch.only()).toMatchObject({ state: 'FAILED', startTimes: [START, LATER], failovers: 1 });
  });
});
