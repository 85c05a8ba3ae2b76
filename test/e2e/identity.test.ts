/** Which run is it, and whose archive is it? (`docs/truth.md`, "Which run is it?") */

import { describe, expect, it } from 'vitest';
import { writeArchive } from '../fake-flink/archive-writer.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import type { FlinkVersion } from '../fake-flink/flink-version.ts';
import { startCluster, startJobManager } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const POLL = 10_000;
const SCAN = 30_000;
const MINUTE = 60_000;
/** What application mode and people use again and again. */
const REUSED = '00000000000000000000000000000001';

function finals(page: { lines: (families: string, part?: string) => string[] }, part = ''): string[] {
  return page.lines('flink_job_final_status', part).map((line) => {
    const label = (name: string): string | undefined => new RegExp(`${name}="(\\w*)"`).exec(line)?.[1];
    return [label('flink_cluster'), label('job_name'), label('status'), label('source')].join(' ');
  });
}

function ended(page: { lines: (families: string, part?: string) => string[] }, part = ''): string[] {
  return page.lines('flink_job_runs_ended_total', part).filter((line) => !line.endsWith(' 0'));
}

async function start(version: FlinkVersion) {
  const time = new ManualTime();
  const archiveFolder = temporaryFolder();
  const { cluster, jobManager } = await startCluster({ version, clock: time.manual, archiveFolder });
  const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] }] };
  const storagePath = temporaryFolder();
  return { time, cluster, config, storagePath };
}

async function startTwo(version: FlinkVersion, ids: readonly [string?, string?] = []) {
  const time = new ManualTime();
  const archiveFolder = temporaryFolder();
  const [one, two] = await Promise.all(
    [ids[0], ids[1]].map((clusterId) =>
      startCluster({
        version,
        clock: time.manual,
        archiveFolder,
        ...(clusterId === undefined ? {} : { clusterId }),
      }),
    ),
  );
  if (one === undefined || two === undefined) throw new Error('two clusters were asked for');
  const clusters = [
    { name: 'one', jobmanagers: [one.jobManager.baseUrl], archives: [archiveFolder] },
    { name: 'two', jobmanagers: [two.jobManager.baseUrl], archives: [archiveFolder] },
  ];
  return { time, archiveFolder, one: one.cluster, two: two.cluster, config: { clusters } };
}

