/** The first page: what it says is broken, and for whom. */

import { describe, expect, it } from 'vitest';
import { FakeDesk } from '../restart-fixtures.ts';
import { clusterOf, endedRun, HOUR, incidentOf, known, NOW, runOf, type Shown, showing } from '../pages/fixtures.ts';

async function fleet(shown: Shown): Promise<string> {
  const { status, text } = await (await showing(shown))('/');
  expect(status).toBe(200);
  return text;
}

/** What stands between a heading and the next. */
function section(text: string, heading: string): string {
  return text.split(`<h2>${heading}`)[1]?.split('<h2>')[0] ?? '';
}

const NEEDED = 'Needs somebody';
const AT_IT = 'flink-medic is at it';

describe('the first page', () => {
  it('says when nothing needs anybody', async () => {
    const text = await fleet({ runs: [known(runOf())] });
    expect(text).toContain('Nothing is down, lost or stuck.');
    expect(text).not.toContain(NEEDED);
    expect(text).toContain('<a href="./ui/jobs?state=RUNNING"><b>1</b>');
  });

  it('names a job that failed, why, and what was decided', async () => {
    const failed = endedRun('FAILED', {
      lastFailure: { exception: 'com.example.Broken', message: 'it broke', task: '', labels: '', timestamp: NOW },
    });
    const needed = section(await fleet({ runs: [known(failed)], incidents: [incidentOf(failed)] }), NEEDED);
    expect(needed).toContain(`href="./ui/jobs/prod/${failed.jobId}"`);
    expect(needed).toContain('1 min ago');
    expect(needed).toContain('Broken</bdi></strong>: <bdi>it broke');
    expect(needed).toContain('No restart policy matches the job.');
    expect(needed).toContain('To do: Add a policy under restart.policies.');
  });

  it('says why there is no incident', async () => {
    const runs = [known(endedRun('VANISHED'))];
    expect(section(await fleet({ runs }), NEEDED)).toContain('No policy matches it: flink-medic leaves it to people.');
    const policy = { name: 'streams', attemptsLeft: 3, attempts: 3, perMs: 3_600_000 };
    expect(section(await fleet({ runs, policy }), NEEDED)).toContain('No incident: nobody asked for a restart.');
  });

  it('keeps what flink-medic mends by itself apart', async () => {
    const failed = endedRun('FAILED');
    for (const [state, reason, where] of [
      ['submitting', undefined, AT_IT],
      ['confirming', undefined, AT_IT],
      ['deferred', 'back_off', AT_IT],
      ['deferred', undefined, AT_IT],
      ['deferred', 'paused', NEEDED],
      ['deferred', 'no_restore_point', NEEDED],
      ['unconfirmed', undefined, NEEDED],
      ['exhausted', 'budget_exhausted', NEEDED],
    ] as const) {
      const { reason: _none, ...rest } = incidentOf(failed);
      const incident = { ...rest, state, ...(reason && { reason }) };
      const text = await fleet({ runs: [known(failed)], incidents: [incident] });
      const shown = [NEEDED, AT_IT].filter((heading) => section(text, heading).includes('orders'));
      expect([state, reason, shown]).toEqual([state, reason, [where]]);
    }
  });

  it('says how to end an attempt that nobody can see', async () => {
    const { reason: _none, ...rest } = incidentOf(endedRun('FAILED'), { state: 'unconfirmed' });
    const text = await fleet({ runs: [known(endedRun('FAILED'))], incidents: [rest] });
    expect(section(text, NEEDED)).toContain('flink-medic release 7');
  });

  it('is silent about what is over', async () => {
    const failed = endedRun('FAILED');
    const newer = runOf({ jobId: '5'.repeat(32), startTimes: [NOW - 30_000] });
    const incident = incidentOf(failed);
    for (const runs of [
      [known(newer), known(failed, true)],
      [known(newer), known(failed)],
      [known(endedRun('CANCELED'))],
      [known(endedRun('FINISHED'))],
    ]) {
      expect(await fleet({ runs, incidents: [incident] })).toContain('Nothing is down, lost or stuck.');
    }
  });

  it('tells of the incident again when the run that it started is lost', async () => {
    const failed = endedRun('FAILED');
    const attempts = new FakeDesk().incident(7)?.attempts ?? [];
    const again = endedRun('FAILED', { jobId: attempts[0]?.request.jobId ?? '', startTimes: [NOW - 30_000] });
    const incident = incidentOf(failed, { state: 'exhausted', reason: 'exhausted', attempts });
    const text = await fleet({ runs: [known(again), known(failed, true)], incidents: [incident] });
    expect(section(text, NEEDED)).toContain('incident 7');
  });

  it('counts what ended more than a day ago, and does not list it', async () => {
    const old = endedRun('FAILED', {}, NOW - 25 * HOUR);
    const text = await fleet({ runs: [known(old)] });
    expect(text).not.toContain(NEEDED);
    expect(text).toContain('1 more job FAILED or VANISHED more than a day ago');
  });

  it('names expected jobs that are missing, ended or run twice', async () => {
    const expected = clusterOf('prod', { expectedJobs: ['gone', 'orders', 'done'] });
    const twice = ['5', '6'].map((digit) => known(runOf({ jobId: digit.repeat(32) })));
    const done = known(endedRun('FINISHED', { name: 'done', jobId: '7'.repeat(32) }));
    const needed = section(await fleet({ clusters: [expected], runs: [...twice, done] }), NEEDED);
    const rows = [...needed.matchAll(/<bdi>(\w+)<\/bdi><\/a>.*?<span class="badge bad">([^<]+)/g)];
    expect(rows.map(([, name, what]) => [name, what])).toEqual([
      ['gone', 'missing'],
      ['done', 'missing'],
      ['orders', 'running twice'],
    ]);
  });

  it('says once that a cluster is down, and not of each of its jobs', async () => {
    const unknown = known(runOf({ state: 'UNKNOWN', reason: 'jobmanager_unreachable' }));
    const down = await fleet({
      clusters: [clusterOf('prod', { up: false, expectedJobs: ['orders', 'gone'] })],
      runs: [unknown],
    });
    expect(down).toContain('prod</bdi>: no JobManager answers.');
    expect(down).not.toContain(NEEDED);
    const up = await fleet({ runs: [unknown] });
    expect(section(up, NEEDED)).toContain('jobmanager_unreachable');
    expect(section(up, NEEDED)).toContain('Nothing is restarted before its end is known.');
  });

  it('says once that an archive folder cannot be listed, whoever uses it', async () => {
    const files = { indexed: 0, incomplete: 0, unreadable: 0, unattributed: 0 };
    const archive = { archive: '/archive', cluster: '', up: false, files, lastScanAt: NOW, scanMs: 1, readBytes: 0 };
    const clusters = ['prod', 'test'].map((name) => clusterOf(name, { archives: [archive] }));
    expect((await fleet({ clusters })).match(/The archives at <bdi>\/archive<\/bdi> cannot be listed/g)).toHaveLength(
      1,
    );
  });

  it('says plainly what holds restarts back', async () => {
    const text = await fleet({
      switches: {
        mode: 'dry_run',
        pausedSince: new Map([
          ['', NOW - HOUR],
          ['prod', NOW],
        ]),
        openBreakers: [{ cluster: 'prod', openedAt: NOW, detail: '5 of 6 jobs failed' }],
      },
      readiness: { ready: false, waitingFor: ['the ledger'] },
      configuration: { isReloaded: false },
    });
    for (const said of [
      'Dry run (restart.mode)',
      'Restarts of all clusters are paused',
      '<code>flink-medic resume</code>',
      '<code>flink-medic resume prod</code>',
      '<code>flink-medic breaker close prod</code>',
      '5 of 6 jobs failed',
      'it waits for the ledger',
      'could not be loaded again',
    ]) {
      expect(text).toContain(said);
    }
    const off = await fleet({ switches: { mode: 'off' } });
    expect(off).toContain('Restarts are off (restart.mode)');
    expect(off).toContain('Nothing is down, lost or stuck.');
  });

  it('names jobs that stay in a state that should pass', async () => {
    for (const [state, minutes, isTrouble] of [
      ['RESTARTING', 16, true],
      ['RESTARTING', 14, false],
      ['CANCELLING', 6, true],
      ['CANCELLING', 4, false],
      ['RUNNING', 10_000, false],
    ] as const) {
      const needed = section(
        await fleet({ runs: [known(runOf({ state, stateEnteredAt: NOW - minutes * 60_000 }))] }),
        NEEDED,
      );
      expect([state, minutes, needed.includes(`${state}</span>`)]).toEqual([state, minutes, isTrouble]);
      expect(needed.includes('Left alone, because it may be alive')).toBe(isTrouble);
    }
  });

  it('gives commands that a shell takes, whatever the cluster is called', async () => {
    const pausedSince = new Map([["it's <prod> $(id)", NOW]]);
    expect(await fleet({ switches: { pausedSince } })).toContain(
      String.raw`<code>flink-medic resume &#39;it&#39;\&#39;&#39;s &lt;prod&gt; $(id)&#39;</code>`,
    );
  });

  it('does not call it fine when nothing is watched', async () => {
    const text = await fleet({ clusters: [] });
    expect(text).toContain('None is configured: nothing is watched.');
    expect(text).not.toContain('Nothing is down, lost or stuck.');
  });

  it('stays short however many jobs are broken', async () => {
    const runs = Array.from({ length: 1000 }, (_, index) =>
      known(endedRun('FAILED', { name: `job ${String(index)}`, jobId: String(index).padStart(32, '0') })),
    );
    const text = await fleet({ runs });
    expect(text).toContain('Needs somebody <span class="muted">(1000)</span>');
    expect(text.match(/<th scope="row">/g)).toHaveLength(50 + 1);
    expect(text).toContain('950 more, in the list of jobs');
  });
});
