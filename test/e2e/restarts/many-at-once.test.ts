/** Many jobs fail at once: their restarts are decided without a storm of requests. */

import { expect, it } from 'vitest';
import { until } from '../../real-flink/until.ts';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from './repair.ts';

it('asks the JobManager for a few decisions at a time', async () => {
  const repair = await Repair.start({ policy: { match: { flink_cluster: 'c', job_name: '/.*/' } } });
  const { cluster, jobManager, medic } = repair;
  const jobs = Array.from({ length: 60 }, (_, index) => cluster.submit({ name: `job-${String(index)}` }).run());
  await medic.advance(20_000);
  for (const job of jobs) job.fail();
  await medic.advance(10_000);
  const startsAt = medic.time.manual.now();
  const alerts = jobs.map(({ name, jobId }) => ({ labels: repairWanted('c', name, jobId), startsAt }));
  const before = jobManager.count('/jobs/overview');
  await postMessage(medic.url, TOKEN, webhookMessage(alerts));
  const looks = (): number => jobManager.count('/jobs/overview') - before;
  // Time stands still, so there are first looks only.
  await until('first looks', () => looks() >= 20, { within: 10_000, every: 2 });
  for (let round = 0; round < 50; round++) await medic.get('/-/healthy');
  expect(looks()).toBe(20);
  await repair.until('all decisions', async () => {
    const { incidents } = await medic.json<{ incidents: { reason?: string }[] }>('/api/v1/incidents');
    return incidents.every(({ reason }) => reason !== undefined);
  });
});
