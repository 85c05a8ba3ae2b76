/**
 * The running program with something of everything that its pages show: jobs that run, one that was brought back after it
 * failed, one whose failure is left to people, one that vanished from a cluster that is down, and old runs.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../real-flink/until.ts';
import { startCluster } from '../support/fake.ts';
import { ManualTime } from '../support/manual-time.ts';
import { RunningMedic, type StartOptions, temporaryFolder } from '../support/medic.ts';
import type { FakeJob } from '../../fake-flink/fake-job.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Long, and not without hostility. */
const EXCEPTION = 'com.example.payments.ingest.kafka.deserialization.registry.PoisonRecordException';
const MESSAGE =
  'record 689 of payments-12 is no JSON: unexpected "<script>alert(1)</script>" at 1:17; ' +
  'no dead letter topic is configured, so the source stops here and the offset stays where it was. '.repeat(3);

export interface Scene {
  readonly medic: RunningMedic;
  /** Ids of jobs on the cluster prod. */
  readonly jobs: { readonly repaired: string; readonly broken: string };
}

export async function startScene(options: Partial<StartOptions> = {}): Promise<Scene> {
  const time = new ManualTime();
  const folder = temporaryFolder();
  const { cluster: flink, jobManager: prod } = await startCluster({ version: '2.3', clock: time.manual });
  const staging = await startCluster({ version: '1.20', clock: time.manual });

  const checkpointed = (job: FakeJob, id: number): FakeJob => {
    const path = join(folder, 'checkpoints', job.jobId, `chk-${String(id)}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, '_metadata'), '');
    job.completeCheckpoint({ path });
    return job;
  };
  const run = (name: string): FakeJob => {
    const jobId = createHash('md5')
      .update(`${name} ${String(flink.jobs.length)}`)
      .digest('hex');
    return flink.submit({ name, jobId, checkpointing: { intervalMs: MINUTE } }).run();
  };

  // Before flink-medic looks: two days of one job.
  const first = run('orders');
  time.manual.advance(20 * HOUR);
  first.fail();
  time.manual.advance(25 * MINUTE);
  const second = run('orders');
  for (const name of ['customers', 'clicks', 'invoices']) run(name);
  flink.submit({ name: 'nightly report', jobType: 'BATCH', checkpointing: 'off' }).run().finish();
  time.manual.advance(14 * HOUR);
  second.cancel();
  time.manual.advance(10 * MINUTE);
  const orders = checkpointed(run('orders'), 1);
  const payments = checkpointed(run('payments'), 1);
  time.manual.advance(9 * HOUR);
  staging.cluster.submit({ name: 'experiment' }).run();

  writeFileSync(join(folder, 'orders.jar'), 'a jar');
  const config = {
    clusters: [
      { name: 'prod', jobmanagers: [prod.baseUrl], archives: [] },
      { name: 'staging', jobmanagers: [staging.jobManager.baseUrl], archives: [] },
    ],
    restart: {
      mode: 'on',
      policies: [
        {
          name: 'streams',
          match: { flink_cluster: 'prod', job_name: '/orders|payments/' },
          triggers: { watchdog: true },
          never_on: { exceptions: [EXCEPTION] },
          driver: {
            flink_rest: {
              jar: join(folder, 'orders.jar'),
              args: ['--name', 'orders', '--db-password', 'hunter2'],
              submit_timeout: '30s',
            },
          },
        },
      ],
    },
  };
  flink.onSubmit = (job) => checkpointed(job.run(), 2);
  const medic = await RunningMedic.start({ config, time, ...options });
  await medic.advance(30_000);

  orders.fail({ exception: 'java.net.SocketTimeoutException', message: 'connect timed out' });
  const isNow = async (state: string): Promise<boolean> => {
    await medic.advance(1_000);
    const { incidents } = await medic.json<{ incidents: { state: string }[] }>('/api/v1/incidents');
    return incidents[0]?.state === state;
  };
  await until('repair', () => isNow('succeeded'), { every: 3 });
  const repaired = flink.jobs.at(-1)?.jobId ?? '';
  await medic.advance(4 * MINUTE);
  payments.fail({ exception: EXCEPTION, message: MESSAGE });
  await until('refusal', () => isNow('refused'), { every: 3 });
  staging.jobManager.faults.set('*', { kind: 'status', status: 503 });
  await medic.advance(MINUTE);
  return { medic, jobs: { repaired, broken: payments.jobId } };
}
