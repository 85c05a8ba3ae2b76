/** Archive folders on file systems that hang or go away, with real mounts: nothing else is held up, and nothing is lost. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { request } from 'undici';
import { craftArchive, jobIdOf } from '../archive/crafted-archive.ts';
import { until } from '../real-flink/until.ts';
import { bind, mirror, noMounts } from '../support/mounts.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { MedicProcess } from './support/medic-process.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const SCAN = 30_000;
const GRACE = 60_000;

function folderIn(directory: string, name: string): string {
  const folder = join(directory, name);
  mkdirSync(folder);
  return folder;
}

function put(folder: string, number: number): void {
  writeFileSync(join(folder, jobIdOf(number)), craftArchive({ jobId: jobIdOf(number) }));
}

describe.skipIf(noMounts() !== undefined)('an archive folder', () => {
  it('that hangs holds up neither other folders, observation, scrapes nor the end', { timeout: 120_000 }, async () => {
    const directory = temporaryFolder();
    const source = folderIn(directory, 'source');
    const held = folderIn(directory, 'held');
    const free = folderIn(directory, 'free');
    put(source, 1);
    const mount = await mirror(source, held);
    const { jobManager } = await startCluster();
    const config = {
      observe: { interval: '1s' },
      archives: { scan_interval: '1s' },
      clusters: [
        { name: 'held', jobmanagers: [], archives: [held] },
        { name: 'free', jobmanagers: [jobManager.baseUrl], archives: [free] },
      ],
    };
    writeFileSync(join(directory, 'medic.yml'), JSON.stringify(config));
    const medic = new MedicProcess(['--config.file=medic.yml'], directory);
    const shows = (family: string, cluster: string, value: number): Promise<unknown> =>
      until(`${family} ${value} of ${cluster}`, async () => {
        const [line] = (await medic.page()).lines(family, `flink_cluster="${cluster}"`);
        return line?.endsWith(` ${value}`);
      });
    const up = (value: number): Promise<unknown> => shows('flink_archive_up', 'held', value);
    await up(1);

    mount.hang();
    await up(0);
    put(free, 2);
    await shows('flink_archive_files', 'free', 1);
    const asked = jobManager.count();
    await until('more observations', () => jobManager.count() > asked + 1);
    const { headers, body } = await request(`${await medic.url()}/metrics`, { headers: { 'accept-encoding': 'gzip' } });
    expect(headers['content-encoding']).toBe('gzip');
    await body.dump();
    expect(medic.log.filter((line) => line.includes('hangs'))).toHaveLength(1);

    put(source, 3);
    mount.goOn();
    await up(1);
    await shows('flink_archive_files', 'held', 2);

    mount.hang();
    await up(0);
    const stoppedAt = performance.now();
    expect(await medic.end('SIGTERM')).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(8_000);
  });

  it('that is unmounted and comes back is neither forgotten nor counted twice', async () => {
    const directory = temporaryFolder();
    const volume = folderIn(directory, 'volume');
    const folder = folderIn(directory, 'archives');
    let unmount = bind(volume, folder);
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ version: '1.20', clock: time.manual, archiveFolder: volume });
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [folder] }] };
    const medic = await RunningMedic.start({ config, time });
    const states = async (): Promise<readonly string[]> =>
      (await medic.jobs()).map(({ job_name, state }) => `${job_name} ${state}`).toSorted();
    const orders = cluster.submit({ name: 'orders' }).run();
    cluster.submit({ name: 'report' }).run().finish();
    await medic.advance(SCAN);
    expect((await medic.page()).lines('flink_archive_files', 'indexed')).toEqual([expect.stringMatching(/ 1$/)]);

    unmount();
    orders.fail();
    cluster.restart();
    await medic.advance(10 * GRACE);
    expect(await states()).toEqual(['orders UNKNOWN', 'report FINISHED']);
    expect((await medic.page()).lines('flink_archive_up')).toEqual([expect.stringMatching(/ 0$/)]);
    expect((await medic.page()).lines('flink_archive_files', 'indexed')).toEqual([expect.stringMatching(/ 1$/)]);

    unmount = bind(volume, folder);
    await medic.advance(SCAN);
    expect(await states()).toEqual(['orders FAILED', 'report FINISHED']);
    const ended = (await medic.page()).lines('flink_job_runs_ended_total').filter((line) => !line.endsWith(' 0'));
    expect(ended).toEqual([
      expect.stringMatching(/job_name="orders",status="FAILED"\} 1$/),
      expect.stringMatching(/job_name="report",status="FINISHED"\} 1$/),
    ]);
    expect((await medic.page()).lines('flink_archive_up')).toEqual([expect.stringMatching(/ 1$/)]);
    unmount();
    rmSync(folder, { recursive: true });
  });
});
