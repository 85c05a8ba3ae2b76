/** What an export costs and takes along: `put` and `remove` of the stores are counted, never timed. */

import { describe, expect, it, vi } from 'vitest';
import { type ClusterStatus, unseenCluster } from '../../src/core/cluster-status.ts';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import { MedicError } from '../../src/core/errors.ts';
import type { ListedJob } from '../../src/core/facts.ts';
import type { Run, RunKey } from '../../src/core/run.ts';
import { sleepingRuns } from '../../src/core/sleeping-run.ts';
import { type ClusterNow, type ExportLimits, FactExporter } from '../../src/metrics/fact-exporter.ts';
import { listed } from '../core/support/facts.ts';

const HOUR = 3_600_000;
const START = 1_000 * HOUR;
const LIMITS: ExportLimits = { maxJobs: 1_000, endedRunsMs: 24 * HOUR, supersededSeriesMs: HOUR };
const UP = { up: true, lastObservedAt: START };
const NO_JOBS: ReadonlySet<string> = new Set();

function scene(limits: Partial<ExportLimits> = {}, seen: Partial<ClusterStatus> = UP) {
  const history = new ClusterHistory('prod', { runs: [], names: [] });
  const exporter = new FactExporter({ ...LIMITS, ...limits });
  const put = vi.spyOn(exporter.runs, 'put');
  const remove = vi.spyOn(exporter.runs, 'remove');
  const runsOf = vi.spyOn(history, 'runsOf');
  let status: ClusterStatus = { ...unseenCluster('prod', true), ...seen };
  const now = (at: number, more: Partial<ClusterNow> = {}): ClusterNow => ({
    history,
    status,
    expectedJobs: NO_JOBS,
    counted: true,
    jobManagerNow: at,
    ...more,
  });
  return {
    history,
    exporter,
    now,
    see: (at: number, jobs: readonly ListedJob[]): void =>
      history.listed(jobs, new Map(), { at: at - HOUR, jobManagerAt: at }),
    become: (next: Partial<ClusterStatus>): void => void (status = { ...status, ...next }),
    /** What was asked and told since the last call. */
    told: () => {
      const calls = [runsOf.mock.calls.length, put.mock.calls.length, remove.mock.calls.length];
      for (const spy of [runsOf, put, remove]) spy.mockClear();
      return calls;
    },
    /** The ids of the exported runs. */
    shown: () => {
      const text = Buffer.concat(exporter.runs.snapshot().flatMap(({ pieces }) => pieces)).toString();
      return [...new Set(text.match(/(?<=job_id=")\w+/g))].toSorted();
    },
  };
}

function job(id: string, more: Partial<ListedJob> = {}): ListedJob {
  return listed({ jobId: id, name: `job-${id}`, startTime: START, ...more });
}

const many = Array.from({ length: 500 }, (_value, index) => job(String(index)));
const failed = (id: string, endTime: number, more: Partial<ListedJob> = {}): ListedJob =>
  job(id, { state: 'FAILED', endTime, startTime: endTime - 1, ...more });

describe('an export', () => {
  it('looks at nothing when only the status of the cluster moved', () => {
    const { exporter, now, see, become, told } = scene();
    see(START, many);
    exporter.exportCluster(now(START));
    told();
    become({ requests: 7, lastObservedAt: START + 1 });
    exporter.exportCluster(now(START), []);
    expect(told()).toEqual([0, 0, 0]);
    expect(Buffer.concat(exporter.clusters.snapshot().flatMap(({ pieces }) => pieces)).toString()).toContain(
      'flink_cluster_requests_total{flink_cluster="prod"} 7\n',
    );
  });

  it('puts only the runs of the names that changed', () => {
    const { exporter, now, see, told } = scene();
    see(START, many);
    exporter.exportCluster(now(START));
    told();
    see(START + 1, [...many.slice(1), job('0', { state: 'FAILING' })]);
    exporter.exportCluster(now(START + 1), ['job-0']);
    expect(told().slice(1)).toEqual([1, 0]);
    exporter.exportCluster(now(START + 1), ['job-0', 'job-1']);
    expect(told().slice(1)).toEqual([0, 0]);
  });

  it('follows what every name depends on', () => {
    const { exporter, now, see, become, shown } = scene({}, {});
    see(START, [job('1'), failed('2', START)]);
    const names = (): string => Buffer.concat(exporter.names.snapshot().flatMap(({ pieces }) => pieces)).toString();
    exporter.exportCluster(now(START, { counted: false }));
    expect(shown()).toEqual(['2']);
    expect(names()).toBe('');
    become(UP);
    exporter.exportCluster(now(START, { counted: false }), []);
    expect(shown()).toEqual(['1', '2']);
    expect(names()).toContain('flink_job_live_runs{flink_cluster="prod",job_name="job-2"} 0\n');
    expect(names()).not.toContain('flink_job_runs_ended_total');
    exporter.exportCluster(now(START), []);
    expect(names()).toContain('flink_job_runs_ended_total{flink_cluster="prod",job_name="job-2",status="FAILED"} 1\n');
    exporter.exportCluster(now(START, { expectedJobs: new Set(['more']) }), []);
    expect(names()).toContain('flink_job_expected{flink_cluster="prod",job_name="more"} 1\n');
    exporter.exportCluster(now(START), []);
    expect(names()).not.toContain('more');
    exporter.setLimits({ ...LIMITS, endedRunsMs: 0 });
    exporter.exportCluster(now(START + 1), []);
    expect(shown()).toEqual(['1']);
  });

  it('judges no run again for what only names show', () => {
    const { history, exporter, now, see, become, told } = scene({}, { up: true });
    const isNewest = vi.spyOn(history, 'isNewest');
    see(START, many);
    exporter.exportCluster(now(START, { counted: false }));
    expect(isNewest).toHaveBeenCalledTimes(many.length);
    told();
    become(UP);
    exporter.exportCluster(now(START, { counted: false }), []);
    exporter.exportCluster(now(START), []);
    exporter.exportCluster(now(START, { expectedJobs: new Set(['job-7']) }), []);
    expect(isNewest).toHaveBeenCalledTimes(many.length);
    expect(told().slice(1)).toEqual([0, 0]);
    const names = Buffer.concat(exporter.names.snapshot().flatMap(({ pieces }) => pieces)).toString();
    for (const line of [
      'live_runs{flink_cluster="prod",job_name="job-7"} 1\n',
      'expected{flink_cluster="prod",job_name="job-7"} 1\n',
    ])
      expect(names).toContain(line);
  });

  it('takes along the other names of a job id, of which only the newest run is exported', () => {
    const { exporter, now, see } = scene();
    const newest = { jobId: '1', startTime: START + 10, name: 'renamed' };
    see(START + 5, [failed('1', START)]);
    exporter.exportCluster(now(START + 5));
    see(START + 20, [job('1', newest)]);
    exporter.exportCluster(now(START + 20), ['renamed']);
    const text = Buffer.concat(exporter.runs.snapshot().flatMap(({ pieces }) => pieces)).toString();
    expect(new Set(text.match(/job_name="[^"]*"/g))).toEqual(new Set(['job_name="renamed"']));
  });

  it('shows superseded runs while they sleep, and reads nothing of them', () => {
    const { history, exporter, now, see, shown } = scene();
    see(
      START,
      ['1', '2', '3'].map((id, index) => failed(id, START + 3 * index - 9, { name: 'orders' })),
    );
    const stored = new Map([...history.runsOf('orders')].map((run) => [run.jobId, run]));
    const read: string[] = [];
    const whole = ({ jobId }: RunKey): Run => {
      read.push(jobId);
      const run = stored.get(jobId);
      if (run === undefined) throw new Error('the ledger cannot be read');
      return run;
    };
    history.drain();
    history.sleep(() => false, sleepingRuns(whole));
    exporter.exportCluster(now(START));
    expect([shown(), read]).toEqual([['1', '2', '3'], ['3']]);
    // Somebody else wakes them.
    for (const id of ['1', '2']) expect(history.generations(id)).toEqual([stored.get(id)]);
    stored.clear();
    exporter.exportCluster(now(START));
    expect([shown(), read]).toEqual([
      ['1', '2', '3'],
      ['3', '1', '2'],
    ]);
  });

  it('gives a run its families back soon after the ledger can be read again', () => {
    const { history, exporter, now, see, told } = scene();
    see(START, [failed('1', START - 5)]);
    const { runs } = history.drain();
    let isReadable = false;
    const read = (): Run => {
      const [run] = runs;
      if (run === undefined || !isReadable) throw new MedicError('ledger_unusable', 'it cannot be read');
      return run;
    };
    history.sleep(() => false, sleepingRuns(read));
    const families = (): boolean[] => {
      const text = Buffer.concat(exporter.runs.snapshot().flatMap(({ pieces }) => pieces)).toString();
      return ['flink_job_final_status', 'flink_job_failovers_total'].map((family) => text.includes(family));
    };
    exporter.exportCluster(now(START));
    expect(families()).toEqual([true, false]);
    isReadable = true;
    exporter.expire(now(START + 60_000));
    expect(families()).toEqual([true, true]);
    told();
    exporter.expire(now(START + 120_000));
    expect(told()).toEqual([0, 0, 0]);
  });

  it('leaves the counters of names without runs to the history', () => {
    const { exporter, history, now } = scene();
    const counters = { cluster: 'prod', name: 'orders', ended: { FINISHED: 0, FAILED: 57, CANCELED: 0 }, vanished: 0 };
    history.recall([], [counters]);
    exporter.exportCluster(now(START));
    expect(history.counters('orders')).toEqual(counters);
  });
});

describe('max_jobs', () => {
  it('keeps live runs and then the youngest, follows changes, and says how many it leaves out', () => {
    const { exporter, now, see, shown, told } = scene({ maxJobs: 2 });
    const runs = [failed('1', START + 10), job('2', { startTime: START }), failed('3', START + 30)];
    see(START + 40, runs.slice(0, 2));
    expect(exporter.exportCluster(now(START + 40))).toBe(0);
    expect(shown()).toEqual(['1', '2']);

    see(START + 40, runs);
    expect(exporter.exportCluster(now(START + 40), ['job-3'])).toBe(1);
    expect(shown()).toEqual(['2', '3']);
    told();
    expect(exporter.exportCluster(now(START + 40), [])).toBe(1);
    expect(told()).toEqual([0, 0, 0]);

    see(START + 40, [...runs, job('4', { startTime: START + 40 })]);
    expect(exporter.exportCluster(now(START + 40), ['job-4'])).toBe(2);
    expect(shown()).toEqual(['2', '4']);

    exporter.setLimits({ ...LIMITS, maxJobs: 3 });
    expect(exporter.exportCluster(now(START + 40), [])).toBe(1);
    expect(shown()).toEqual(['2', '3', '4']);
    exporter.setLimits(LIMITS);
    expect(exporter.exportCluster(now(START + 40), [])).toBe(0);
    expect(shown()).toEqual(['1', '2', '3', '4']);
  });

  it('tells how full the fullest cluster is', () => {
    const { exporter, now, see } = scene({ maxJobs: 4 });
    expect(exporter.fullness).toBe(0);
    see(START + 40, [job('1')]);
    exporter.exportCluster(now(START + 40));
    expect(exporter.fullness).toBe(0.25);
    const test = new ClusterHistory('test', { runs: [], names: [] });
    test.listed(many, new Map(), { at: START - HOUR, jobManagerAt: START });
    exporter.exportCluster(now(START, { history: test, status: { ...unseenCluster('test', true), ...UP } }));
    expect(exporter.fullness).toBe(1);
    exporter.removeCluster('test');
    expect(exporter.fullness).toBe(0.25);
  });

  it('counts anew what it leaves out when time takes a run out', () => {
    const { exporter, now, see, shown } = scene({ maxJobs: 1, endedRunsMs: HOUR });
    see(START + 40, [failed('1', START + 10), failed('2', START)]);
    expect(exporter.exportCluster(now(START + 40))).toBe(1);
    expect(shown()).toEqual(['1']);
    expect(exporter.expire(now(START + HOUR + 5))).toBe(0);
    expect(shown()).toEqual(['1']);
    exporter.expire(now(START + HOUR + 11));
    expect(shown()).toEqual([]);
  });
});

describe('time', () => {
  it('takes ended runs out one after the other, and looks only at names that have one that is due', () => {
    const { exporter, now, see, told, shown } = scene();
    const orders = { name: 'orders' };
    see(START + 40, [
      ...many,
      failed('a', START + 10, orders),
      failed('b', START + 20, orders),
      failed('c', START + 30, orders),
      failed('d', START + 40),
    ]);
    exporter.exportCluster(now(START + 40));
    told();
    exporter.expire(now(START + 10 + HOUR));
    expect(told()).toEqual([0, 0, 0]);
    exporter.expire(now(START + 11 + HOUR));
    expect(told().slice(1)).toEqual([0, 1]);
    expect(shown().filter((id) => /[a-d]/.test(id))).toEqual(['b', 'c', 'd']);
    exporter.expire(now(START + 21 + HOUR));
    expect(shown().filter((id) => /[a-d]/.test(id))).toEqual(['c', 'd']);
    told();
    exporter.expire(now(START + 30 + 24 * HOUR));
    expect(told()).toEqual([0, 0, 0]);
    exporter.expire(now(START + 31 + 24 * HOUR));
    expect(shown().filter((id) => /[a-d]/.test(id))).toEqual(['d']);
    exporter.expire(now(START + 41 + 24 * HOUR));
    expect(shown().filter((id) => /[a-d]/.test(id))).toEqual([]);
    told();
    exporter.expire(now(START + 10_000 * HOUR));
    expect(told()).toEqual([0, 0, 0]);
  });
});
