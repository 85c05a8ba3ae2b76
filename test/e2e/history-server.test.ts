/** A History Server as the only witness of how jobs ended, and beside others: what it says, when it lags, forgets or fails. */

import { rmSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeHistoryServer } from '../fake-flink/fake-history-server.ts';
import type { FakeJob } from '../fake-flink/fake-job.ts';
import type { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import { until } from '../real-flink/until.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const SCAN = 30_000;
const GRACE = 60_000;
/** So long after it was written an archive may first be listed. */
const LAG = 120_000;

let time: ManualTime;
/** Only the History Server reads it. */
let folder: string;
let cluster: FakeCluster;
let jobManager: FakeJobManager;
let orders: FakeJob;
let history: FakeHistoryServer;
let config: object;
let medic: RunningMedic;

beforeEach(async () => {
  time = new ManualTime();
  folder = temporaryFolder();
  ({ cluster, jobManager } = await startCluster({ version: '2.3', clock: time.manual, archiveFolder: folder }));
  history = await FakeHistoryServer.start(folder);
  onTestFinished(() => history.stop());
  orders = cluster.submit({ name: 'orders' }).run();
  // One that ended long ago: an empty list proves nothing.
  cluster.forget(cluster.submit({ name: 'old' }).run().finish());
  history.refresh();
  config = {
    clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [], history_server: history.url }],
  };
  medic = await RunningMedic.start({ config, time });
});

const verdict = (name = 'orders'): Promise<string> => medic.verdict(name);
const count = async (family: string, part?: string): Promise<number> => (await medic.page()).sum(family, part);

/** Without what every observation changes. */
async function explain(): Promise<object[]> {
  return (await medic.explain('prod', 'orders')).map(({ last_observation: _last, ...rest }) => rest);
}

async function restart(other: object = config): Promise<void> {
  await medic.stop();
  medic = await RunningMedic.start({ config: other, time, storagePath: medic.storagePath });
}

/** The job failed, and its JobManager knows nothing of it any more. */
function loseOrders(): void {
  orders.restart({ exception: 'com.example.Broken' }).restarted();
  orders.fail({ exception: 'com.example.BrokenForGood' });
  cluster.restart();
}

