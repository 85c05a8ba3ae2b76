/** The pages beside the first one: what they show of whom. */

import { describe, expect, it, test } from 'vitest';
import type { Incident } from '../../../src/core/restart/incident.ts';
import type { Run, RunEvent } from '../../../src/core/run.ts';
import { FakeDesk, T0 } from '../restart-fixtures.ts';
import {
  clusterOf,
  endedRun,
  HOUR,
  incidentOf,
  known,
  NOW,
  runOf,
  type Shown,
  showing,
  sourcesOf,
} from '../pages/fixtures.ts';
import { FakeLogger, serveApp } from '../support.ts';
import { uiRoutes } from '../../../src/http/routes/ui.ts';

/** Names of the jobs of a list, in their order. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/<th scope="row"><a href="[^"]*"><bdi>([^<]*)<\/bdi>/g)].map(([, name = '']) => name);
}

async function pageOf(shown: Shown, path: string): Promise<string> {
  return (await (await showing(shown))(path)).text;
}

const id = (digit: number): string => String(digit).repeat(32);

describe('the list of jobs', () => {
  const runs = [
    known(runOf({ name: 'orders', jobId: id(1), restarts: { carried: 1, current: 2 } })),
    known(runOf({ name: 'Clicks', jobId: id(2), cluster: 'test', stateEnteredAt: T0 - HOUR })),
    known(endedRun('FAILED', { name: 'payments', jobId: id(3) })),
    known(endedRun('FAILED', { name: 'orders', jobId: id(4) }, T0), true),
  ];
  const shown = { runs, clusters: [clusterOf(), clusterOf('test')] };
  const names = async (query: string): Promise<string[]> => namesIn(await pageOf(shown, `/ui/jobs${query}`));

  it('has the latest run of each job, the newest change first', async () => {
    expect(await names('')).toEqual(['payments', 'orders', 'Clicks']);
  });

  it('filters by cluster, state, a part of the name or id, and shows earlier runs on request', async () => {
    expect(await names('?cluster=test')).toEqual(['Clicks']);
    expect(await names('?state=FAILED')).toEqual(['payments']);
    expect(await names('?state=FAILED&runs=all')).toEqual(['payments', 'orders']);
    expect(await names('?name=LICK')).toEqual(['Clicks']);
    expect(await names(`?name=${id(3).slice(4)}`)).toEqual(['payments']);
    expect(await pageOf(shown, '/ui/jobs?name=nope')).toContain('Nothing fits.');
  });

  it('sorts by columns, both ways, and says so to screen readers', async () => {
    expect(await names('?sort=name')).toEqual(['Clicks', 'orders', 'payments']);
    expect(await names('?sort=-name')).toEqual(['payments', 'orders', 'Clicks']);
    expect((await names('?sort=-restarts'))[0]).toBe('orders');
    expect((await names('?sort=state'))[0]).toBe('payments');
    const text = await pageOf(shown, '/ui/jobs?sort=-name&state=FAILED');
    expect(text.match(/aria-sort="\w+"/g)).toEqual(['aria-sort="descending"']);
    expect(text).toContain('<a href="?sort=name&amp;state=FAILED">');
  });

  it('takes what makes no sense for nothing', async () => {
    for (const query of ['?sort=nope', '?sort=why', '?page=nope', '?page=-1', '?page=9', '?state[]=x', '?&&']) {
      expect([query, await names(query)]).toEqual([query, ['payments', 'orders', 'Clicks']]);
    }
  });

  it('keeps what was asked for in the form and in the links to other pages', async () => {
    const many = Array.from({ length: 250 }, (_, index) =>
      known(runOf({ name: `job "${String(index).padStart(3, '0')}"`, jobId: String(index).padStart(32, '0') })),
    );
    const text = await pageOf({ runs: many }, '/ui/jobs?sort=name&name=job+%22&page=2');
    expect(namesIn(text)).toHaveLength(100);
    expect(namesIn(text)[0]).toBe('job &quot;100&quot;');
    expect(text).toContain('Page 2 of 3');
    expect(text).toContain('<a href="?sort=name&amp;name=job+%22&amp;page=3">');
    expect(text).toContain('name="name" value="job &quot;"');
    expect(text).toContain('250 of 250 known runs');
  });
});

function pageWith(run: Run): Promise<string> {
  return pageOf({ runs: [known(run)] }, '/ui/jobs/prod/orders');
}

describe('the page of a job', () => {
  it('has state, end, cause and repair of the run on top', async () => {
    const failed = endedRun('FAILED', {
      lastFailure: { exception: 'com.example.Broken', message: 'it broke', task: 'map', labels: '', timestamp: NOW },
    });
    const text = await pageOf({ runs: [known(failed)], incidents: [incidentOf(failed)] }, '/ui/jobs/prod/orders');
    const cards = Object.fromEntries(
      [...text.matchAll(/<section class="card" id="(\w+)">(.*?)<\/section>/gs)].map(([, name = '', card]) => [
        name,
        card,
      ]),
    );
    expect(cards['state']).toContain('FAILED');
    expect(cards['state']).toContain('Listed by a JobManager as ended');
    expect(cards['end']).toContain('Said by: the JobManager. It lived for 59 min.');
    expect(cards['cause']).toContain('<bdi>com.example.Broken</bdi></p>\n<p><bdi>it broke</bdi></p>');
    expect(cards['repair']).toContain('<a href="../../../ui/incidents/7">incident 7</a>');
    expect(cards['repair']).toContain('No restart policy matches this job.');
  });

  it('tells of the end before, when the job runs again', async () => {
    const failed = endedRun('FAILED', {
      jobId: id(1),
      lastFailure: { exception: 'com.example.Broken', message: '', task: '', labels: '', timestamp: NOW },
    });
    const newer = runOf({ jobId: id(2), startTimes: [NOW - 30_000] });
    const text = await pageOf({ runs: [known(newer), known(failed, true)] }, '/ui/jobs/prod/orders');
    expect(text).toContain('It has not ended.');
    expect(text).toContain('The run before: <span class="badge bad">FAILED</span>');
    expect(text).toContain('The run before: <span class="mono"><bdi>com.example.Broken');
    expect(text.match(/<details id="run-[^"]*" open>/g)).toEqual([`<details id="run-${id(2)}-1" open>`]);
  });

  it('has all runs of the name, with the one that was asked for by its id open', async () => {
    const runs = [known(runOf({ jobId: id(2) })), known(endedRun('CANCELED', { jobId: id(1) }), true)];
    const text = await pageOf({ runs }, `/ui/jobs/prod/${id(1)}`);
    expect(text.match(/<details id="run-[^"]*"( open)?>/g)).toEqual([
      `<details id="run-${id(2)}-1">`,
      `<details id="run-${id(1)}-1" open>`,
    ]);
    expect(text).toContain('<h1><bdi>orders</bdi> <span class="badge calm">CANCELED</span></h1>');
  });

  it('is not confused by a job that is called like the id of another', async () => {
    const runs = [known(runOf({ jobId: id(1), name: 'orders' })), known(runOf({ jobId: id(2), name: id(1) }))];
    const byId = await pageOf({ runs }, `/ui/jobs/prod/${id(1)}`);
    expect(byId).toContain('<h1><bdi>orders</bdi>');
    expect(byId.match(/<details /g)).toHaveLength(1);
    const other = await pageOf({ runs }, `/ui/jobs/prod/${id(2)}`);
    expect(other).toContain(`<h1><bdi>${id(1)}</bdi>`);
    expect(other.match(/<details /g)).toHaveLength(1);
  });

  it('has at most thirty runs, and always the one that was asked for', async () => {
    const runs = Array.from({ length: 40 }, (_, index) => known(runOf({ jobId: String(index).padStart(32, '0') })));
    const last = runs.at(-1)?.run.jobId ?? '';
    const text = await pageOf({ runs }, `/ui/jobs/prod/${last}`);
    expect(text.match(/<details /g)).toHaveLength(31);
    expect(text).toContain(`<details id="run-${last}-1" open>`);
    expect(text).toContain('9 more are not shown.');
  });

  it('draws runs with their failovers and incidents', async () => {
    const failed = endedRun('FAILED', { startTimes: [T0, T0 + 60_000, T0 + 120_000], failovers: 2 });
    const text = await pageOf({ runs: [known(failed)], incidents: [incidentOf(failed)] }, '/ui/jobs/prod/orders');
    const [svg = ''] = /<svg class="timeline" viewBox="0 0 1000.*?<\/svg>/s.exec(text) ?? [];
    expect(svg.match(/class="badbar"/g)).toHaveLength(1);
    expect(svg.match(/fill="url\(#stripes\)"/g)).toHaveLength(1);
    expect(svg.match(/class="mark"/g)).toHaveLength(3);
  });

  it('says whether it came back with its state, and what it could come back with', async () => {
    const counted = { current: 3, carried: 0 };
    const checkpoints = { completed: counted, failed: counted, readAfterEnd: true };
    const lastRestored = { id: 12, restoredAt: T0, owned: false };
    expect(await pageWith(runOf({ checkpoints: { ...checkpoints, lastRestored } }))).toContain(
      'With the state of snapshot 12',
    );
    expect(await pageWith(runOf({ checkpoints }))).toContain('Without state of an earlier run');
    expect(await pageWith(runOf())).not.toMatch(/With the state|Without state/);

    const lastSavepoint = {
      kind: 'savepoint',
      id: 13,
      triggeredAt: T0,
      completedAt: T0,
      durationMs: 1,
      sizeBytes: 1,
      path: 'file:/savepoint-13',
      discarded: false,
    } as const;
    const repair = async (run: Run): Promise<string> =>
      /id="repair">(.*?)<\/section>/s.exec(await pageWith(run))?.[1] ?? '';
    expect(await repair(endedRun('FAILED', { checkpoints: { ...checkpoints, lastSavepoint } }))).toContain(
      'Restore point: savepoint 13, <time',
    );
    expect(await repair(endedRun('FAILED'))).toContain('No restore point: ');
    expect(await repair(runOf())).not.toContain('estore point');
  });

  it('stays short however much happened', async () => {
    const failed = endedRun('FAILED');
    const sources = sourcesOf({
      runs: [known(failed)],
      incidents: Array.from({ length: 30 }, (_, index) => incidentOf(failed, { id: 100 - index })),
    });
    const event = (number: number): RunEvent => ({
      ...failed,
      at: T0,
      kind: 'seen',
      rule: 'listed',
      detail: `event ${number}.`,
    });
    const events = (): Promise<RunEvent[]> => Promise.resolve(Array.from({ length: 60 }, (_, index) => event(index)));
    const routes = uiRoutes({ ...sources, knowledge: { ...sources.knowledge, events } });
    const text = await (await fetch(`${await serveApp({ routes })}/ui/jobs/prod/orders`)).text();
    expect(text.match(/event \d+\./g)).toHaveLength(50);
    expect(text).toContain('event 59.');
    expect(text).toContain('10 earlier events are in the <a href="../../../api/v1/explain/prod/4444');
    expect(text.match(/<th scope="row">/g)).toHaveLength(20);
    expect(text).toContain('<a href="../../../ui/incidents?cluster=prod&amp;name=orders">10 more');
  });

  it('is there without its history when the ledger cannot be read, and the log says why', async () => {
    const logger = new FakeLogger();
    const sources = sourcesOf({ runs: [known(endedRun('FAILED'))] });
    const unreadable = { ...sources.knowledge, events: () => Promise.reject(new Error('disk I/O error')) };
    const routes = uiRoutes({ ...sources, logger, knowledge: unreadable });
    const answer = await fetch(`${await serveApp({ routes })}/ui/jobs/prod/orders`);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain('<span class="badge bad">FAILED</span>');
    expect(text).toContain('The ledger cannot be read');
    expect(JSON.stringify(logger.lines.map(({ message }) => message))).toContain('history');
  });

  it('that is expected and was never seen is said to be expected', async () => {
    const clusters = [clusterOf('prod', { expectedJobs: ['gone', 'x'.repeat(191)] })];
    const text = await pageOf({ clusters }, '/ui/jobs/prod/gone');
    expect(text).toContain('No job <bdi>gone</bdi> is known on <bdi>prod</bdi>, where it is expected');
    expect(await pageOf({ clusters }, '/ui/jobs/prod/other')).not.toContain('expected');
  });

  it('that is not known helps on', async () => {
    const get = await showing({ runs: [known(runOf())] });
    for (const [path, said, link] of [
      ['/ui/jobs/prod/nope', 'No job <bdi>nope</bdi> is known on <bdi>prod</bdi>.', '../../../ui/jobs?name=nope'],
      ['/ui/jobs/nope/%3Cb%3E', 'No cluster <bdi>nope</bdi> is configured.', '../../../ui/jobs?name=%3Cb%3E'],
      ['/ui/incidents/99', 'No incident <bdi>99</bdi> is known.', '../../ui/incidents'],
      ['/ui/incidents/x', 'No incident <bdi>x</bdi> is known.', '../../ui/incidents'],
    ] as const) {
      const { status, text } = await get(path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain(said);
      expect(text).toContain(`href="${link}"`);
    }
  });
});

describe('incidents', () => {
  const incidents: readonly Incident[] = [
    incidentOf(runOf(), { id: 9 }),
    incidentOf(runOf(), { id: 8, state: 'deferred', reason: 'back_off' }),
    incidentOf(runOf({ cluster: 'test', name: 'Payments <1>' }), { id: 7, state: 'succeeded' }),
  ];
  const ids = async (query: string): Promise<number[]> => {
    const text = await pageOf({ incidents, clusters: [clusterOf(), clusterOf('test')] }, `/ui/incidents${query}`);
    return [...text.matchAll(/<th scope="row"><a href="[^"]*">Incident (\d+)/g)].map(([, number]) => Number(number));
  };

  it('are listed with open ones first, and filtered', async () => {
    expect(await ids('')).toEqual([8, 9, 7]);
    expect(await ids('?state=refused')).toEqual([9]);
    expect(await ids('?cluster=test')).toEqual([7]);
    expect(await ids('?name=payments+%3C1')).toEqual([7]);
    expect(await ids('?state=exhausted')).toEqual([]);
  });

  it('are told whole, without secrets', async () => {
    const desk = new FakeDesk();
    const url = await serveApp({ routes: uiRoutes({ ...sourcesOf({}), desk }) });
    const text = await (await fetch(`${url}/ui/incidents/7`)).text();
    for (const said of [
      'The time between attempts has not passed.',
      '(stage budget)',
      'FlinkJobRepairWanted',
      'lifting exhausted',
      'The new run ended before it was confirmed.',
      'file:/checkpoints/chk-7',
      '--db-password ******',
      'What would have been sent',
      '+16 s',
      'Delivered',
    ]) {
      expect(text).toContain(said);
    }
    expect(text).not.toContain('hunter2');
  });
});

test('the configuration is shown as it was given', async () => {
  const text = await pageOf({ configuration: { text: () => 'a: <b>\n', isReloaded: false } }, '/ui/configuration');
  expect(text).toContain('a: &lt;b&gt;');
  expect(text).toContain('could not be loaded');
});
