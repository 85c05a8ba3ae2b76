/** Until when the metrics show an incident that is closed: until the job came up again, and never after that. */

import { expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { Repair } from './repair.ts';

const MINUTE = 60_000;

/** A run without checkpoints: its failure is refused, because there is nothing to restore. */
async function started(repair: Repair): Promise<FakeJob> {
  const job = repair.cluster.submit({ name: 'orders', checkpointing: 'off' }).run();
  await repair.medic.advance(MINUTE);
  return job;
}

async function shown(repair: Repair): Promise<string[]> {
  return (await repair.page()).lines('flink_medic_incident');
}

const REFUSED = [expect.stringContaining('state="refused",reason="no_restore_point"')];

async function refused(repair: Repair): Promise<void> {
  const job = (await started(repair)).fail();
  await repair.medic.advance(MINUTE);
  await repair.alert(job);
  await repair.untilIncident({ state: 'refused' });
  expect(await shown(repair)).toEqual(REFUSED);
}

it.each(['finish', 'cancel', 'fail'] as const)(
  'an incident is over when the next run came up, even if it did %s',
  async (end) => {
    const repair = await Repair.start();
    await refused(repair);
    const next = await started(repair);
    expect(await shown(repair)).toEqual([]);
    next[end]();
    await repair.medic.advance(MINUTE);
    expect(await shown(repair)).toEqual([]);
  },
);

it('an incident is not over because another job of its name runs on', async () => {
  const repair = await Repair.start({ restart: { act_within: '2m' }, policy: { batch: true } });
  await started(repair);
  const job = (await started(repair)).fail();
  await repair.medic.advance(MINUTE);
  await repair.alert(job);
  await repair.untilIncident({ state: 'refused' });
  expect(await shown(repair)).toEqual([expect.stringContaining('state="refused",reason="too_late"')]);
});
