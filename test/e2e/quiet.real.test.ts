/**
 * The shipped rules do not cry wolf: a real Prometheus watches the real program over a fake cluster, through first starts,
 * restarts and replacements. Beside a rule that has to be quiet is a copy with the mistake that would make it loud.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeArchive } from '../fake-flink/archive-writer.ts';
import { ManualClock } from '../fake-flink/clock.ts';
import type { FakeCluster } from '../fake-flink/fake-cluster.ts';
import type { FakeJob, FakeJobOptions } from '../fake-flink/fake-job.ts';
import { freePorts } from '../real-flink/ports.ts';
import { until } from '../real-flink/until.ts';
import { realProgram } from '../support/real.ts';
import { type Door, startDoor } from './support/door.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';
import { type RaisedAlert, Watch } from './support/watch.ts';

const prometheus = realProgram('prometheus', 'apt-get install prometheus');
const skipped = prometheus.skip;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What saves an alert from an age of more than a day, from a run that was replaced, and from a gap between scrapes. */
const AGELESS = [/< 86400/, '< 8640000'] as const;
const HEIRLESS = [/_superseded\[10m\]\) == 1/, '_superseded[10m]) == 2'] as const;
const FORGETFUL = [/last_over_time\((\w+)\[10m\]\)/g, '$1'] as const;

interface Stage {
  readonly time: ManualTime;
  readonly cluster: FakeCluster;
  readonly archives: string;
  /** In front of the JobManager. */
  readonly door: Door;
  /** Jobs whose name begins with "managed" are brought back. */
  readonly config: object;
  /** A job that runs, without checkpoints unless told. */
  readonly run: (name: string, options?: Partial<FakeJobOptions>) => FakeJob;
}

/**
 * A cluster whose time begins `agoMs` before the real one, and moves only by hand.
 *
 * @param expected names of jobs
 */
async function stage(agoMs: number, expected: readonly string[] = []): Promise<Stage> {
  const time = new ManualTime(new ManualClock(Date.now() - agoMs));
  const archives = temporaryFolder();
  const { cluster, jobManager } = await startCluster({ clock: time.manual, archiveFolder: archives });
  const door = await startDoor(jobManager.baseUrl);
  const jar = join(temporaryFolder(), 'a.jar');
  writeFileSync(jar, 'a jar');
  const match = { flink_cluster: 'c', job_name: '/managed.*/' };
  const config = {
    observe: { interval: '1m', timeout: '1m' },
    clusters: [{ name: 'c', jobmanagers: [door.url], archives: [archives], expected_jobs: expected }],
    webhook: { authorization: { credentials: 'secret' } },
    restart: { mode: 'on', policies: [{ name: 'p', match, driver: { flink_rest: { jar } } }] },
  };
  const run = (name: string, options: Partial<FakeJobOptions> = {}): FakeJob =>
    cluster.submit({ name, checkpointing: 'off', ...options }).run();
  return { time, cluster, archives, door, config, run };
}

/** "FlinkJobFailed of orders firing", sorted. */
function told(alerts: readonly RaisedAlert[]): string[] {
  return alerts
    .map(({ labels, state }) => `${labels['alertname'] ?? ''} of ${labels['job_name'] ?? 'all'} ${state}`)
    .toSorted((a, b) => a.localeCompare(b));
}

/** Without what is pending while there is nothing to scrape. */
function withoutGaps(alerts: readonly RaisedAlert[]): RaisedAlert[] {
  return alerts.filter(({ labels, state }) => labels['alertname'] !== 'FlinkMedicDown' || state === 'firing');
}

