import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { end, newRun } from '../../src/core/resolve.ts';
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { SubjectRenderer } from '../../src/metrics/render-subjects.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';

it('is rendered before anybody asks, as far as the ledger tells it', async () => {
  const time = new ManualTime();
  const now = time.manual.now();
  const storagePath = temporaryFolder();
  const jobIds = ['1', '2', '3'].map((id) => id.padStart(32, '0'));
  const runs = jobIds.map((jobId) => {
    const run = newRun({ cluster: 'prod', jobId, generation: 1 }, { startTime: now - 2_000 }, 'orders', now);
    return end(run, 'FINISHED', 'live', now - 1_000, 'listed_ended', now);
  });
  const ledger = await openSqliteLedger(join(storagePath, 'flink-medic.db'));
  await ledger.commit({ ...NO_CHANGES, runs });
  await ledger.close();

  const render = vi.spyOn(SubjectRenderer.prototype, 'render');
  const renderedIds = (): string[] =>
    render.mock.calls.flatMap(([subjects]) =>
      (subjects as readonly { run?: { jobId: string } }[]).flatMap(({ run }) => run?.jobId ?? []),
    );
  const config = { clusters: [{ name: 'prod', archives: [temporaryFolder()] }] };
  const medic = await RunningMedic.start({ config, time, storagePath });
  await vi.waitFor(() => expect(renderedIds().toSorted()).toEqual(jobIds));
  render.mockClear();
  expect((await medic.page()).lines('flink_job_final_status')).toHaveLength(3);
  expect(renderedIds()).toEqual([]);
});
