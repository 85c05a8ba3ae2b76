/** The parts of the demo that are pure. The whole is in `demo.real.test.ts`. */

import { describe, expect, it } from 'vitest';
import { checksFor, resultText, runChecks } from '../../examples/demo/checks.ts';
import { readOptions } from '../../examples/demo/options.ts';
import { restartChecksFor } from '../../examples/demo/restart-checks.ts';
import { type Output, Screen } from '../../examples/demo/screen.ts';
import { changedJobs, jobTable } from '../../examples/demo/table.ts';
import { timeline } from '../../examples/demo/timeline.ts';
import { newestRun } from '../../examples/demo/watch.ts';
import type { IncidentStoryResource } from '../../src/http/incident-resources.ts';
import type { RunResource } from '../../src/http/resources.ts';

const failure = { exception: 'medic.job.PoisonRecordException', message: '', task: 'count', time: '' };
const orders = run('orders', { state: 'RUNNING', restarts: 0 });
const lost = run('orders', { state: 'UNKNOWN', reason: 'jobmanager_unreachable', restarts: 0 });
const invoices = run('invoices', { state: 'FINISHED', source: 'live', restarts: 0 });
const payments = run('payments', { state: 'FAILED', source: 'archive', restarts: 3, last_failure: failure });

function run(name: string, more: Partial<RunResource>): RunResource {
  const common = { flink_cluster: 'demo', job_id: name, job_name: name, generation: 1, failovers: 0 };
  return { ...common, state: 'RUNNING', start: '', state_entered: '', ...more };
}

describe('the table', () => {
  it('shows states, final status with source, restarts and the last failure, in 80 columns', () => {
    const text = jobTable([invoices, lost, payments]);
    expect(text).toBe(
      [
        'JOB       STATE     FINAL STATUS OR REASON   RESTARTS  LAST FAILURE',
        'invoices  FINISHED  FINISHED (source live)   0',
        'orders    UNKNOWN   jobmanager_unreachable   0',
        'payments  FAILED    FAILED (source archive)  3         PoisonRecordException',
      ].join('\n'),
    );
  });

  it('names only what changed', () => {
    expect(changedJobs([orders, invoices], [lost, invoices, payments])).toEqual([
      'orders: UNKNOWN (jobmanager_unreachable), restarts 0',
      'payments: FAILED, restarts 3, final status FAILED (source archive), last failure medic.job.PoisonRecordException in count',
    ]);
    expect(changedJobs([], [run('a\u001b[2J', {})])).toEqual(['a·[2J: RUNNING']);
  });
});

function screenOf(terminal: Pick<Output, 'isTTY' | 'columns'>): { screen: Screen; written: string[] } {
  const written: string[] = [];
  return { screen: new Screen({ ...terminal, write: (text) => written.push(text) }), written };
}

describe('the screen', () => {
  it('draws the table again in its place on a terminal, with text above it', () => {
    const { screen, written } = screenOf({ isTTY: true, columns: 12 });
    screen.show([orders]);
    screen.show([orders]);
    screen.say('Killed.');
    screen.show([lost]);
    expect(written).toEqual([
      '\nJOB     STAT\norders  RUNN\n',
      '\u001b[3A\u001b[JKilled.\n\nJOB     STAT\norders  RUNN\n',
      '\u001b[3A\u001b[J\nJOB     STAT\norders  UNKN\n',
    ]);
  });

  it('appends changes elsewhere, and nothing once it is closed', () => {
    const { screen, written } = screenOf({});
    screen.say('Three jobs:');
    screen.show([orders, invoices]);
    screen.show([lost, invoices]);
    screen.close();
    screen.say('never seen');
    expect(written).toEqual([
      'Three jobs:\n',
      '  orders: RUNNING, restarts 0\n  invoices: FINISHED, restarts 0, final status FINISHED (source live)\n',
      '  orders: UNKNOWN (jobmanager_unreachable), restarts 0\n',
    ]);
  });
});

