/** A JobManager whose documents have anything in them: the whole program goes on, and shows nothing that is no fact. */

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROUTES } from '../fake-flink/routes.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { hostileJson } from '../support/hostile-json.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic } from './support/medic.ts';

const RUNS = 60;
const POLL = 10_000;
const NO_NUMBER = /^flink_(?!medic).* (?:NaN|[+-]Inf)$/m;

it('shows only facts, and everything again once it may', { timeout: 2 * fuzzTimeout(RUNS) }, async () => {
  const time = new ManualTime();
  const { cluster, jobManager } = await startCluster({ clock: time.manual });
  const job = cluster.submit({ name: 'orders' }).run();
  const medic = await RunningMedic.start({
    config: { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] },
    time,
  });

  const documents = [...ROUTES.keys()].map((route) => {
    const right = (): string => JSON.stringify(ROUTES.get(route)?.(cluster, job.jobId, new URLSearchParams())?.body);
    return { route, right };
  });
  const answer = fc.constantFrom(...documents).chain(({ route, right }) => {
    const text = right();
    const twice = text.replace(/\[(\{.*\})\]/, '[$1,$1]');
    return fc.tuple(fc.constant(route), fc.oneof(hostileJson(text), hostileJson(twice), fc.constant(twice)));
  });

  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), async (answers) => {
      job.completeCheckpoint();
      for (const [route, body] of answers) jobManager.faults.set(route, { kind: 'body', body });
      await medic.advance(2 * POLL);
      expect(NO_NUMBER.exec((await medic.page()).text)?.[0]).toBeUndefined();
      for (const path of ['/api/v1/jobs', '/api/v1/explain/prod/orders', '/', '/ui/jobs/prod/orders', '/ui/jobs']) {
        expect([path, (await medic.get(path)).status]).toEqual([path, 200]);
      }
      expect(medic.log.filter(({ level }) => level === 'error')).toEqual([]);
      jobManager.faults.clear();
    }),
    fuzzed(RUNS),
  );

  await medic.advance(6 * POLL);
  const states = (await medic.jobs()).filter(({ job_id: id }) => id === job.jobId).map(({ state }) => state);
  expect(states).toContain('RUNNING');
  expect((await medic.page()).lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
});
