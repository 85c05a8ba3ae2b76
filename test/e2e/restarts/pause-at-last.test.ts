/** A person pauses restarts while one is about to be sent. */

import { expect, it } from 'vitest';
import { until } from '../../real-flink/until.ts';
import { Repair } from './repair.ts';

it('sends nothing once a pause was answered, also when the last look is under way', async () => {
  const repair = await Repair.start();
  const { cluster, jobManager } = repair;
  const failed = await repair.failed();
  jobManager.faults.set('/jars/upload', { kind: 'delay', ms: 300 });
  await repair.alert(failed);
  await repair.until('upload', () => jobManager.count('/jars/upload') > 0);
  jobManager.faults.set('/jobs/overview', { kind: 'delay', ms: 500 });
  const before = jobManager.count('/jobs/overview');
  // Time stands still, so nobody observes: this is the look before the request is sent.
  await until('last look', () => jobManager.count('/jobs/overview') > before, { within: 5_000, every: 2 });
  expect((await repair.order('pause')).status).toBe(204);
  jobManager.faults.clear();
  const asked = jobManager.count('/jobs/overview');
  await until('another look', () => jobManager.count('/jobs/overview') > asked, { within: 5_000, every: 2 });
  expect(cluster.submissions).toEqual([]);
  await repair.order('resume');
  await repair.until('submission', () => cluster.submissions[0]);
  expect(cluster.submissions).toHaveLength(1);
});
