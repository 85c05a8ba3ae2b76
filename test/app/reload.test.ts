/** A reload replaces what the configuration changes, and only that; a bad file changes nothing and is shown. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeCluster } from '../fake-flink/fake-cluster.ts';
import type { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import { until } from '../real-flink/until.ts';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { MedicProcess } from '../e2e/support/medic-process.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';

const POLL = 10_000;
const RELOADS = [
  'flink_medic_config_last_reload_successful',
  'flink_medic_config_last_reload_success_timestamp_seconds',
];

let time: ManualTime;
let one: { cluster: FakeCluster; jobManager: FakeJobManager };
let two: { cluster: FakeCluster; jobManager: FakeJobManager };

beforeEach(async () => {
  time = new ManualTime();
  one = await startCluster({ clock: time.manual });
  two = await startCluster({ clock: time.manual });
  one.cluster.submit({ name: 'orders' }).run();
  two.cluster.submit({ name: 'payments' }).run().finish();
});

function config(names: readonly ('one' | 'two')[], observe: object = {}): object {
  const managers = { one, two };
  return {
    observe,
    clusters: names.map((name) => ({ name, jobmanagers: [managers[name].jobManager.baseUrl], archives: [] })),
  };
}

function clustersOn(text: string): string[] {
  return [...new Set([...text.matchAll(/flink_cluster="(\w+)"/g)].map(([, name = '']) => name))].toSorted();
}

describe('a good configuration', () => {
  it('adds and removes clusters, and leaves the others alone', async () => {
    const medic = await RunningMedic.start({ config: config(['one']), time });
    await medic.advance(POLL);
    const asked = one.jobManager.count('/jobmanager/config');
    expect(clustersOn((await medic.page()).text)).toEqual(['one']);

    medic.configure(config(['one', 'two']));
    expect((await medic.ask('POST', '/-/reload')).status).toBe(200);
    await medic.idle();
    expect(clustersOn((await medic.page()).text)).toEqual(['one', 'two']);
    // The first was not started again: its configuration was not read anew.
    expect(one.jobManager.count('/jobmanager/config')).toBe(asked);

    medic.configure(config(['two']));
    expect((await medic.ask('PUT', '/-/reload')).status).toBe(200);
    await medic.idle();
    expect(clustersOn((await medic.page()).text)).toEqual(['two']);
    const requests = one.jobManager.count();
    await medic.advance(6 * POLL);
    expect(one.jobManager.count()).toBe(requests);
    expect((await medic.get('/metrics?flink_cluster=one')).status).toBe(404);
    expect((await medic.jobs()).map(({ flink_cluster }) => flink_cluster)).toEqual(['two']);
  });

  it('finds a cluster that comes back as it was', async () => {
    const medic = await RunningMedic.start({ config: config(['one', 'two']), time });
    await medic.advance(POLL);
    const counted = 'flink_job_runs_ended_total{flink_cluster="two",job_name="payments",status="FINISHED"} 1';
    expect((await medic.page()).text).toContain(counted);
    medic.configure(config(['one']));
    await medic.reload();
    two.cluster.restart();
    medic.configure(config(['one', 'two']));
    await medic.reload();
    await medic.idle();
    await medic.advance(POLL);
    expect((await medic.page()).text).toContain(counted);
    expect((await medic.page()).lines('flink_job_final_status', 'flink_cluster="two"')).toHaveLength(1);
  });

  it('takes a new interval', async () => {
    const medic = await RunningMedic.start({ config: config(['one']), time });
    medic.configure(config(['one'], { interval: '2s' }));
    await medic.reload();
    await medic.idle();
    one.jobManager.requests.length = 0;
    await medic.advance(POLL);
    expect(one.jobManager.count('/jobs/overview')).toBe(5);
  });
});

describe('a bad configuration', () => {
  it('replaces nothing, and is shown until a good one comes', async () => {
    const medic = await RunningMedic.start({ config: config(['one']), time });
    const before = (await medic.page()).lines(RELOADS);
    expect(before[0]).toBe('flink_medic_config_last_reload_successful 1');
    await medic.advance(POLL);

    writeFileSync(medic.configFile, 'clusters:\n  - name: one\n    jobmanager: [http://localhost]\n');
    const refused = await medic.ask('POST', '/-/reload');
    expect(refused.status).toBe(500);
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'config',
      detail: expect.stringMatching(/flink-medic\.yml:3:5: .*jobmanager\b/),
      advice: 'What the file that is wrong would change stays as it was. Mend it and reload again.',
    });
    await medic.advance(POLL);
    const page = await medic.page();
    expect(page.lines(RELOADS)).toEqual(['flink_medic_config_last_reload_successful 0', before[1]]);
    expect(page.lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="one"} 1']);

    medic.configure(config(['one']));
    expect((await medic.ask('POST', '/-/reload')).status).toBe(200);
    expect((await medic.page()).lines(RELOADS)).toEqual([
      'flink_medic_config_last_reload_successful 1',
      `flink_medic_config_last_reload_success_timestamp_seconds ${String(time.manual.now() / 1000)}`,
    ]);
  });

  it('is refused at the start, with its position', async () => {
    const started = RunningMedic.start({ config: { clusters: [{ name: 'one' }] }, time });
    await expect(started).rejects.toThrow(/flink-medic\.yml:1:\d+: .*needs an address under jobmanagers/);
  });
});

it('over HTTP is off unless it was switched on', async () => {
  const medic = await RunningMedic.start({ config: config(['one']), time, enableLifecycle: false });
  medic.configure(config(['two']));
  const { status, text } = await medic.ask('POST', '/-/reload');
  expect([status, JSON.parse(text)]).toMatchObject([
    403,
    { advice: expect.stringContaining('--web.enable-lifecycle') },
  ]);
  expect((await medic.clusters()).map(({ flink_cluster }) => flink_cluster)).toEqual(['one']);
});

it('follows SIGHUP, which never ends the process', async () => {
  const directory = temporaryFolder();
  const write = (text: string): void => writeFileSync(join(directory, 'medic.yml'), text);
  write(JSON.stringify(config(['one'])));
  const medic = new MedicProcess(['--config.file=medic.yml'], directory);
  await medic.pageWith('flink_cluster_up{flink_cluster="one"} 1');

  write('clusters: [');
  medic.signal('SIGHUP');
  await medic.pageWith('flink_medic_config_last_reload_successful 0');
  await until('log line', () => medic.log.some((line) => /"level":"error".*medic\.yml:1:/.test(line)), { every: 5 });
  write(JSON.stringify(config(['one', 'two'])));
  medic.signal('SIGHUP');
  const page = await medic.pageWith('flink_cluster_up{flink_cluster="two"} 1');
  expect(page.lines(RELOADS)[0]).toBe('flink_medic_config_last_reload_successful 1');
  expect(await medic.end('SIGTERM')).toBe(0);
});

describe('while a cluster is at work', () => {
  const LIVE = ['flink_cluster_up', 'flink_job_status', 'flink_job_tasks', 'flink_cluster_taskmanagers'];

  it.each([
    ['expected jobs', { expected_jobs: ['orders', 'payments'] }, {}],
    ['archive folders', { archives: 'a folder' }, {}],
    ['retention', {}, { retention: { ended_runs: '1d' } }],
    ['scans', {}, { archives: { scan_interval: '1h' } }],
  ])('other %s leave its live series alone', async (_what, cluster, more) => {
    const folder = temporaryFolder();
    const medic = await RunningMedic.start({ config: config(['one']), time });
    await medic.advance(POLL);
    const before = (await medic.page()).lines(LIVE);
    expect(before.length).toBeGreaterThan(10);
    one.jobManager.faults.set('*', { kind: 'hang' });
    const archives = 'archives' in cluster ? [folder] : [];
    medic.configure({
      ...more,
      clusters: [{ name: 'one', jobmanagers: [one.jobManager.baseUrl], ...cluster, archives }],
    });
    await medic.reload();
    const page = await medic.page();
    expect(page.lines(LIVE)).toEqual(before);
    expect(page.lines('flink_job_expected', 'payments')).toHaveLength('expected_jobs' in cluster ? 1 : 0);
    one.jobManager.faults.clear();
    if (archives.length === 0) return;
    await until('scan', async () => (await medic.page()).lines('flink_archive_up').length === 1, { every: 5 });
    expect((await medic.page()).lines('flink_archive_up')).toEqual([
      `flink_archive_up{archive="${folder}",flink_cluster="one"} 1`,
    ]);
    medic.configure(config(['one']));
    await medic.reload();
    expect((await medic.page()).lines('flink_archive_up')).toEqual([]);
  });

  it('uses no folder when its archives are left out and its JobManager does not tell where they lie', async () => {
    one.jobManager.faults.set('/jobmanager/config', { kind: 'status', status: 403 });
    const watching = (more: object): object => ({
      clusters: [{ name: 'one', jobmanagers: [one.jobManager.baseUrl], expected_jobs: ['orders'], ...more }],
    });
    const medic = await RunningMedic.start({ config: watching({ archives: [temporaryFolder()] }), time });
    expect((await medic.page()).lines('flink_job_runs_ended_total')).toHaveLength(3);
    medic.configure(watching({}));
    await medic.reload();
    const families = ['flink_archive_up', 'flink_job_runs_ended_total'];
    expect((await medic.page()).lines(families)).toEqual([]);
  });

  it('takes a new scan interval at once', async () => {
    const folder = temporaryFolder();
    const watching = (scan_interval: string): object => ({
      archives: { scan_interval },
      clusters: [{ name: 'one', archives: [folder] }],
    });
    const medic = await RunningMedic.start({ config: watching('1h'), time });
    medic.configure(watching('5s'));
    await medic.reload();
    await medic.idle();
    await medic.advance(POLL);
    expect((await medic.page()).lines('flink_archive_last_scan_timestamp_seconds')).toEqual([
      `flink_archive_last_scan_timestamp_seconds{archive="${folder}",flink_cluster="one"} ${String(time.manual.now() / 1000)}`,
    ]);
  });

  it('leaves nothing of it behind when it is removed during an observation', async () => {
    const archiveFolder = temporaryFolder();
    const flink = await startCluster({ version: '1.20', clock: time.manual, archiveFolder });
    flink.cluster.submit({ name: 'orders' }).run();
    const both = (...names: readonly string[]): object => ({
      clusters: names.map((name) => ({
        name,
        jobmanagers: [name === 'discovered' ? flink.jobManager.baseUrl : two.jobManager.baseUrl],
      })),
    });
    const medic = await RunningMedic.start({ config: both('discovered', 'two'), time });
    await medic.advance(POLL);
    for (let round = 0; round < 20; round++) {
      // Ends at another moment of the reload in each round.
      flink.jobManager.faults.set('/jobs/overview', { kind: 'delay', ms: round % 10 }, 1);
      const probe = medic.get('/probe?target=discovered');
      medic.configure(both('two'));
      await medic.reload();
      await probe;
      expect(clustersOn((await medic.page()).text)).toEqual(['two']);
      expect((await medic.page()).lines('flink_archive_up')).toEqual([]);
      medic.configure(both('discovered', 'two'));
      await medic.reload();
      await medic.idle();
      expect((await medic.page()).lines('flink_archive_up')).toEqual([
        `flink_archive_up{archive="file://${archiveFolder}",flink_cluster="discovered"} 1`,
      ]);
    }
  });
});
