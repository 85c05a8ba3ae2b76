/**
 * Everything that dashboards show, once: jobs that run, fail, are brought back or refused, vanish, hang, run twice, are
 * missing or cannot be seen, while a real Prometheus with the shipped rules scrapes flink-medic every second. The story
 * takes minutes of fake time, long before the real time in which Prometheus lives. Ends with the test.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Repair } from '../../../test/e2e/restarts/repair.ts';
import { startCluster } from '../../../test/e2e/support/fake.ts';
import { ManualTime } from '../../../test/e2e/support/manual-time.ts';
import { temporaryFolder } from '../../../test/e2e/support/medic.ts';
import { Prometheus } from '../../../test/e2e/support/prometheus.ts';
import { writeArchive } from '../../../test/fake-flink/archive-writer.ts';
import { ManualClock } from '../../../test/fake-flink/clock.ts';
import { FakeCluster } from '../../../test/fake-flink/fake-cluster.ts';
import { until } from '../../../test/real-flink/until.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const RULES = join(import.meta.dirname, '../../../alerts');

/** @param program the path of Prometheus */
export async function playScenario(program: string): Promise<Prometheus> {
  const time = new ManualTime(new ManualClock(Date.now() - 3 * HOUR));
  const archives = temporaryFolder();
  const repair = await Repair.start({
    flink: { version: '1.20', archiveFolder: archives },
    archives: [archives],
    medic: { time },
  });
  const { cluster, medic } = repair;
  const other = await startCluster({ clock: time.manual });
  addTo(repair, other.jobManager.baseUrl);
  await medic.reload();

  const checkpointing = { intervalMs: 1_000 };
  const orders = await repair.running();
  const refused = cluster.submit({ name: 'refused' }).run();
  const lost = cluster.submit({ name: 'vanished' }).run();
  const payments = cluster.submit({ name: 'payments', checkpointing }).run();
  const batch = cluster.submit({ name: 'batch', jobType: 'BATCH' }).run();
  cluster.submit({ name: 'stuck' });
  other.cluster.submit({ name: 'unseen' }).run();
  await medic.advance(MINUTE);
  const prometheus = await startPrometheus(program, new URL(medic.url).host);

  orders.restart({ exception: 'java.io.IOException' }).restarted();
  orders.failCheckpoint();
  orders.completeCheckpoint({ path: repair.checkpoint(orders.jobId, 2) });
  payments.restart().restarted();
  batch.finish();
  cluster.submit({ name: 'twice' }).run();
  cluster.submit({ name: 'twice' }).run();
  writeCutArchive(archives, time.manual);
  cluster.archiving = false;
  lost.fail();
  cluster.forget(lost);
  cluster.archiving = true;
  await medic.advance(3 * MINUTE);
  orders.fail();
  refused.fail({ exception: 'java.lang.IllegalStateException', labels: { team: 'a' } });
  payments.fail();
  await medic.advance(MINUTE);
  await repair.alert(orders);
  await repair.alert(refused);
  await repair.until('the job again', async () => {
    cluster.jobs.findLast(({ name }) => name === 'orders')?.completeCheckpoint();
    return (await repair.incident()).state === 'succeeded';
  });
  await other.jobManager.stop();
  await repair.order('pause', { flink_cluster: 'other' });
  await medic.advance(MINUTE);
  return prometheus;
}

/** A second cluster, expected jobs, and a policy for a job that has no restore point. */
function addTo(repair: Repair, otherUrl: string): void {
  const { clusters, restart, ...rest } = repair.config();
  const [policy] = restart.policies;
  repair.medic.configure({
    ...rest,
    clusters: [
      ...clusters.map((one) => ({ ...one, expected_jobs: ['orders', 'absent', 'twice'] })),
      { name: 'other', jobmanagers: [otherUrl] },
    ],
    restart: {
      ...restart,
      policies: [
        ...restart.policies,
        { ...policy, name: 'refused', match: { flink_cluster: 'c', job_name: 'refused' } },
      ],
    },
  });
}

/** Of a JobManager that died while it wrote. */
function writeCutArchive(folder: string, clock: ManualClock): void {
  const cluster = new FakeCluster({ version: '1.20', clock });
  writeArchive(
    folder,
    cluster,
    cluster
      .submit({ name: 'cut', jobId: 'c'.repeat(32) })
      .run()
      .fail(),
    { cutAt: 1_500 },
  );
}

/** @returns when it has scraped flink-medic, so that what counters grow by from now on is seen */
async function startPrometheus(program: string, medic: string): Promise<Prometheus> {
  const rules = readdirSync(RULES).filter((file) => file.endsWith('.rules.yml'));
  const prometheus = await Prometheus.start(
    program,
    {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: rules,
      // As two flink-medics that watch the same clusters: nothing may count twice.
      scrape_configs: ['flink-medic', 'replica'].map((name) => ({
        job_name: name,
        static_configs: [{ targets: [medic] }],
      })),
    },
    Object.fromEntries(rules.map((file) => [file, readFileSync(join(RULES, file), 'utf8')])),
  );
  onTestFinished(() => prometheus.stop());
  await until('two scrapes', async () => {
    const [scrapes] = await prometheus.query('count_over_time(flink_medic_build_info[1m])');
    return Number(scrapes?.value ?? 0) >= 2;
  });
  return prometheus;
}
