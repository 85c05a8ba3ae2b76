/** A job fails, an alert comes, the job comes back: once, and with its state. */

import { expect, it } from 'vitest';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from './repair.ts';

it('restarts a failed job from its newest checkpoint when an alert asks', async () => {
  const repair = await Repair.start();
  const { cluster, medic } = repair;
  const job = cluster.submit({ name: 'orders', checkpointing: { intervalMs: 1_000 } }).run();
  const path = repair.checkpoint(job.jobId, 1);
  job.completeCheckpoint({ path });
  await medic.advance(20_000);
  job.fail();
  await medic.advance(10_000);
  const answer = await postMessage(
    medic.url,
    TOKEN,
    webhookMessage([{ labels: repairWanted('c', 'orders', job.jobId), startsAt: medic.time.manual.now() }]),
  );
  expect(answer.status).toBe(202);
  expect(JSON.parse(answer.text)).toMatchObject({ alerts: [{ became: 'opened', incident: 1 }] });
  await repair.until('submission', () => cluster.submissions[0]);
  expect(cluster.submissions).toMatchObject([{ savepointPath: path }]);
  const second = cluster.jobs[1];
  await repair.until('incident closed', async () => {
    second?.completeCheckpoint();
    return (await medic.get('/api/v1/incidents/1')).text.includes('"succeeded"');
  });
});
