/** The fake takes and refuses jars as real Flinks do: their recorded answers are the measure. */

import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { FakeCluster, type FakeClusterOptions } from './fake-cluster.ts';
import { FakeJobManager } from './fake-job-manager.ts';

const HA = { options: { 'high-availability.type': 'zookeeper' } };
const JOB_ID = 'ab'.repeat(16);
const BY_NAME = { jobId: JOB_ID, programArgsList: ['--name', 'orders'] };
const ERRORS = z.object({ errors: z.array(z.string()) });

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function start(options: FakeClusterOptions = {}) {
  const cluster = new FakeCluster(options);
  const fake = await FakeJobManager.start(cluster);
  onTestFinished(() => fake.stop());
  const send = async (method: string, path: string, body?: string | FormData): Promise<Answer> => {
    const response = await fetch(fake.baseUrl + path, { method, ...(body !== undefined && { body }) });
    return { status: response.status, body: await response.json() };
  };
  const { id } = fake.process.addJar('orders.jar', Buffer.from(''), cluster.clock.now());
  const run = (body: object, jar = id) => send('POST', `/jars/${jar}/run`, JSON.stringify(body));
  return { cluster, fake, id, send, run };
}

function form(name: string): FormData {
  const data = new FormData();
  data.append('jarfile', new Blob(['x']), name);
  return data;
}

function keysOf(value: unknown): string[] {
  return Object.keys(z.record(z.string(), z.unknown()).parse(value)).toSorted();
}

function errorOf({ body }: Answer): string {
  return ERRORS.parse(body).errors.join('\n');
}

/** Their first line and their causes, without what depends on the machine. */
function gist(errors: string): string[] {
  const wanted = /^(?!\s|Caused|End of|\.\.\.).+|^Caused by: .+/gm;
  return [...errors.matchAll(wanted)].map(([line]) => line.replaceAll(/\/[\w./-]+/g, '…')).slice(0, 3);
}

describe.each([
  ['1.20', '1.20.3'],
  ['2.3', '2.3.0'],
] as const)('as Flink %s', (version, recordedVersion) => {
  const recorded = (name: string): unknown =>
    JSON.parse(
      readFileSync(new URL(`../fixtures/flink-${recordedVersion}/rest/jars/${name}.json`, import.meta.url), 'utf8'),
    );

  it('lists, uploads and runs with the same fields', async () => {
    const { send, run } = await start({ version });
    const uploaded = await send('POST', '/jars/upload', form('counting-job.jar'));
    expect(keysOf(uploaded.body)).toEqual(keysOf(recorded('upload')));
    const list = z.object({ files: z.array(z.unknown()) });
    const { body } = await send('GET', '/jars');
    expect(keysOf(body)).toEqual(keysOf(recorded('list')));
    expect(keysOf(list.parse(body).files[0])).toEqual(keysOf(list.parse(recorded('list')).files[0]));
    expect(keysOf((await run(BY_NAME)).body)).toEqual(keysOf(recorded('started')));
  });

  it('refuses a jar that is not there in the same words', async () => {
    const { run } = await start({ version });
    const answer = await run({}, '00000000-0000-0000-0000-000000000000_counting-job.jar');
    expect(answer.status).toBe(500);
    expect(gist(errorOf(answer))).toEqual(gist(ERRORS.parse(recorded('jar-missing')).errors.join('\n')));
  });

  it.each([
    ['duplicate', /Duplicate\w+Exception: .*/],
    ['main-failed', /The main method caused an error: /],
    ['snapshot-missing', /FileNotFoundException: Cannot find checkpoint/],
  ])('says in the same words: %s', async (what, words) => {
    const { cluster, run } = await start({ version });
    if (what === 'duplicate') await run(BY_NAME);
    if (what === 'main-failed') cluster.main = () => Promise.reject(new Error('no topic'));
    if (what === 'snapshot-missing') cluster.gone.add('file:/chk-1');
    const answer = await run({ ...BY_NAME, savepointPath: 'file:/chk-1' });
    expect(answer.status).toBe(400);
    const real = ERRORS.parse(recorded(what)).errors.join('\n');
    expect(gist(errorOf(answer)).slice(0, 2)).toEqual(gist(real).slice(0, 2));
    expect(words.exec(errorOf(answer))?.[0]).toBe(words.exec(real)?.[0]);
  });
});

