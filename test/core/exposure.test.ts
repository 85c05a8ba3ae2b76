/** "Bounds" of `metrics.md`: which runs are exported, with how many families, and which are superseded. */

import { beforeEach, describe, expect, it } from 'vitest';
import { byImportance, exportedRuns, supersededAmong } from '../../src/core/exposure.ts';
import type { ListedJob } from '../../src/core/facts.ts';
import { archiveOf, listed } from './support/facts.ts';
import { GRACE_MS, Watch } from './support/watch.ts';

const HOUR = 3_600_000;
const BOUNDS = { endedRunsMs: 7 * 24 * HOUR, supersededSeriesMs: HOUR };
const START = 100 * HOUR;

let watch: Watch;

beforeEach(() => {
  watch = new Watch();
});

function job(jobId: string, startTime: number, more: Partial<ListedJob> = {}): ListedJob {
  return listed({ jobId, startTime, ...more });
}

function endedJob(jobId: string, startTime: number, endTime: number): ListedJob {
  return job(jobId, startTime, { state: 'FAILED', endTime });
}

/** What is exported at a moment, as `id generation: exposure`, with `superseded`. */
function exported(now: number): string[] {
  return exportedRuns(watch.history, 'orders', BOUNDS, now)
    .map(({ run, exposure, ...more }) => {
      return `${run.jobId} ${String(run.generation)}: ${exposure}${more.superseded ? ', superseded' : ''}`;
    })
    .toSorted();
}

describe('exportedRuns', () => {
  it('gives live runs all families, however many and old they are', () => {
    watch.observe(START + 10, [job('a', START), job('b', START + 5)]);
    expect(exported(START + 365 * 24 * HOUR)).toEqual(['a 1: full', 'b 1: full']);
    watch.unreachable(START + 20);
    expect(exported(START + 365 * 24 * HOUR)).toEqual(['a 1: full', 'b 1: full']);
  });

  it('gives the newest ended run all families until the retention, others three for an hour', () => {
    watch.observe(START + 100, [endedJob('a', START, START + 10), endedJob('b', START + 1, START + 20)]);
    expect(exported(START + 100)).toEqual(['a 1: ended', 'b 1: full']);
    expect(exported(START + 10 + HOUR)).toEqual(['a 1: ended', 'b 1: full']);
    expect(exported(START + 11 + HOUR)).toEqual(['b 1: full']);
    expect(exported(START + 20 + 7 * 24 * HOUR)).toEqual(['b 1: full']);
    expect(exported(START + 21 + 7 * 24 * HOUR)).toEqual([]);
  });

  it('keeps the newest ended run beside a live one', () => {
    watch.observe(START + 100, [endedJob('a', START, START + 10), job('b', START + 20)]);
    expect(exported(START + 2 * HOUR)).toEqual(['a 1: full, superseded', 'b 1: full']);
  });

  it('exports only the newest generation of a job id', () => {
    watch.observe(START + 100, [endedJob('a', START, START + 10)]);
    watch.observe(START + 200, [job('a', START + 150)]);
    expect(exported(START + 200)).toEqual(['a 2: full']);
    watch.archive(START + 300, archiveOf({ jobId: 'a', startTime: START - 100, endTime: START - 50 }));
    expect(exported(START + 300)).toEqual(['a 2: full']);
  });

  it('is the same after a restart, also for two runs that ended at the same time', () => {
    watch.observe(START + 100, [endedJob('b', START, START + 10), endedJob('a', START, START + 10)]);
    const before = exported(START + 100);
    watch.observe(START + 110, [endedJob('a', START, START + 10)]);
    watch.archive(START + 120, archiveOf({ jobId: 'b', startTime: START, endTime: START + 10 }));
    expect(exported(START + 100)).toEqual(before);
    watch.restart();
    expect(exported(START + 100)).toEqual(before);
  });

  it('knows nothing of another name', () => {
    watch.observe(START + 100, [job('a', START, { name: 'payments' })]);
    expect(exported(START + 100)).toEqual([]);
  });
});

/** Whether the oldest run is superseded. */
function superseded(): boolean {
  const [first] = watch.runs();
  return first !== undefined && supersededAmong(watch.history.runsOf('orders'))(first);
}

describe('supersededAmong', () => {
  const END = START + 1_000;

  beforeEach(() => watch.observe(START + 2_000, [endedJob('a', START, END)]));

  it('is not superseded by itself, nor while nothing follows', () => {
    expect(superseded()).toBe(false);
    watch.observe(START + 2_500, [endedJob('b', START - 5, START - 5)]);
    expect(watch.only('b').final?.endTime).toBe(watch.only('b').startTimes[0]);
    expect(supersededAmong([watch.only('b')])(watch.only('b'))).toBe(false);
  });

  it.each([
    ['reached RUNNING', {}],
    ['itself ended', { state: 'FAILED', endTime: END + 10 } as const],
  ])('is superseded by a run that started at its end and has %s', (_, more) => {
    watch.observe(START + 3_000, [job('b', END, more)]);
    expect(superseded()).toBe(true);
  });

  it.each(['INITIALIZING', 'CREATED', 'RESTARTING'] as const)('is not superseded by one that is %s', (state) => {
    watch.observe(START + 3_000, [job('b', END, { state })]);
    expect(superseded()).toBe(false);
  });

  it('is not superseded by one that ran beside it, nor by one of another name', () => {
    watch.observe(START + 3_000, [job('b', END - 1), job('c', END, { name: 'payments' })]);
    expect(superseded()).toBe(false);
  });

  it('is superseded by the next generation of its id', () => {
    watch.observe(START + 3_000, [job('a', END + 5)]);
    expect(superseded()).toBe(true);
  });

  it('stays superseded when the run that followed is lost from sight', () => {
    watch.observe(START + 3_000, [job('b', END)]);
    watch.unreachable(START + 4_000);
    expect(superseded()).toBe(true);
  });

  it('never holds for a live run', () => {
    watch.observe(START + 3_000, [job('b', END), job('c', END + 50)]);
    watch.unreachable(START + 4_000);
    const live = watch.runs().filter((run) => run.final === undefined);
    expect(live.map((run) => supersededAmong(watch.history.runsOf('orders'))(run))).toEqual([false, false]);
  });

  it('takes for the end of a run that VANISHED when it was last seen', () => {
    watch.observe(START + 3_000, [job('b', END)]);
    watch.observe(START + 9_000, [job('c', START + 5_000)]);
    watch.settle(START + 9_000 + GRACE_MS);
    const b = watch.only('b');
    expect(b).toMatchObject({ state: 'VANISHED', final: { endTime: START + 3_000 } });
    expect(supersededAmong(watch.history.runsOf('orders'))(b)).toBe(true);
  });
});

it('max_jobs keeps live runs before ended ones, then the youngest', () => {
  watch.observe(START + 100, [
    endedJob('old', START, START + 10),
    job('first', START),
    endedJob('new', START, START + 20),
    job('second', START + 1),
  ]);
  expect(
    watch
      .runs()
      .toSorted(byImportance)
      .map((run) => run.jobId),
  ).toEqual(['second', 'first', 'new', 'old']);
});
