/** The pages over the running program: what it knows arrives on them. */

import { expect, test } from 'vitest';
import { Repair } from '../../e2e/restarts/repair.ts';

test('expected jobs, policies, pauses and the configuration in force', async () => {
  const repair = await Repair.start({ restart: { mode: 'dry_run' } });
  const { medic, jobManager } = repair;
  const page = async (path: string): Promise<string> => (await medic.get(path)).text;
  await repair.running();
  expect(await page('/')).toContain('Dry run (restart.mode)');
  expect(await page('/ui/jobs/c/orders')).toContain('3 of 3 attempts left in 1 h.');

  await repair.order('pause', { flink_cluster: 'c' });
  expect(await page('/')).toContain('<code>flink-medic resume c</code>');
  expect(await page('/ui/jobs/c/orders')).toContain('Restarts are paused.');

  medic.configure({
    clusters: [{ name: 'c', jobmanagers: [jobManager.baseUrl], archives: [], expected_jobs: ['nightly'] }],
  });
  await medic.reload();
  await medic.idle();
  expect(await page('/')).toMatch(/<bdi>nightly<\/bdi>.*missing/);
  expect(await page('/ui/jobs/c/orders')).toContain('No restart policy matches this job.');
  expect(await page('/ui/configuration')).toContain('- nightly');

  medic.configure({ clusters: 'none' });
  await expect(medic.reload()).rejects.toThrow('clusters');
  expect(await page('/')).toContain('could not be loaded again');
  expect(await page('/ui/configuration')).toContain('- nightly');
});
