/**
 * Records what a real Flink answers and archives, as fixtures for the tests that need no Flink:
 *
 *     npm run flink:get -- 1.20.3 2.3.0
 *     node test/real-flink/record.ts 1.20.3 2.3.0
 *
 * writes `test/fixtures/flink-<version>/` anew (half a minute a version). Run by a person, with the project's Node, when a
 * Flink version is added. Each job ends in one way and is named after it; ids are derived from the names and so stay.
 */

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { archiveFiles, isComplete } from './archives.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { findFlink, type FlinkHome, installFlink } from './home.ts';
import { buildCountingJob } from './jobs/build.ts';
import { type CountingJob, countingJobArgs, JobControl, submitCountingJob } from './jobs/counting-job.ts';
import { redactor } from './redact.ts';
import { RestError, type Submission } from './rest.ts';
import { until } from './until.ts';

/** Answers of the cluster by file name. */
const CLUSTER_DOCUMENTS = {
  overview: '/overview',
  config: '/config',
  'jobmanager-config': '/jobmanager/config',
  'jobs-overview': '/jobs/overview',
};

/** Answers about one job by file name, below `/jobs/:jobid`. */
const JOB_DOCUMENTS = {
  details: '',
  config: '/config',
  checkpoints: '/checkpoints',
  'checkpoints-config': '/checkpoints/config',
  exceptions: '/exceptions',
  metrics: '/metrics?get=numRestarts,numRescales',
};

/** Job names by the state in which they are recorded. */
const ENDED = {
  finished: 'FINISHED',
  canceled: 'CANCELED',
  failed: 'FAILED',
  'failed-in-initialisation': 'FAILED',
};
const STATES = { running: 'RUNNING', restarting: 'RESTARTING', ...ENDED };

for (const version of process.argv.slice(2)) {
  const flink = findFlink(version);
  if (flink === undefined) throw new Error(`No Flink ${version} or no JDK here. ${installFlink(version)}`);
  await record(flink, join(import.meta.dirname, '..', 'fixtures', `flink-${version}`));
}

async function record(flink: FlinkHome, folder: string): Promise<void> {
  // Fresh documents and metrics at once, where Flink's own defaults keep them for 3 s and 10 s.
  const config = { 'web.refresh-interval': 100, 'metrics.fetcher.update-interval': 500 };
  const cluster = await startCluster({ flink, config });
  try {
    await bringAbout(cluster);
    rmSync(folder, { recursive: true, force: true });
    await recordAnswers(cluster, join(folder, 'rest'));
    await recordArchives(cluster, join(folder, 'archives'));
    // Last: it starts more jobs.
    await recordJars(cluster, join(folder, 'rest', 'jars'));
  } catch (error) {
    console.error(cluster.logs());
    throw error;
  } finally {
    await cluster.stop();
  }
}

/** One job for every state. */
async function bringAbout(cluster: Cluster): Promise<void> {
  const { rest } = cluster;
  const submit = async (job: CountingJob, how: Omit<Submission, 'jar' | 'args'> = {}) => {
    return submitCountingJob(cluster, job, { ...how, jobId: idOf(job.name), parallelism: 1 });
  };
  await submit({ name: 'running' });
  const patient = { 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': '3' };
  const config = { ...patient, 'restart-strategy.fixed-delay.delay': '10min' };
  const restarting = await submit({ name: 'restarting' }, { config });
  const failed = await submit({ name: 'failed' });
  await submit({ name: 'canceled' });
  await submit({ name: 'finished', records: 60 });
  const savepointPath = `file://${cluster.directory}/no-such-savepoint`;
  await submit({ name: 'failed-in-initialisation' }, { savepointPath }).catch((error: unknown) => {
    if (!(error instanceof RestError)) throw error;
  });

  await Promise.all(['running', 'restarting', 'failed', 'canceled'].map((name) => rest.untilCheckpoint(idOf(name))));
  restarting.control.order('fail');
  failed.control.order('fail-for-good');
  await rest.cancel(idOf('canceled'));
  await until('job in every state', async () => {
    // Flink keeps the metrics of an ended job only when somebody asked for them while it ran.
    const asked = Object.keys(STATES).map((name) => rest.get(`/jobs/${idOf(name)}${JOB_DOCUMENTS.metrics}`));
    await Promise.allSettled(asked);
    const states = await Promise.all(Object.keys(STATES).map((name) => rest.stateOf(idOf(name))));
    return Object.values(STATES).every((state, index) => states[index] === state);
  });
}

async function recordAnswers(cluster: Cluster, folder: string): Promise<void> {
  const redact = redactor(cluster);
  const save = async (file: string, path: string) => write(join(folder, file), redact(await cluster.rest.text(path)));
  for (const [file, path] of Object.entries(CLUSTER_DOCUMENTS)) await save(`${file}.json`, path);
  for (const name of Object.keys(STATES)) {
    for (const [file, path] of Object.entries(JOB_DOCUMENTS)) {
      await save(join('jobs', name, `${file}.json`), `/jobs/${idOf(name)}${path}`);
    }
  }
}

/** Answers of the jar handlers, refusals among them. */
async function recordJars(cluster: Cluster, folder: string): Promise<void> {
  const redact = redactor(cluster);
  const save = async (name: string, path: string, init?: RequestInit): Promise<string> => {
    const answer = await cluster.rest.text(path, init).catch((error: unknown) => {
      if (error instanceof RestError) return error.body;
      throw error;
    });
    write(join(folder, `${name}.json`), redact(answer));
    return answer;
  };
  const file = await buildCountingJob(cluster.flink);
  const form = new FormData();
  form.append('jarfile', await openAsBlob(file), 'counting-job.jar');
  const uploaded: { filename: string } = JSON.parse(
    await save('upload', '/jars/upload', { method: 'POST', body: form }),
  );
  const jarId = basename(uploaded.filename);
  const run = (name: string, body: object, jar = jarId) =>
    save(name, `/jars/${jar}/run`, { method: 'POST', body: JSON.stringify(body) });
  const programArgsList = countingJobArgs(new JobControl(join(cluster.directory, 'jars')), { name: 'from a jar' });
  await save('list', '/jars');
  await run('jar-missing', {}, `${randomUUID()}_counting-job.jar`);
  await run('class-missing', { entryClass: 'medic.job.None' });
  await run('option-wrong', { flinkConfiguration: { 'parallelism.default': 'many' } });
  await run('main-failed', { programArgsList: ['--records', 'none'] });
  await run('snapshot-missing', { programArgsList, savepointPath: `file://${cluster.directory}/gone/chk-1` });
  await run('started', { programArgsList, jobId: idOf('from a jar') });
  await run('duplicate', { programArgsList, jobId: idOf('from a jar') });
}

/** The archive folder as it is, once everything in it is complete. */
async function recordArchives(cluster: Cluster, folder: string): Promise<void> {
  const redact = redactor(cluster);
  const files = await until('complete archive of every ended job', () => {
    const found = archiveFiles(cluster.archiveDir);
    const summaries = found.filter((path) => basename(path) === 'application-summary').length;
    const jobs = found.length - summaries;
    // From 2.3 on each job has an application, except the one that failed in initialisation.
    const all = jobs === Object.keys(ENDED).length && (summaries === 0 || summaries === jobs - 1);
    return all && found.every((path) => isComplete(join(cluster.archiveDir, path))) && found;
  });
  for (const path of files) write(join(folder, path), redact(readFileSync(join(cluster.archiveDir, path), 'utf8')));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
