/** Every route of the running program: what it answers, whom, and to what method. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import type { Dispatcher } from 'undici';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { until } from '../../real-flink/until.ts';
import { startCluster } from '../../e2e/support/fake.ts';
import { ManualTime } from '../../e2e/support/manual-time.ts';
import { RunningMedic, type StartOptions, temporaryFolder } from '../../e2e/support/medic.ts';

type Method = Dispatcher.HttpMethod;

/** Every path with the methods that it has. */
const PATHS: readonly (readonly [path: string, method: Method, ...others: Method[]])[] = [
  ['/', 'GET', 'HEAD'],
  ['/metrics', 'GET', 'HEAD'],
  ['/probe?target=prod', 'GET', 'HEAD'],
  ['/sd', 'GET', 'HEAD'],
  ['/-/healthy', 'GET', 'HEAD'],
  ['/-/ready', 'GET', 'HEAD'],
  ['/livez', 'GET', 'HEAD'],
  ['/readyz', 'GET', 'HEAD'],
  ['/-/reload', 'POST', 'PUT'],
  ['/api/v1/clusters', 'GET', 'HEAD'],
  ['/api/v1/jobs', 'GET', 'HEAD'],
  [`/api/v1/jobs/prod/${'1'.repeat(32)}`, 'GET', 'HEAD'],
  ['/api/v1/explain/prod/orders', 'GET', 'HEAD'],
  ['/api/v1/incidents', 'GET', 'HEAD'],
  ['/ui/jobs', 'GET', 'HEAD'],
  ['/ui/jobs/prod/orders', 'GET', 'HEAD'],
  ['/ui/incidents', 'GET', 'HEAD'],
  ['/ui/configuration', 'GET', 'HEAD'],
  ['/ui/style.css', 'GET', 'HEAD'],
  ['/ui/icon.svg', 'GET', 'HEAD'],
  ['/runbooks/README.md', 'GET', 'HEAD'],
];
/** What has callers of its own, who are not configured here. */
const ORDERS = [
  '/api/v1/alertmanager',
  '/api/v1/restarts',
  '/api/v1/incidents/1/release',
  '/api/v1/breakers/prod/close',
  '/api/v1/pause',
  '/api/v1/resume',
];
const HEALTH = ['/-/healthy', '/-/ready', '/livez', '/readyz'];
const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

/** One cluster with a job that runs and one that failed. */
async function start(options: Partial<StartOptions> = {}): Promise<RunningMedic> {
  const time = new ManualTime();
  const archiveFolder = temporaryFolder();
  const { cluster, jobManager } = await startCluster({ version: '2.3', clock: time.manual, archiveFolder });
  cluster
    .submit({ name: 'orders', jobId: '1'.repeat(32) })
    .run()
    .completeCheckpoint({ path: 'file:/chk-1' });
  cluster
    .submit({ name: 'a/b <c>', jobId: '2'.repeat(32) })
    .run()
    .fail({ message: '<script>' });
  const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] }] };
  return RunningMedic.start({ config, time, ...options });
}

describe('methods', () => {
  it('are answered, or refused with those that there are', async () => {
    const medic = await start();
    for (const [path, ...allowed] of PATHS) {
      for (const method of METHODS) {
        const { status, headers, text } = await medic.ask(method, path);
        const wanted = allowed.includes(method) ? [200, undefined] : [405, allowed.join(', ')];
        expect([method, path, status, headers['allow']]).toEqual([method, path, ...wanted]);
        expect(text === '').toBe(method === 'HEAD');
      }
    }
  });

  it('do not make a path of what is none', async () => {
    const medic = await start();
    for (const path of ['/METRICS', '/api/v1/Jobs', '/api/v1/nope', '/-/', '/api/v1/incidents/1', '/metrics/x']) {
      expect([path, (await medic.get(path)).status]).toEqual([path, 404]);
    }
    for (const path of ['/%', '/api/v1/explain/prod/%E0%A4%A', '/metrics?flink_cluster=%']) {
      expect((await medic.get(path)).status).toBeGreaterThanOrEqual(200);
      expect((await medic.get(path)).status).toBeLessThan(500);
    }
  });
});

