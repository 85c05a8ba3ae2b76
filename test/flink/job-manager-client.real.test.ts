import { describe } from 'vitest';
import { startCluster } from '../real-flink/cluster.ts';
import { type FlinkHome, realFlink } from '../real-flink/home.ts';
import { type JobControl, submitCountingJob } from '../real-flink/jobs/counting-job.ts';
import { until } from '../real-flink/until.ts';
import { itKeepsTheContract, type Subject } from './job-manager-client.contract.ts';

/** JVMs of other test files may be starting on the same cores. */
const PATIENCE = 180_000;

async function startSubject(flink: FlinkHome): Promise<Subject> {
  const cluster = await startCluster({
    flink,
    config: { 'web.refresh-interval': 100, 'metrics.fetcher.update-interval': 1000 },
  });
  const controls = new Map<string, JobControl>();
  const submit = async (name: string, config: Readonly<Record<string, string>>) => {
    const { id, control } = await submitCountingJob(cluster, { name }, { config });
    controls.set(id, control);
    await cluster.rest.untilState(id, 'RUNNING');
    return id;
  };
  // The job list is never cached, the documents of a job are.
  const untilCached = (id: string, document: string, text: RegExp) =>
    until(`${text.source} in ${document}`, async () => text.test(await cluster.rest.text(`/jobs/${id}${document}`)));
  return {
    baseUrl: cluster.jobManager.url,
    run: async (name) => {
      const id = await submit(name, {});
      await cluster.rest.untilCheckpoint(id);
      return id;
    },
    // Flink has no other way to say it: without an interval a STREAMING job still has checkpoint statistics.
    runWithoutCheckpoints: (name) => submit(name, { 'execution.runtime-mode': 'BATCH' }),
    restart: async (id) => {
      controls.get(id)?.order('fail');
      await cluster.rest.untilState(id, 'RESTARTING');
      await cluster.rest.untilState(id, 'RUNNING');
      await untilCached(id, '/exceptions', /"taskName"/);
      await untilCached(id, '/checkpoints', /"restored":1,/);
    },
    cancel: async (id) => {
      await cluster.rest.cancel(id);
      await untilCached(id, '', /"state":"CANCELED"/);
    },
    // Its clock needs no help.
    idle: async () => {},
    stop: () => cluster.stop(),
  };
}

for (const version of ['1.20.3', '2.3.0']) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip)(`JobManagerClient and a real Flink ${version} ${flink.skip ?? ''}`, () => {
    itKeepsTheContract(() => startSubject(flink.get()), PATIENCE);
  });
}