describe('a job id used twice', () => {
  it.each(['1.20', '2.3'] as const)(
    'on %s never takes the archive of the first run for the second',
    async (version) => {
      const { time, cluster, config, storagePath } = await start(version);
      const medic = await RunningMedic.start({ config, time, storagePath });
      cluster.submit({ name: 'orders', jobId: REUSED }).run();
      await medic.advance(POLL);
      await medic.advance(POLL / 2);
      cluster.job(REUSED)?.fail();
      await medic.advance(MINUTE);
      expect(finals(await medic.page())).toEqual(['prod orders FAILED live']);

      // The first archive stays where it is: Flink never overwrites one.
      const second = cluster.submit({ name: 'orders', jobId: REUSED }).run();
      await medic.advance(MINUTE);
      const page = await medic.page();
      expect(finals(page)).toEqual([]);
      expect(page.lines('flink_job_start_timestamp_seconds')).toEqual([
        `flink_job_start_timestamp_seconds{flink_cluster="prod",job_id="${REUSED}",job_name="orders"} ${String(second.startTime / 1000)}`,
      ]);
      second.finish();
      cluster.restart();
      await medic.advance(MINUTE);
      expect((await medic.page()).lines('flink_job_status_reason')).toEqual([
        `flink_job_status_reason{flink_cluster="prod",job_id="${REUSED}",job_name="orders",reason="not_listed"} 1`,
      ]);
      await medic.advance(2 * MINUTE);
      expect(finals(await medic.page())).toEqual(['prod orders VANISHED none']);
      expect(ended(await medic.page())).toEqual([
        'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FAILED"} 1',
      ]);
      const history = await medic.json<{ runs: { generation: number; state: string }[] }>(
        `/api/v1/jobs/prod/${REUSED}`,
      );
      expect(history.runs.map(({ generation, state }) => [generation, state])).toEqual([
        [2, 'VANISHED'],
        [1, 'FAILED'],
      ]);
    },
  );

  it.each(['the list', 'the archive'])('while we were away is told apart, %s read first', async (first) => {
    const { time, cluster, config, storagePath } = await start('1.20');
    const before = await RunningMedic.start({ config, time, storagePath });
    const orders = cluster.submit({ name: 'orders', jobId: REUSED }).run();
    orders.completeCheckpoint();
    await before.advance(POLL);
    await before.stop();

    time.manual.advance(MINUTE);
    orders.fail();
    time.manual.advance(MINUTE);
    cluster.submit({ name: 'orders', jobId: REUSED }).run();
    time.manual.advance(MINUTE);
    const late = { clusters: config.clusters.map((entry) => ({ ...entry, archives: [] })) };
    const early = { clusters: config.clusters.map((entry) => ({ ...entry, jobmanagers: ['http://127.0.0.1:9'] })) };
    const medic = await RunningMedic.start({ config: first === 'the list' ? late : early, time, storagePath });
    await medic.advance(POLL);
    medic.configure(config);
    await medic.reload();
    await medic.advance(SCAN);
    const page = await medic.page();
    expect(page.lines('flink_job_status', 'state="RUNNING"')).toEqual([
      `flink_job_status{flink_cluster="prod",job_id="${REUSED}",job_name="orders",state="RUNNING"} 1`,
    ]);
    expect(finals(page)).toEqual([]);
    expect(ended(page)).toEqual([
      'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FAILED"} 1',
    ]);
    expect(page.lines('flink_job_failovers_total')).toEqual([
      `flink_job_failovers_total{flink_cluster="prod",job_id="${REUSED}",job_name="orders"} 0`,
    ]);
    expect(page.lines('flink_medic_state_recoveries_total')).toEqual([
      'flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 1',
    ]);
  });
});