describe('a run that was lost from sight', () => {
  it('has its final status from the History Server, once, over restarts', async () => {
    loseOrders();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    history.refresh();
    await medic.advance(SCAN);
    for (const _ of [1, 2]) {
      expect(await verdict()).toBe('FAILED history_server');
      const page = await medic.page();
      const labels = `flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"`;
      expect(page.lines(['flink_job_restarts_total', 'flink_job_last_failure_info'], 'orders')).toEqual([
        `flink_job_restarts_total{${labels}} 1`,
        `flink_job_last_failure_info{${labels},exception="com.example.BrokenForGood",task="Source: orders",failure_label=""} 1`,
      ]);
      expect(page.lines('flink_medic_state_recoveries_total')).toEqual([
        'flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 0',
        'flink_medic_state_recoveries_total{flink_cluster="prod",source="history_server"} 1',
      ]);
      expect(await count('flink_job_runs_ended_total', 'job_name="orders"')).toBe(1);
      const [explained] = await medic.explain('prod', 'orders');
      expect(explained).toMatchObject({
        rule: 'not_listed_archive',
        source: 'history_server',
        archive: `${history.url}/jobs/${orders.jobId}`,
      });
      await restart();
      await medic.advance(SCAN);
    }
  });

  it('is not VANISHED while the History Server may not have listed its archive yet', async () => {
    cluster.archiving = false;
    loseOrders();
    const since = time.manual.now();
    while ((await verdict()) !== 'VANISHED none') await medic.advance(5_000);
    expect(time.manual.now() - since).toBeGreaterThanOrEqual(LAG);
    expect(time.manual.now() - since).toBeLessThanOrEqual(LAG + 2 * SCAN + 5_000);
  });

  it('is not VANISHED while the History Server lists nothing, having just been started', async () => {
    history.restart();
    loseOrders();
    await medic.advance(5 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_archive_up')).toBe(0);
    expect(await verdict('old')).toBe('FINISHED history_server');
    history.refresh();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED history_server');
    expect(await count('flink_archive_up')).toBe(1);
  });

  it('is not VANISHED while the History Server has never listed anything', async () => {
    history.restart();
    await medic.stop();
    medic = await RunningMedic.start({ config, time });
    loseOrders();
    await medic.advance(5 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_archive_up')).toBe(1);
  });

  it('is not VANISHED while the History Server is away, and its JobManager is no reason to ask it', async () => {
    await history.stop();
    loseOrders();
    await medic.advance(5 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_archive_up')).toBe(0);
    expect(await count('flink_cluster_up')).toBe(1);
    expect(await count('flink_cluster_observation_failures_total')).toBe(0);
    history = await FakeHistoryServer.start(folder, history.port);
    onTestFinished(() => history.stop());
    history.refresh();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED history_server');
  });

  it('has its final status also when no JobManager answers', async () => {
    loseOrders();
    history.refresh();
    await jobManager.stop();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED history_server');
    expect((await medic.explain('prod', 'orders'))[0]?.rule).toBe('unreachable_archive');
  });
});

describe('a History Server that hangs', () => {
  it('delays neither observation nor metrics, nor another History Server, nor the stop', async () => {
    const other = await FakeHistoryServer.start(folder);
    onTestFinished(() => other.stop());
    other.refresh();
    await medic.stop();
    history.faults.set('/config', { kind: 'hang' });
    const clusters = [
      { name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [], history_server: history.url },
      { name: 'old', history_server: other.url },
    ];
    medic = await RunningMedic.start({ config: { clusters }, time, waitUntilIdle: false });
    await until(
      'what the others say',
      async () => (await verdict()).startsWith('RUNNING') && (await verdict('old')) !== 'none',
    );
    expect(await verdict('old')).toBe('FINISHED history_server');
    expect((await medic.page()).lines('flink_archive_up')).toEqual([
      `flink_archive_up{archive="${other.url}",flink_cluster="old"} 1`,
    ]);
    expect((await medic.get('/-/ready')).text).toBe(`flink-medic is not ready: the first scan of ${history.url}.\n`);
    time.manual.advance(120_000);
    expect((await medic.get('/-/ready')).status).toBe(200);
    const since = performance.now();
    await medic.stop();
    expect(performance.now() - since).toBeLessThan(3_000);
  });
});

describe('what was read', () => {
  it('is read once, and stays when the History Server forgets it or starts empty', async () => {
    const asked = (): number => history.requests.filter((path) => path.startsWith('/jobs/')).length;
    expect(history.requests.filter((path) => path !== '/config' && path !== '/jobs/overview')).toHaveLength(4);
    await medic.advance(4 * SCAN);
    await restart();
    await medic.advance(4 * SCAN);
    expect(history.requests.filter((path) => path !== '/config' && path !== '/jobs/overview')).toHaveLength(4);
    cluster.submit({ name: 'report' }).run().finish();
    history.refresh();
    await medic.advance(SCAN);
    history.forget(history.requests.at(-1)?.split('/')[2] ?? '');
    await medic.advance(SCAN);
    expect(await count('flink_archive_files')).toBe(1);
    history.restart();
    await medic.advance(SCAN);
    expect(await count('flink_archive_up')).toBe(0);
    for (const name of ['old', 'report']) expect(await verdict(name)).toMatch(/^FINISHED/);
    const before = asked();
    history.refresh();
    await medic.advance(SCAN);
    expect(asked()).toBeGreaterThan(before);
    for (const name of ['old', 'report']) {
      expect(await count('flink_job_runs_ended_total', `job_name="${name}"`)).toBe(1);
    }
  });

  it('is the same as what the folder says, whoever of the two is asked first', async () => {
    const both = { name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [folder], history_server: history.url };
    await restart({ clusters: [both] });
    loseOrders();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED archive');
    const explained = await explain();
    history.refresh();
    await medic.advance(SCAN);
    expect(await explain()).toEqual(explained);
    expect(await verdict('old')).toBe('FINISHED history_server');
    expect(await count('flink_job_runs_ended_total')).toBe(2);
    expect((await medic.page()).lines('flink_medic_state_recoveries_total')).toEqual([
      'flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 1',
      'flink_medic_state_recoveries_total{flink_cluster="prod",source="history_server"} 0',
    ]);
    expect(await count('flink_archive_files', 'condition="indexed"')).toBe(4);
    expect(await count('flink_archive_files', 'condition="unattributed"')).toBe(0);
    rmSync(folder, { recursive: true });
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED archive');
  });
});

describe('whose it is', () => {
  it('is known of a run that a JobManager showed; others of several clusters stay unattributed', async () => {
    const other = await startCluster({ version: '1.20', clock: time.manual, archiveFolder: folder });
    const clusters = [cluster, other.cluster].map((_, i) => ({
      name: ['prod', 'test'][i],
      jobmanagers: [[jobManager, other.jobManager][i]?.baseUrl],
      archives: [],
      history_server: history.url,
    }));
    await medic.stop();
    medic = await RunningMedic.start({ config: { clusters }, time });
    loseOrders();
    history.refresh();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED history_server');
    expect(await verdict('old')).toBe('none');
    expect((await medic.page()).lines('flink_archive_files')).toEqual(
      [
        ['indexed', 1],
        ['incomplete', 0],
        ['unreadable', 0],
        ['unattributed', 1],
      ].map(
        ([condition, n]) =>
          `flink_archive_files{archive="${history.url}",flink_cluster="",condition="${condition}"} ${n}`,
      ),
    );
  });
});

describe('a reload', () => {
  it('brings and takes a History Server, and asks it with the new credentials', async () => {
    const without = { name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] };
    const reload = async (entry: object): Promise<void> => {
      medic.configure({ clusters: [entry] });
      await medic.reload();
      await medic.idle();
    };
    await reload(without);
    expect((await medic.page()).lines('flink_archive_up')).toEqual([]);
    expect(await verdict('old')).toBe('FINISHED history_server');
    history.authorization = 'Bearer secret';
    await reload({ ...without, history_server: history.url });
    expect(await count('flink_archive_up')).toBe(0);
    await reload({ ...without, history_server: history.url, http: { authorization: { credentials: 'secret' } } });
    expect(await count('flink_archive_up')).toBe(1);
    expect(await count('flink_job_runs_ended_total', 'job_name="old"')).toBe(1);
  });
});

describe('a cluster with nothing but a History Server', () => {
  it('shows what ended', async () => {
    await medic.stop();
    loseOrders();
    history.refresh();
    history.authorization = 'Bearer secret';
    const clusters = [
      { name: 'prod', history_server: history.url, http: { authorization: { credentials: 'secret' } } },
    ];
    medic = await RunningMedic.start({ config: { clusters }, time });
    expect(await verdict()).toBe('FAILED history_server');
    expect((await medic.explain('prod', 'orders'))[0]?.rule).toBe('archive_only');
    expect(await count('flink_medic_state_recoveries_total')).toBe(0);
    expect((await medic.page('/probe?target=prod')).lines('probe_success')).toEqual(['probe_success 1']);
    expect((await medic.get('/-/ready')).status).toBe(200);
  });

  it('needs no JobManager to know whose it is', async () => {
    await medic.stop();
    await jobManager.stop();
    // Which folder its JobManager would name is not known, and does not matter here.
    const clusters = [{ name: 'prod', jobmanagers: [jobManager.baseUrl], history_server: history.url }];
    medic = await RunningMedic.start({ config: { clusters }, time });
    expect(await verdict('old')).toBe('FINISHED history_server');
  });
});