describe('below a route prefix', () => {
  it('everything moves, and /sd names the outside address', async () => {
    const externalUrl = new URL('https://monitoring.example/ops/medic/');
    const medic = await start({ routePrefix: '/ops/medic', externalUrl });
    const origin = new URL(medic.url).origin;
    for (const [path, method] of PATHS) {
      expect([path, (await medic.ask(method, path)).status]).toEqual([path, 200]);
      if (path === '/') continue;
      const outside = await request(`${origin}${path}`, { method: method });
      await outside.body.dump();
      expect([path, outside.statusCode]).toEqual([path, 404]);
    }
    const moved = await request(origin);
    await moved.body.dump();
    expect([moved.statusCode, moved.headers['location']]).toEqual([302, '/ops/medic/']);
    expect(await medic.json('/sd')).toEqual([
      {
        targets: ['monitoring.example:443'],
        labels: {
          __scheme__: 'https',
          __metrics_path__: '/ops/medic/probe',
          __param_target: 'prod',
          __meta_flink_cluster: 'prod',
        },
      },
    ]);
  });

  it('the telemetry path is what the flag says', async () => {
    const medic = await start({ telemetryPath: '/flink/metrics', routePrefix: '/ops' });
    expect((await medic.get('/flink/metrics')).status).toBe(200);
    expect((await medic.get('/metrics')).status).toBe(404);
    expect((await medic.get('/')).text).toContain('href="./flink/metrics"');
  });
});

describe('/sd', () => {
  it('without an external URL names the address that it was asked by', async () => {
    const medic = await start({ routePrefix: '/ops' });
    const [target] = await medic.json<{ targets: string[]; labels: Record<string, string> }[]>('/sd');
    expect(target?.targets).toEqual([new URL(medic.url).host]);
    expect(target?.labels).toMatchObject({ __scheme__: 'http', __metrics_path__: '/ops/probe' });
  });
});

describe('/probe', () => {
  it('takes one configured name and nothing else', async () => {
    const medic = await start();
    const status = async (query: string): Promise<number> => (await medic.get(`/probe${query}`)).status;
    expect(await status('')).toBe(400);
    expect(await status('?target=')).toBe(400);
    expect(await status('?target=prod&target=prod')).toBe(400);
    expect(await status('?target[]=prod')).toBe(400);
    expect(await status('?target=nope')).toBe(404);
    expect(await status('?target=http://127.0.0.1:1/')).toBe(404);
    expect(await status('?target=__proto__')).toBe(404);
  });

  it('ends half a second before the scraper loses patience', async () => {
    const time = new ManualTime();
    const { jobManager } = await startCluster({ clock: time.manual });
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    jobManager.faults.set('*', { kind: 'hang' });
    const asked = jobManager.count();
    const probe = medic.get('/probe?target=prod', { 'x-prometheus-scrape-timeout-seconds': '3' });
    await until('request', () => jobManager.count() > asked, { every: 2 });
    expect(time.fireNext(time.manual.now() + 2_499)).toBe(false);
    expect(time.fireNext(time.manual.now() + 2_500)).toBe(true);
    const { text } = await probe;
    expect(text).toContain('\nprobe_success 0\n');
    expect(text).toContain('\nprobe_duration_seconds 2.5\n');
  });
});

describe('/probe of a cluster without JobManagers', () => {
  it('observes nothing, and says whether its archive folders can be listed', async () => {
    const [archive, other] = [join(temporaryFolder(), 'archive'), temporaryFolder()];
    mkdirSync(archive);
    const medic = await RunningMedic.start({ config: { clusters: [{ name: 'prod', archives: [archive, other] }] } });
    const probe = async (): Promise<string[]> => (await medic.page('/probe?target=prod')).lines('probe_success');
    expect(await probe()).toEqual(['probe_success 1']);
    rmSync(archive, { recursive: true });
    await medic.advance(60_000);
    expect(await probe()).toEqual(['probe_success 0']);
    const [cluster] = await medic.clusters();
    expect(cluster).not.toHaveProperty('up');
    expect(cluster).not.toHaveProperty('problem');
    expect(await medic.json('/sd')).toMatchObject([{ labels: { __param_target: 'prod' } }]);
  });
});