describe('the checks', () => {
  const checks = checksFor('demo', [invoices, orders, payments]);
  const good = checks.filter(({ absent }) => !absent).map(({ wanted }) => wanted);

  it('pass on an exposition that has each line and none of the unwanted ones', () => {
    expect(runChecks(checks, good.join('\n')).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('fail one by one when a line is missing or has another value, and show what is there instead', () => {
    for (const missing of good) {
      const others = good.filter((text) => text !== missing);
      const failed = runChecks(checks, others.join('\n')).filter(({ ok }) => !ok);
      expect(failed.map(({ wanted }) => wanted)).toEqual([missing]);
    }
    const wrong = good.join('\n').replace('source="live"', 'source="none"');
    const failed = runChecks(checks, wrong).filter(({ ok }) => !ok);
    const of = 'flink_job_final_status{flink_cluster="demo",job_id="invoices",job_name="invoices",status="FINISHED"';
    expect(failed.map(resultText)).toEqual([
      `FAILED  ${of},source="live"} 1\n        but there is ${of},source="none"} 1`,
    ]);
  });

  it('fail when a job that nobody can see has a final status', () => {
    const lie = 'flink_job_final_status{flink_cluster="demo",job_id="orders",job_name="orders",status="FAILED"} 1';
    const failed = runChecks(checks, [...good, lie].join('\n')).filter(({ ok }) => !ok);
    expect(failed.map(({ found }) => found)).toEqual([[lie]]);
  });
});

/** So many seconds into the year. */
function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
}

describe('the restart', () => {
  const failed = run('payments', {
    job_id: 'a',
    start: '2026-01-01T00:00:00.000Z',
    state: 'FAILED',
    source: 'archive',
  });
  const back = run('payments', { job_id: 'b', start: '2026-01-01T00:10:00.000Z', state: 'RUNNING' });

  it('is about the newest run of the job', () => {
    expect(newestRun([back, orders, failed], 'payments')).toBe(back);
    expect(newestRun([orders], 'payments')).toBeUndefined();
  });

  it('has checks that fail for a second copy, a second attempt, and an incident that is not over', () => {
    const checks = restartChecksFor('demo', failed, back);
    const good = checks.filter(({ absent }) => !absent).map(({ wanted }) => wanted);
    const failing = (from: RegExp, to: string): string[] =>
      runChecks(checks, good.join('\n').replace(from, to))
        .filter(({ ok }) => !ok)
        .map(({ wanted }) => wanted.split('{')[0] ?? '');
    expect(failing(/^$/, '')).toEqual([]);
    expect(failing(/(live_runs.*) 1$/m, '$1 2')).toEqual(['flink_job_live_runs']);
    expect(failing(/(succeeded"}) 1$/m, '$1 2')).toEqual(['flink_medic_restart_attempts_total']);
    const incident = 'flink_medic_incident{flink_cluster="demo",job_name="payments",state="unconfirmed",reason=""} 1';
    expect(failing(/$/, `\n${incident}`)).toEqual(['flink_medic_incident']);
  });

  it('shows where the time went, in the order in which things happened', () => {
    const story = {
      end: at(0),
      closed: at(30),
      triggers: [{ starts_at: at(1), first: at(2.5) }],
      attempts: [{ intended: at(12.5), submitted: at(14), running: at(13) }],
    } as unknown as IncidentStoryResource;
    expect(timeline(story, undefined)).toBe(
      [
        'STEP              AFTER   TOOK',
        'ended             0.0 s   0.0 s',
        'the alert began   1.0 s   1.0 s',
        'the webhook came  2.5 s   1.5 s',
        'decided           12.5 s  10.0 s',
        'RUNNING           13.0 s  0.5 s',
        'submitted         14.0 s  1.0 s',
        'confirmed         30.0 s  16.0 s',
      ].join('\n'),
    );
    expect(timeline(story, at(0.3))).toContain('seen by flink-medic  0.3 s   0.3 s');
  });
});

describe('the options', () => {
  it.each([
    [['--flink', 'two'], '"two" is no Flink version'],
    [['--flink', '2.3.0', '--fake'], '--fake and --flink exclude each other'],
    [['--twice'], "Unknown option '--twice'"],
    [['fake'], 'Unexpected argument'],
  ])('refuse %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