describe('an id', () => {
  it.each([
    ['1.20', {}, 400],
    ['1.20', HA, 200],
    ['2.3', {}, 400],
    ['2.3', HA, 400],
  ] as const)('of a job that has ended is answered by %s, %j, with %i', async (version, options, status) => {
    const { cluster, run } = await start({ version, ...options });
    await run(BY_NAME);
    expect((await run(BY_NAME)).status).toBe(400);
    cluster.job(JOB_ID)?.fail();
    expect((await run(BY_NAME)).status).toBe(status);
    expect(cluster.submissions).toHaveLength(status === 200 ? 2 : 1);
  });

  it('stays burnt when the job is forgotten, until the process is gone', async () => {
    const { cluster, run } = await start();
    cluster.gone.add('file:/chk-1');
    await run({ ...BY_NAME, savepointPath: 'file:/chk-1' });
    const job = cluster.job(JOB_ID);
    expect(job?.state).toBe('FAILED');
    if (job !== undefined) cluster.forget(job);
    expect((await run(BY_NAME)).status).toBe(400);
    cluster.restart();
    expect((await run(BY_NAME)).status).toBe(200);
  });
});

describe('a request', () => {
  it.each([
    ['1.18', 400],
    ['1.19', 400],
    ['1.20', 200],
    ['2.3', 200],
  ] as const)('with a field that nobody knows is answered by %s with %i', async (version, status) => {
    const { run } = await start({ version });
    expect((await run({ ...BY_NAME, claimed: true })).status).toBe(status);
  });

  it.each(['[]', '{', '{"parallelism":"x"}', '{"restoreMode":"ALL"}'])('of %s is refused', async (body) => {
    const { id, send } = await start();
    const answer = await send('POST', `/jars/${id}/run`, body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toContain('did not match expected format');
  });

  it('comes to nothing when the process dies in main()', async () => {
    const { cluster, fake, run } = await start();
    const main = Promise.withResolvers<{ name: string }>();
    const called = Promise.withResolvers<void>();
    cluster.main = () => {
      called.resolve();
      return main.promise;
    };
    const answer = run(BY_NAME);
    await called.promise;
    fake.replaceProcess();
    main.resolve({ name: 'orders' });
    expect((await answer).status).toBe(500);
    expect(cluster.submissions).toEqual([]);
  });
});

describe('jars', () => {
  it('are those of one process, which has a folder of its own', async () => {
    const { fake, send } = await start();
    const folder = async () => {
      const options = z.array(z.object({ key: z.string(), value: z.string() }));
      const { body } = await send('GET', '/jobmanager/config');
      return options.parse(body).find(({ key }) => key === 'web.tmpdir')?.value;
    };
    const before = await folder();
    expect(before).toBe(fake.process.tmpdir);
    fake.replaceProcess();
    expect(await folder()).not.toBe(before);
    expect((await send('GET', '/jars')).body).toMatchObject({ files: [] });
  });

  it('are jars', async () => {
    const { send } = await start();
    expect((await send('POST', '/jars/upload', form('orders.txt'))).status).toBe(400);
  });

  it('can be deleted once', async () => {
    const { id, send } = await start();
    expect(await send('DELETE', `/jars/${id}`)).toEqual({ status: 200, body: {} });
    expect((await send('DELETE', `/jars/${id}`)).status).toBe(400);
  });

  it('are unknown to a cluster in application mode', async () => {
    const { send, run } = await start({ webSubmit: false });
    expect((await send('GET', '/jars')).status).toBe(404);
    expect((await run(BY_NAME)).status).toBe(404);
  });
});

it.each([
  ['before', true, 0],
  ['after', undefined, 1],
] as const)('a fault %s the submission', async (_when, before, submitted) => {
  const { cluster, fake, run } = await start();
  fake.faults.set('/jars/:jarid/run', { kind: 'status', status: 503, ...(before && { before }) });
  expect((await run(BY_NAME)).status).toBe(503);
  expect(cluster.submissions).toHaveLength(submitted);
});