describe('web users', () => {
  it('are asked for everywhere but on the health paths', async () => {
    const webConfigFile = join(temporaryFolder(), 'web.yml');
    writeFileSync(webConfigFile, JSON.stringify({ basic_auth_users: { ann: hashSync('secret', 4) } }));
    const right = { authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` };
    const medic = await start({ webConfigFile, client: { headers: right }, telemetryPath: '/metrics' });
    for (const [path, method] of PATHS) {
      const ask = (headers: Record<string, string>): Promise<{ status: number }> => medic.ask(method, path, headers);
      const open = HEALTH.includes(path) ? 200 : 401;
      expect([path, (await ask({})).status]).toEqual([path, 200]);
      expect([path, (await ask({ authorization: '' })).status]).toEqual([path, open]);
      const wrong = Buffer.from('ann:wrong').toString('base64');
      expect([path, (await ask({ authorization: `Basic ${wrong}` })).status]).toEqual([path, open]);
    }
    expect((await medic.get('/nope', { authorization: '' })).status).toBe(401);
    for (const path of ORDERS) {
      for (const method of METHODS) {
        const status = method === 'POST' ? 403 : 405;
        expect([path, method, (await medic.ask(method, path)).status]).toEqual([path, method, status]);
      }
    }
  });
});

describe('the API', () => {
  it('shows clusters', async () => {
    const medic = await start();
    const [cluster] = await medic.clusters();
    expect(cluster).toEqual({
      flink_cluster: 'prod',
      up: true,
      jobmanagers: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)],
      version: '2.3.0',
      mode: 'session',
      last_observation: '2026-01-01T00:00:00.000Z',
      clock_offset_seconds: 0,
      taskmanagers: 1,
      slots: 4,
      slots_available: 3,
      live_runs: 1,
      archives: [
        {
          archive: expect.any(String),
          up: true,
          files: { indexed: 1, incomplete: 0, unreadable: 0, unattributed: 0 },
          last_scan: '2026-01-01T00:00:00.000Z',
        },
      ],
    });
  });

  it('shows jobs, live ones first, with filters', async () => {
    const medic = await start();
    await medic.advance(30_000);
    const jobs = await medic.jobs();
    expect(jobs[0]).toEqual({
      flink_cluster: 'prod',
      job_id: '1'.repeat(32),
      job_name: 'orders',
      generation: 1,
      state: 'RUNNING',
      job_type: 'STREAMING',
      start: '2026-01-01T00:00:00.000Z',
      state_entered: '2026-01-01T00:00:00.000Z',
      restarts: 0,
      failovers: 0,
      checkpoints_completed: 1,
      checkpoints_failed: 0,
      last_checkpoint: { id: 1, completed: '2026-01-01T00:00:00.000Z', path: 'file:/chk-1' },
      restore_point: { id: 1, kind: 'checkpoint', completed: '2026-01-01T00:00:00.000Z', path: 'file:/chk-1' },
    });
    expect(jobs[1]).toMatchObject({
      job_name: 'a/b <c>',
      state: 'FAILED',
      source: expect.stringMatching(/^(live|archive)$/),
      end: '2026-01-01T00:00:00.000Z',
      superseded: false,
      last_failure: { exception: 'java.lang.RuntimeException', message: '<script>', task: 'Source: a/b <c>' },
      archive: expect.stringContaining('2'.repeat(32)),
    });
    const names = async (query: string): Promise<string[]> =>
      (await medic.json<{ jobs: { job_name: string }[] }>(`/api/v1/jobs?${query}`)).jobs.map((job) => job.job_name);
    expect(await names('state=RUNNING')).toEqual(['orders']);
    expect(await names('state=RUNNING&state=FAILED')).toEqual(['orders', 'a/b <c>']);
    expect(await names('job_name=a%2Fb%20%3Cc%3E')).toEqual(['a/b <c>']);
    expect(await names('flink_cluster=other')).toEqual([]);
  });

  it('explains by name and by id, and says what is not known', async () => {
    const medic = await start();
    const [byId] = await medic.explain('prod', '2'.repeat(32));
    expect(await medic.explain('prod', encodeURIComponent('a/b <c>'))).toEqual([byId]);
    expect(byId).toMatchObject({
      rule: expect.stringMatching(/^(listed_ended|archive_only)$/),
      because: expect.stringContaining('final'),
      last_observation: '2026-01-01T00:00:00.000Z',
      age_seconds: 0,
      history: [{ event: 'seen' }, { event: 'ended', detail: expect.stringMatching(/^FAILED, source/) }],
    });
    for (const path of [
      '/api/v1/explain/prod/nope',
      '/api/v1/explain/nope/orders',
      '/api/v1/jobs/prod/orders',
      `/api/v1/jobs/nope/${'1'.repeat(32)}`,
      '/api/v1/explain/__proto__/constructor',
    ]) {
      const { status, headers, text } = await medic.get(path);
      expect([path, status, headers['content-type']]).toEqual([path, 404, 'application/problem+json']);
      expect(JSON.parse(text)).toMatchObject({ code: 'not_found', advice: 'GET /api/v1/jobs lists what is known.' });
    }
  });
});

describe('a job that ended often', () => {
  it('is shown with its live runs and as many ended ones as the retention says', async () => {
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const live = cluster.submit({ name: 'nightly' }).run();
    const ended = Array.from({ length: 5 }, () => {
      time.manual.advance(1_000);
      return cluster.submit({ name: 'nightly' }).run().finish().jobId;
    });
    const config = {
      retention: { ended_runs_per_job: 2 },
      clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }],
    };
    const medic = await RunningMedic.start({ config, time });
    const shown = [ended[4], ended[3], live.jobId];
    expect((await medic.explain('prod', 'nightly')).map(({ job_id: id }) => id)).toEqual(shown);
    expect(new Set((await medic.jobs()).map(({ job_id: id }) => id))).toEqual(new Set(shown));
    const [oldest] = await medic.explain('prod', ended[0] ?? '');
    expect(oldest).toMatchObject({ job_id: ended[0], history: [{ event: 'seen' }, { event: 'ended' }] });
  });
});
