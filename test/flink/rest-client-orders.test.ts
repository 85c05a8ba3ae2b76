/** Requests that change something: sent once, whatever happens. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { documentOf } from '../../src/flink/answer.ts';
import type { SentFile } from '../../src/flink/multipart.ts';
import { RestClient } from '../../src/flink/rest-client.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import type { Fault } from '../fake-flink/faults.ts';

const RUN = '/jars/:jarid/run';
const UPLOAD = '/jars/upload';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start() {
  const cluster = new FakeCluster();
  const fake = await FakeJobManager.start(cluster);
  const { id } = fake.process.addJar('orders.jar', Buffer.from(''), 0);
  const client = new RestClient({ baseUrl: fake.baseUrl, timeoutMs: 5000, maxResponseBytes: 100_000, http: {} });
  stops.push(
    () => fake.stop(),
    () => client.close(),
  );
  const run = (options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
    client.post(`/jars/${id}/run`, { programArgsList: ['--name', 'ä'] }, documentOf, { timeoutMs: 5000, ...options });
  const upload = (file: SentFile, options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
    client.postFile(UPLOAD, file, documentOf, { timeoutMs: 5000, ...options });
  return { cluster, fake, client, run, upload };
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

function fileOf(...texts: readonly string[]): SentFile {
  return { name: 'a.jar', size: Buffer.byteLength(texts.join('')), bytes: pieces(...texts) };
}

describe('post', () => {
  it('sends JSON and gives the document', async () => {
    const { cluster, run } = await start();
    await expect(run()).resolves.toMatchObject({ jobid: expect.any(String) });
    expect(cluster.submissions).toMatchObject([{ args: ['--name', 'ä'] }]);
  });

  it.each<[Fault, object]>([
    [{ kind: 'reset' }, { code: 'connection', status: undefined }],
    [
      { kind: 'reset', before: true },
      { code: 'connection', status: undefined },
    ],
    [{ kind: 'cut' }, { code: 'connection', status: undefined }],
    [
      { kind: 'status', status: 503 },
      { code: 'http_5xx', status: 503 },
    ],
    [
      { kind: 'status', status: 400 },
      { code: 'http_4xx', status: 400 },
    ],
  ])('after %j is %j and not sent again, also on a used connection', async (fault, expected) => {
    const { cluster, fake, client, run } = await start();
    await client.get('/overview', documentOf);
    fake.faults.set(RUN, fault);
    await expect(run()).rejects.toMatchObject(expected);
    await client.get('/overview', documentOf);
    expect(fake.count(RUN)).toBe(1);
    expect(cluster.submissions).toHaveLength(fault.before ? 0 : 1);
  });

  it('has a time limit of its own', async () => {
    const { fake, run } = await start();
    fake.faults.set(RUN, { kind: 'hang' });
    await expect(run({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout', status: undefined });
    expect(fake.count(RUN)).toBe(1);
  });

  it("throws the caller's reason", async () => {
    const { fake, run } = await start();
    fake.faults.set(RUN, { kind: 'hang' });
    const caller = new AbortController();
    const request = run({ signal: caller.signal });
    await vi.waitFor(() => expect(fake.count(RUN)).toBe(1));
    const reason = new Error('stopped');
    caller.abort(reason);
    await expect(request).rejects.toBe(reason);
  });
});

describe('postFile', () => {
  it('sends the file piece by piece', async () => {
    const { fake, upload } = await start();
    await expect(upload(fileOf('one, ', 'two, ', 'three'))).resolves.toMatchObject({ status: 'success' });
    const jar = [...fake.process.jars.values()].find(({ name }) => name === 'a.jar');
    expect(jar?.bytes.toString()).toBe('one, two, three');
  });

  it('sends an empty file', async () => {
    const { fake, upload } = await start();
    await upload(fileOf());
    expect([...fake.process.jars.values()].at(-1)).toMatchObject({ name: 'a.jar', bytes: Buffer.from('') });
  });

  it('breaks off with the reason when the bytes fail to come', async () => {
    const { fake, upload } = await start();
    const reason = new Error('disk on fire');
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from('one');
      throw reason;
    }
    const request = upload({ name: 'a.jar', size: 6, bytes: failing() });
    await expect(request).rejects.toMatchObject({ code: 'connection', cause: reason });
    expect(fake.process.jars.size).toBe(1);
  });

  it.each([
    ['more', 3],
    ['fewer', 20],
  ])('breaks off when there are %s bytes than were said', async (_what, size) => {
    const { fake, upload } = await start();
    await expect(upload({ ...fileOf('one, two'), size })).rejects.toMatchObject({ code: 'connection' });
    expect(fake.process.jars.size).toBe(1);
  });

  it('lets go of the file whatever ends it', async () => {
    const { fake, client, upload } = await start();
    let open = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      open += 1;
      try {
        for (;;) yield Buffer.alloc(65_536);
      } finally {
        open -= 1;
      }
    }
    const file = () => ({ name: 'a.jar', size: 2 ** 40, bytes: endless() });
    await expect(upload(file(), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    const caller = new AbortController();
    const aborted = upload(file(), { signal: caller.signal });
    await vi.waitFor(() => expect(open).toBe(1));
    caller.abort(new Error('stopped'));
    await expect(aborted).rejects.toThrow('stopped');
    const broken = upload(file());
    await vi.waitFor(() => expect(open).toBe(1));
    await fake.stop();
    await expect(broken).rejects.toMatchObject({ code: 'connection' });
    await expect(upload(file())).rejects.toMatchObject({ code: 'connection' });
    await client.close();
    await expect(upload(file())).rejects.toMatchObject({ code: 'connection' });
    await vi.waitFor(() => expect(open).toBe(0));
  });
});
