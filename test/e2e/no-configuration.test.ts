/** The first minute of somebody who starts flink-medic without having read anything. */

import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { startJobManager } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { MedicProcess } from './support/medic-process.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const PORT = 8081;

/** Why the port cannot be had. */
async function taken(host: string): Promise<string | undefined> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  server.once('error', (error: NodeJS.ErrnoException) => {
    // A machine without IPv6 has nothing listening there.
    resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT' ? undefined : error.message);
  });
  server.listen(PORT, host, () => server.close(() => resolve(undefined)));
  return promise;
}

const reason = (await taken('127.0.0.1')) ?? (await taken('::1'));
if (reason !== undefined) console.warn(`Skipped: port ${String(PORT)} of loopback is not free: ${reason}`);

it.skipIf(reason !== undefined)(
  `without a configuration file it looks for localhost:8081 ${reason ?? ''}`,
  async () => {
    const time = new ManualTime();
    const medic = await RunningMedic.start({ time });
    expect(medic.log.find(({ msg }) => msg === 'watching a cluster')).toMatchObject({
      level: 'info',
      flink_cluster: 'default',
      jobmanagers: ['http://localhost:8081'],
      archives: 'found through the JobManager',
    });
    const warnings = medic.log.filter(({ level }) => level === 'warn').map(({ msg }) => String(msg));
    expect(warnings).toEqual([expect.stringMatching(/^http:\/\/localhost:8081\/jobs\/overview: .*ECONNREFUSED/)]);
    expect((await medic.page()).lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="default"} 0']);
    expect((await medic.get('/-/ready')).status).toBe(200);

    const archiveFolder = temporaryFolder();
    const cluster = new FakeCluster({ clock: time.manual, archiveFolder });
    await startJobManager(cluster, { port: PORT });
    cluster.submit({ name: 'orders' }).run();
    await medic.advance(10_000);
    const page = await medic.page();
    expect(page.lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="default"} 1']);
    expect(page.lines('flink_job_status', 'state="RUNNING"')).toHaveLength(1);
    // The archive folder is the one that the JobManager names.
    await medic.advance(10_000);
    expect((await medic.page()).lines('flink_archive_up')).toEqual([
      `flink_archive_up{archive="file://${archiveFolder}",flink_cluster="default"} 1`,
    ]);
    expect(medic.log.some(({ msg }) => msg === 'a JobManager answers again')).toBe(true);
  },
);

it.skipIf(reason !== undefined)('the real process starts with no flag but its address', async () => {
  const medic = new MedicProcess([], temporaryFolder());
  const page = await medic.pageWith('flink_cluster_up{flink_cluster="default"} 0');
  expect(page.lines('flink_medic_config_last_reload_successful')).toEqual([
    'flink_medic_config_last_reload_successful 1',
  ]);
  expect(medic.log.join('\n')).toContain('"jobmanagers":["http://localhost:8081"]');
  expect(await medic.end('SIGTERM')).toBe(0);
});