describe('two clusters on one archive folder', () => {
  const OWN = ['1'.repeat(32), '2'.repeat(32)] as const;
  const layouts = [
    ['flat', '1.20', []],
    ['own cluster.id', '2.3', OWN],
    ['default cluster.id', '2.3', []],
  ] as const;

  it.each(layouts)('%s: a run is counted on the cluster that saw it live', async (_layout, version, ids) => {
    const { time, archiveFolder, one, two, config } = await startTwo(version, ids);
    const medic = await RunningMedic.start({ config, time });
    const first = one.submit({ name: 'orders', jobId: 'a'.repeat(32) }).run();
    const second = two.submit({ name: 'orders', jobId: 'b'.repeat(32) }).run();
    await medic.advance(POLL);
    first.fail();
    second.finish();
    one.restart();
    two.restart();
    await medic.advance(MINUTE);
    const page = await medic.page();
    expect(finals(page)).toEqual(['one orders FAILED archive', 'two orders FINISHED archive']);
    expect(ended(page)).toEqual([
      'flink_job_runs_ended_total{flink_cluster="one",job_name="orders",status="FAILED"} 1',
      'flink_job_runs_ended_total{flink_cluster="two",job_name="orders",status="FINISHED"} 1',
    ]);
    expect(page.lines('flink_archive_files')).toEqual([
      `flink_archive_files{archive="${archiveFolder}",flink_cluster="",condition="indexed"} 2`,
      `flink_archive_files{archive="${archiveFolder}",flink_cluster="",condition="incomplete"} 0`,
      `flink_archive_files{archive="${archiveFolder}",flink_cluster="",condition="unreadable"} 0`,
      `flink_archive_files{archive="${archiveFolder}",flink_cluster="",condition="unattributed"} 0`,
    ]);
  });

  it.each(layouts)('%s: the same id on both at once is told apart by its times', async (_layout, version, ids) => {
    const { time, one, two, config } = await startTwo(version, ids);
    const medic = await RunningMedic.start({ config, time });
    const first = one.submit({ name: 'orders', jobId: REUSED }).run();
    await medic.advance(POLL + 1);
    const second = two.submit({ name: 'orders', jobId: REUSED }).run();
    await medic.advance(POLL);
    second.fail();
    two.restart();
    await medic.advance(MINUTE);
    expect(finals(await medic.page())).toEqual(['two orders FAILED archive']);
    expect((await medic.page()).lines('flink_job_status', 'state="RUNNING"')).toEqual([
      `flink_job_status{flink_cluster="one",job_id="${REUSED}",job_name="orders",state="RUNNING"} 1`,
    ]);
    expect(first.state).toBe('RUNNING');
  });

  it.each(layouts)('%s: a run that nobody saw', async (layout, version, ids) => {
    const { time, archiveFolder, one, two, config } = await startTwo(version, ids);
    one
      .submit({ name: 'report', jobId: 'c'.repeat(32) })
      .run()
      .finish();
    one.restart();
    two.submit({ name: 'orders' }).run();
    const medic = await RunningMedic.start({ config, time });
    await medic.advance(MINUTE);
    const attributed = layout === 'own cluster.id';
    const page = await medic.page();
    expect(finals(page, 'report')).toEqual(attributed ? ['one report FINISHED archive'] : []);
    expect(ended(page, 'report')).toEqual(
      attributed ? ['flink_job_runs_ended_total{flink_cluster="one",job_name="report",status="FINISHED"} 1'] : [],
    );
    expect(page.lines('flink_archive_files', 'unattributed')).toEqual([
      `flink_archive_files{archive="${archiveFolder}",flink_cluster="",condition="unattributed"} ${attributed ? '0' : '1'}`,
    ]);
    // It is no recovery: nobody had seen it alive.
    expect(page.lines('flink_medic_state_recoveries_total').filter((line) => !line.endsWith(' 0'))).toEqual([]);
  });

  it('never ends a live run by the archive of its namesake on the other cluster', async () => {
    const { time, archiveFolder, one, two, config } = await startTwo('1.20');
    const storagePath = temporaryFolder();
    two.submit({ name: 'orders', jobId: REUSED }).run();
    time.manual.advance(1_000);
    one.submit({ name: 'orders', jobId: REUSED }).run();
    time.manual.advance(MINUTE);
    // Ended on a cluster that never was in sight with it.
    two.job(REUSED)?.fail();
    two.restart();
    const medic = await RunningMedic.start({ config, time, storagePath });
    await medic.advance(MINUTE);
    const line = `flink_archive_files{archive="${archiveFolder}",flink_cluster="",condition="unattributed"} 1`;
    const page = await medic.page();
    expect(finals(page)).toEqual([]);
    expect(ended(page)).toEqual([]);
    expect(page.lines('flink_archive_files', 'unattributed')).toEqual([line]);
    await medic.stop();

    // Lost from sight while we were away, and soon after the archive: nothing but our memory tells them apart.
    one.restart();
    const next = await RunningMedic.start({ config, time, storagePath });
    await next.advance(SCAN);
    expect(finals(await next.page())).toEqual([]);
    expect((await next.page()).lines('flink_job_status_reason')).toHaveLength(1);
    expect((await next.page()).lines('flink_archive_files', 'unattributed')).toEqual([line]);
  });

  it('gives nothing to the only cluster on a folder while another has not told where its archives lie', async () => {
    const { time, two, config, managers } = await startDiscovered();
    two
      .submit({ name: 'report', jobId: 'e'.repeat(32) })
      .run()
      .fail();
    managers.two.mode = 'electing';
    const medic = await RunningMedic.start({ config, time });
    await medic.advance(MINUTE);
    expect(finals(await medic.page())).toEqual([]);
    expect(unattributed(await medic.page())).toEqual([1]);
    managers.two.mode = 'ready';
    await medic.advance(2 * MINUTE);
    expect(finals(await medic.page())).toEqual(['two report FAILED live']);
    expect(ended(await medic.page(), 'report')).toEqual([
      'flink_job_runs_ended_total{flink_cluster="two",job_name="report",status="FAILED"} 1',
    ]);
    expect(unattributed(await medic.page())).toEqual([0]);
  });

  it('gives what was nobody’s to the one that stays, without a JobManager too', async () => {
    const { time, archiveFolder, one } = await startTwo('1.20');
    one.submit({ name: 'orders' }).run().fail();
    const watching = (...names: readonly string[]): object => ({
      clusters: names.map((name) => ({ name, archives: [archiveFolder] })),
    });
    const medic = await RunningMedic.start({ config: watching('one', 'two'), time });
    await medic.advance(MINUTE);
    expect(unattributed(await medic.page())).toEqual([1]);
    medic.configure(watching('one'));
    await medic.reload();
    await medic.advance(SCAN);
    expect(finals(await medic.page())).toEqual(['one orders FAILED archive']);
    expect(unattributed(await medic.page())).toEqual([0]);
    await medic.stop();
    const next = await RunningMedic.start({ config: watching('one'), time, storagePath: medic.storagePath });
    expect(ended(await next.page())).toEqual([
      'flink_job_runs_ended_total{flink_cluster="one",job_name="orders",status="FAILED"} 1',
    ]);
  });

  it('leaves an archive that one refused to the other, also after a restart, and when that one is added later', async () => {
    const { time, archiveFolder, one, two, config } = await startTwo('1.20');
    const [alone] = config.clusters;
    const storagePath = temporaryFolder();
    one.submit({ name: 'orders', jobId: REUSED }).run();
    const medic = await RunningMedic.start({ config: { clusters: [alone] }, time, storagePath });
    await medic.advance(POLL / 2);
    const namesake = two.submit({ name: 'orders', jobId: REUSED }).run();
    await medic.advance(POLL);
    two.archiving = false;
    namesake.fail();
    writeArchive(archiveFolder, two, namesake);
    await medic.advance(MINUTE);
    expect(finals(await medic.page())).toEqual([]);
    expect(unattributed(await medic.page())).toEqual([1]);
    await medic.stop();

    const next = await RunningMedic.start({ config: { clusters: [alone] }, time, storagePath });
    next.configure(config);
    await next.reload();
    await next.advance(MINUTE);
    expect(finals(await next.page())).toEqual(['two orders FAILED live']);
    expect(unattributed(await next.page())).toEqual([0]);
  });
});

