import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCheckpointConfig } from '../../../src/flink/documents/checkpoint-config.ts';
import { parseCheckpointStatistics } from '../../../src/flink/documents/checkpoint-statistics.ts';
import { parseClusterOverview } from '../../../src/flink/documents/cluster-overview.ts';
import { parseDashboardConfig } from '../../../src/flink/documents/dashboard-config.ts';
import { parseExceptionHistory } from '../../../src/flink/documents/exception-history.ts';
import { parseNotStarted, parseStarted } from '../../../src/flink/documents/jar-run.ts';
import { parseJars, parseUploadedJar } from '../../../src/flink/documents/jars.ts';
import { parseJobDetails } from '../../../src/flink/documents/job-details.ts';
import { parseJobManagerConfig } from '../../../src/flink/documents/job-manager-config.ts';
import { parseJobMetrics } from '../../../src/flink/documents/job-metrics.ts';
import { parseJobsOverview } from '../../../src/flink/documents/jobs-overview.ts';

const STATES = {
  running: 'RUNNING',
  restarting: 'RESTARTING',
  finished: 'FINISHED',
  canceled: 'CANCELED',
  failed: 'FAILED',
  'failed-in-initialisation': 'FAILED',
} as const;

describe.each(['1.20.3', '2.3.0'])('what a real Flink %s said', (version) => {
  const is23 = version === '2.3.0';
  const recorded = (path: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../fixtures/flink-${version}/rest/${path}.json`, import.meta.url), 'utf8'));

  it('the cluster', () => {
    expect(parseClusterOverview(recorded('overview'))).toMatchObject({ taskmanagers: 1, slots: 8, version });
    expect(parseDashboardConfig(recorded('config'))).toEqual({ version, webSubmit: true, webHistory: false });
    const config = parseJobManagerConfig(recorded('jobmanager-config'));
    expect(config.get('jobmanager.archive.fs.dir')).toBe('file:///opt/flink/run/archive');
  });

  it('the list of jobs', () => {
    const { jobs, misfits } = parseJobsOverview(recorded('jobs-overview'));
    expect(misfits).toEqual([]);
    expect(Object.fromEntries(jobs.map((job) => [job.name, job.state]))).toEqual(STATES);
    const failed = jobs.find((job) => job.name === 'failed');
    expect(failed).toMatchObject({ tasks: { FAILED: 1, CANCELED: 1, RUNNING: 0 } });
    expect(failed?.jobType).toBe(is23 ? 'STREAMING' : undefined);
    expect(failed?.scheduler).toBe(is23 ? 'Default' : undefined);
  });

  it.each(Object.entries(STATES))('the job %s', (name, state) => {
    const details = parseJobDetails(recorded(`jobs/${name}/details`));
    const ended = ['FINISHED', 'CANCELED', 'FAILED'].includes(state);
    expect(details).toMatchObject({ name, state, jobType: 'STREAMING', startTime: details.timestamps.INITIALIZING });
    expect(details.endTime).toBe(ended ? details.timestamps[state] : undefined);
    expect(details.applicationId).toBe(is23 && name !== 'failed-in-initialisation' ? details.jobId : undefined);
    expect(parseCheckpointConfig(recorded(`jobs/${name}/checkpoints-config`))).toEqual({
      intervalMs: 1000,
      timeoutMs: 600_000,
      retained: true,
      deletedOnCancellation: false,
    });
    expect(() => parseJobMetrics(recorded(`jobs/${name}/metrics`))).not.toThrow();
  });

  it('the checkpoints of the job that failed after three restarts', () => {
    const statistics = parseCheckpointStatistics(recorded('jobs/failed/checkpoints'));
    expect(statistics).toMatchObject({ restored: 3, completed: 1, latestRestored: { id: 1 } });
    expect(statistics?.latestCompleted).toMatchObject({ id: 1, kind: 'checkpoint', discarded: false });
    expect(statistics?.latestCompleted?.path).toMatch(/^file:\/opt\/flink\/.*\/chk-1$/);
    expect(parseJobMetrics(recorded('jobs/failed/metrics')).numRestarts).toBe(3);
  });

  it('the exceptions of that job: the wrapper without a task, then one of each attempt', () => {
    const { entries, truncated } = parseExceptionHistory(recorded('jobs/failed/exceptions'));
    expect(truncated).toBe(false);
    expect(entries.map((entry) => entry.taskName)).toEqual([
      undefined,
      'count (1/1) - execution #2',
      'count (1/1) - execution #1',
      'count (1/1) - execution #0',
    ]);
    expect(entries[0]?.exceptionName).toBe('org.apache.flink.runtime.JobException');
    expect(entries[0]?.concurrent[0]).toMatchObject({ taskName: 'count (1/1) - execution #3' });
    expect(parseExceptionHistory(recorded('jobs/running/exceptions')).entries).toEqual([]);
  });

  it('the jars', () => {
    const id = parseUploadedJar(recorded('jars/upload'));
    expect(id).toMatch(/^[0-9a-f-]{36}_counting-job\.jar$/);
    expect(parseJars(recorded('jars/list'))).toEqual([
      { id, name: 'counting-job.jar', uploadedAt: expect.any(Number) },
    ]);
  });

  it('the run of a jar', () => {
    expect(parseStarted(recorded('jars/started'))).toEqual({
      started: true,
      jobId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(parseNotStarted(recorded('jars/started'))).toBeUndefined();
    expect(parseNotStarted(recorded('jars/jar-missing'))).toEqual({
      started: false,
      jarMissing: true,
      detail: expect.stringMatching(/: Jar file \/opt\/flink\/run\/\S+_counting-job\.jar does not exist$/),
    });
    expect(parseNotStarted(recorded('jars/class-missing'))).toEqual({
      started: false,
      jarMissing: false,
      detail: expect.stringContaining("entry point class 'medic.job.None' was not found"),
    });
  });

  it('the run with an option that cannot be read', () => {
    expect(parseNotStarted(recorded('jars/option-wrong'))).toEqual({
      started: false,
      jarMissing: false,
      detail: "java.lang.IllegalArgumentException: Could not parse value 'many' for key 'parallelism.default'.",
    });
  });

  it.each(['main-failed', 'snapshot-missing', 'duplicate'])(
    'of the run %s nothing that proves that nothing ran',
    (name) => {
      expect(parseNotStarted(recorded(`jars/${name}`))).toBeUndefined();
    },
  );
});