/** How many series there are of each alert in each state. */
function counts(alerts: readonly RaisedAlert[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(alerts, ({ labels, state }) => `${labels['alertname'] ?? ''} ${state}`);
  return Object.fromEntries([...groups].map(([name, { length }]) => [name, length]));
}

/** Every second one is managed, whatever else every second one is. */
function numbered(count: number, word: string): string[] {
  return Array.from({ length: count }, (_, index) => `${index % 4 < 2 ? '' : 'managed '}${word} ${String(index)}`);
}

async function freeAddress(): Promise<string> {
  return `127.0.0.1:${String((await freePorts(1))())}`;
}

describe.skipIf(skipped !== undefined)(`the shipped rules ${skipped ?? ''}`, { timeout: 180_000 }, () => {
  it('page for none of 1,000 old failures when flink-medic starts for the first time', async () => {
    const { time, cluster, archives, door, config, run } = await stage(3 * DAY);
    const late: FakeJob[] = [];
    const fail = (names: readonly string[]): void => {
      for (const name of names) run(name).fail();
    };
    // Half of the newer runs finish, with an archive that is read last; the others run.
    const replace = (names: readonly string[]): void => {
      const heirs = names.map((name) => run(name, { jobType: 'BATCH' }));
      cluster.archiving = false;
      late.push(...heirs.filter((_, index) => index % 2 === 0).map((heir) => heir.finish()));
      cluster.archiving = true;
    };
    const replaced = numbered(250, 'replaced');
    const young = numbered(250, 'young');
    fail([...numbered(500, 'forgotten'), ...replaced]);
    time.manual.advance(MINUTE);
    replace(replaced);
    time.manual.advance(3 * DAY - 3 * HOUR);
    fail(young);
    time.manual.advance(MINUTE);
    replace(young);
    time.manual.advance(3 * HOUR - 2 * MINUTE);
    for (const job of cluster.jobs) if (job.endTime !== undefined) cluster.forget(job);

    const address = await freeAddress();
    const watch = await Watch.start({
      program: prometheus.get(),
      medics: [address],
      mistakes: {
        ageless: ['FlinkJobFailed', ...AGELESS],
        heirless: ['FlinkJobFailed', ...HEIRLESS],
        bridged: ['FlinkJobFailed', /job_name\) flink_job_status\)/, 'job_id) flink_job_status)'],
        hasty: ['FlinkJobFailed', /flink:job_ends_known:group/, 'flink:job_failed_now:max'],
      },
    });
    // Archives are read before the JobManager tells what runs.
    door.close();
    const medic = await RunningMedic.start({ config, time, listenAddresses: [address], waitUntilIdle: false });
    await until('hasty page', async () => (await watch.alertsOf('hasty')).length > 0);
    expect(told(await watch.history()).filter((alert) => !alert.includes('young'))).toEqual([
      'FlinkMedicDown of all pending',
    ]);
    for (const heir of late) writeArchive(archives, cluster, heir);
    await until('late archives', async () => {
      time.fireNext(time.manual.now() + MINUTE);
      const [files] = await watch.prometheus.query('flink_archive_files{condition="indexed"}');
      return Number(files?.value) === 1_000 + late.length;
    });
    door.open();
    await medic.idle();
    await watch.judged();

    expect(await watch.alerts()).toEqual([]);
    const { 'FlinkJobRepairNotStarted pending': _half, ...raised } = counts(await watch.history());
    // The trigger, which flink-medic refuses: while the archives are read, of runs that ended within a day.
    expect(raised).toEqual({ 'FlinkMedicDown pending': 1, 'FlinkJobRepairWanted firing': 124 });
    const loud = await Promise.all(['ageless', 'heirless', 'bridged'].map((mistake) => watch.alertsOf(mistake)));
    expect(loud.map(counts)).toEqual([{ 'ageless firing': 250 }, { 'heirless firing': 63 }, { 'bridged firing': 63 }]);
    expect(watch.prometheus.complaints()).toEqual([]);
  });

  it('end within two evaluations when a newer run is up, and say nothing of jobs that finished', async () => {
    const { time, config, run } = await stage(4 * MINUTE);
    const orders = run('orders');
    const upgraded = run('upgraded');
    const nightly = run('nightly', { jobType: 'BATCH' });
    const medic = await RunningMedic.start({ config, time });
    const watch = await Watch.start({
      program: prometheus.get(),
      medics: [new URL(medic.url).host],
      mistakes: {
        heirless: ['FlinkJobFailed', ...HEIRLESS],
        heirless_finish: ['FlinkJobFinishedUnexpectedly', ...HEIRLESS],
        typeless: ['FlinkJobFinishedUnexpectedly', /\{job_type="STREAMING"\}/, ''],
      },
    });
    orders.fail();
    nightly.finish();
    upgraded.finish();
    run('upgraded');
    await medic.advance(MINUTE);
    const page = 'FlinkJobFailed of orders firing';
    await until('page', async () => told(await watch.alerts()).includes(page));

    run('orders');
    await medic.advance(MINUTE);
    await watch.judged();
    expect(await watch.alerts()).toEqual([]);
    const superseded = `timestamp(flink_job_superseded{job_id="${orders.jobId}"} == 1)`;
    const [since] = await watch.prometheus.query(`min(min_over_time(${superseded}[5m:100ms]))`);
    const firing = 'ALERTS{alertname="FlinkJobFailed",alertstate="firing"}[5m]';
    const [more] = await watch.prometheus.query(
      `sum(count_over_time(${firing})) - sum(count_over_time(${firing} @ ${String(since?.value)}))`,
    );
    expect(Number(more?.value)).toBeLessThanOrEqual(2);
    expect(told(withoutGaps(await watch.history()))).toEqual([page]);

    expect(told(await watch.alertsOf('heirless'))).toEqual(['heirless of orders firing']);
    expect(told(await watch.alertsOf('heirless_finish'))).toEqual(['heirless_finish of upgraded pending']);
    expect(told(await watch.alertsOf('typeless'))).toEqual(['typeless of nightly pending']);
    expect(watch.prometheus.complaints()).toEqual([]);
  });

  it('neither fire nor resolve by a restart of flink-medic or of Prometheus', async () => {
    const { time, cluster, door, config, run } = await stage(3 * DAY, ['orders', 'absent']);
    const orders = run('orders', { checkpointing: { intervalMs: MINUTE } });
    const restless = run('restless');
    for (let restart = 0; restart < 20; restart += 1) restless.restart().restarted();
    run('cancelled').cancel();
    run('managed').fail();
    time.manual.advance(3 * DAY - 3 * MINUTE);
    run('managed');
    run('nightly', { jobType: 'BATCH' }).finish();
    run('orphaned').fail();
    const crashing = run('crashing');
    time.manual.advance(MINUTE);
    orders.completeCheckpoint();

    const listenAddresses = [await freeAddress()];
    const medic = await RunningMedic.start({ config, time, listenAddresses });
    const data = temporaryFolder();
    const options = { program: prometheus.get(), medics: listenAddresses, pace: 10, data };
    const watch = await Watch.start({
      ...options,
      mistakes: {
        ageless: ['FlinkJobCancelled', ...AGELESS],
        forgetful: ['FlinkJobFailed', ...FORGETFUL],
        fickle: ['FlinkJobFailed', /alertstate="firing"/, 'alertstate="never"'],
        trusting: ['FlinkJobFailed', /flink_job_runs_ended_total/, 'last_over_time(flink_job_runs_ended_total[10m])'],
      },
    });
    const steady = ['FlinkJobFailed of orphaned firing', 'FlinkJobMissing of absent firing'];
    await until('alerts', async () => told(await watch.alerts()).join() === steady.join());
    const before = await watch.alerts();
    expect(told(await watch.alertsOf('ageless'))).toEqual(['ageless of cancelled firing']);

    // While it is away a job fails, is started, fails again and is started again.
    await medic.stop();
    crashing.fail();
    time.manual.advance(SECOND);
    const neverSeen = run('crashing');
    time.manual.advance(SECOND);
    neverSeen.fail();
    time.manual.advance(SECOND);
    run('crashing');
    for (const job of [crashing, neverSeen]) cluster.forget(job);
    await until('gap', async () => (await watch.prometheus.query('up == 0')).length === 1);
    await watch.evaluated();
    expect(told(withoutGaps(await watch.alerts()))).toEqual(steady);
    for (const mistake of ['forgetful', 'fickle']) expect(await watch.alertsOf(mistake)).toEqual([]);

    door.close();
    const { storagePath } = medic;
    const again = await RunningMedic.start({ config, time, listenAddresses, storagePath, waitUntilIdle: false });
    const trusting = async (): Promise<string> => told(await watch.alertsOf('trusting')).join();
    await until('page that trusts', async () => (await trusting()).includes('crashing'));
    door.open();
    await again.idle();
    await watch.judged();
    const byName = (alerts: readonly RaisedAlert[]): RaisedAlert[] =>
      alerts.toSorted((a, b) =>
        told([a])
          .join()
          .localeCompare(told([b]).join()),
      );
    // With the same activeAt.
    expect(byName(await watch.alerts())).toEqual(byName(before));
    const everything = [...steady, 'FlinkJobMissing of absent pending'];
    expect(told(withoutGaps(await watch.history()))).toEqual(everything);
    expect(watch.prometheus.complaints()).toEqual([]);

    await watch.stop();
    for (const folder of [data, temporaryFolder()]) {
      const next = await Watch.start({ ...options, data: folder });
      await next.judged();
      expect(told(await next.alerts())).toContain(steady[0]);
      expect(everything).toEqual(expect.arrayContaining(told(withoutGaps(await next.history()))));
      expect(next.prometheus.complaints()).toEqual([]);
      await next.stop();
    }
  });

  it('raise each alert once when two flink-medics watch, and go on when one of them leaves', async () => {
    const { time, config, run } = await stage(2 * MINUTE, ['orders', 'absent']);
    run('orders', { checkpointing: { intervalMs: MINUTE } }).completeCheckpoint();
    run('failed').fail();
    run('managed').fail();
    run('cancelled').cancel();
    const first = await RunningMedic.start({ config, time });
    const second = await RunningMedic.start({ config, time: new ManualTime(time.manual) });
    const watch = await Watch.start({
      program: prometheus.get(),
      medics: [first, second].map(({ url }) => new URL(url).host),
      mistakes: { each: ['FlinkJobFailed', /max by \(flink_cluster, job_id, job_name(, status)?\)/, ''] },
    });
    await watch.judged();
    const once = [
      'FlinkJobCancelled of cancelled firing',
      'FlinkJobFailed of failed firing',
      'FlinkJobMissing of absent pending',
      'FlinkJobRepairNotStarted of managed pending',
      'FlinkJobRepairWanted of managed firing',
    ];
    const before = await watch.alerts();
    expect(told(before)).toEqual(once);
    expect(told(await watch.alertsOf('each'))).toEqual(['each of failed firing', 'each of failed firing']);

    await first.stop();
    await until('gap', async () => (await watch.prometheus.query('up == 0')).length === 1);
    await watch.evaluated();
    expect(told(withoutGaps(await watch.alerts()))).toEqual(once);
    expect(told(withoutGaps(await watch.history()))).toEqual(once);
    expect(watch.prometheus.complaints()).toEqual([]);
  });
});