describe('one cluster on two archive folders', () => {
  it('remembers for each what is not its own', async () => {
    const time = new ManualTime();
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    const one = await startCluster({ version: '1.20', clock: time.manual });
    const other = new FakeCluster({ version: '1.20', clock: time.manual, archiveFolder: second });
    const config = {
      clusters: [{ name: 'one', jobmanagers: [one.jobManager.baseUrl], archives: [first, second] }],
    };
    one.cluster.submit({ name: 'orders', jobId: REUSED }).run();
    const medic = await RunningMedic.start({ config, time });
    await medic.advance(MINUTE);
    const namesake = other.submit({ name: 'orders', jobId: REUSED }).run();
    time.manual.advance(1_000);
    namesake.fail();
    await medic.advance(5 * MINUTE);
    expect(finals(await medic.page())).toEqual([]);
    expect(unattributed(await medic.page())).toEqual([0, 1]);
  });
});

function unattributed(page: { lines: (families: string, part?: string) => string[] }): number[] {
  return page
    .lines('flink_archive_files', 'unattributed')
    .map((line) => Number(line.slice(line.lastIndexOf(' '))))
    .toSorted((a, b) => a - b);
}

/** Two clusters that name the same folder themselves. */
async function startDiscovered() {
  const time = new ManualTime();
  const archiveFolder = temporaryFolder();
  const [one, two] = [0, 1].map(() => new FakeCluster({ version: '1.20', clock: time.manual, archiveFolder }));
  if (one === undefined || two === undefined) throw new Error('two clusters were asked for');
  const managers = { one: await startJobManager(one), two: await startJobManager(two) };
  const clusters = Object.entries(managers).map(([name, { baseUrl }]) => ({ name, jobmanagers: [baseUrl] }));
  return { time, two, managers, config: { clusters } };
}
