import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { documentOf } from '../../src/flink/answer.ts';
import { RestClient, type RestClientOptions } from '../../src/flink/rest-client.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeJobManager, type FakeJobManagerOptions } from '../fake-flink/fake-job-manager.ts';
import type { Fault } from '../fake-flink/faults.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function startFake(options?: FakeJobManagerOptions): Promise<FakeJobManager> {
  const fake = await FakeJobManager.start(new FakeCluster(), options);
  stops.push(() => fake.stop());
  return fake;
}

function clientOf(baseUrl: string, options: Partial<RestClientOptions> = {}): RestClient {
  const client = new RestClient({ baseUrl, timeoutMs: 5000, maxResponseBytes: 100_000, http: {}, ...options });
  stops.push(() => client.close());
  return client;
}

const never = () => new Promise<never>(() => {});

const overview = (client: RestClient, signal?: AbortSignal) => client.get('/overview', documentOf, signal);

describe('a request', () => {
  it('gives the document', async () => {
    const fake = await startFake();
    await expect(overview(clientOf(fake.baseUrl))).resolves.toMatchObject({ taskmanagers: 1 });
    expect(fake.requests).toEqual([
      expect.objectContaining({ method: 'GET', path: '/overview', authorization: undefined }),
    ]);
  });

  it.each(['/flink/prod', '/flink/prod/'])('goes below the path of the address: %s', async (path) => {
    const fake = await startFake({ pathPrefix: '/flink/prod' });
    const client = clientOf(new URL(path, fake.baseUrl).href);
    await expect(overview(client)).resolves.toBeDefined();
    expect(fake.requests[0]?.path).toBe('/flink/prod/overview');
  });

  it('is counted when it is sent, also if it fails', async () => {
    const fake = await startFake();
    const onRequest = vi.fn<() => void>();
    const client = clientOf(fake.baseUrl, { onRequest });
    await overview(client);
    fake.mode = 'electing';
    await expect(overview(client)).rejects.toThrow('HTTP 503');
    expect(onRequest).toHaveBeenCalledTimes(2);
    await expect(overview(client, AbortSignal.abort())).rejects.toThrow('aborted');
    expect(onRequest).toHaveBeenCalledTimes(2);
  });

  it('waits for its turn before a large answer is parsed, not before others', async () => {
    const fake = await startFake();
    const turn = vi.fn<() => Promise<void>>(async () => undefined);
    const client = clientOf(fake.baseUrl, { turn });
    await overview(client);
    expect(turn).not.toHaveBeenCalled();
    fake.faults.set('/overview', { kind: 'huge', bytes: 70_000 });
    await overview(client);
    expect(turn).toHaveBeenCalledOnce();
  });

  it('waits for a free connection rather than open a seventh', async () => {
    const fake = await startFake();
    fake.faults.set('/overview', { kind: 'hang' });
    const client = clientOf(fake.baseUrl);
    const caller = new AbortController();
    const requests = Array.from({ length: 10 }, () => overview(client, caller.signal));
    await vi.waitFor(() => expect(fake.count()).toBe(6));
    fake.faults.clear();
    await expect(overview(clientOf(fake.baseUrl))).resolves.toBeDefined();
    expect(fake.count()).toBe(7);
    caller.abort();
    expect((await Promise.allSettled(requests)).map(({ status }) => status)).toEqual(
      Array.from({ length: 10 }, () => 'rejected'),
    );
  });
});

describe('a failed request', () => {
  it.each<Fault>([{ kind: 'hang' }, { kind: 'delay', ms: 60_000 }, { kind: 'drip', everyMs: 20 }])(
    '%j is a time-out',
    async (fault) => {
      const fake = await startFake();
      fake.faults.set('/overview', fault);
      await expect(overview(clientOf(fake.baseUrl, { timeoutMs: 50 }))).rejects.toMatchObject({
        code: 'timeout',
        message: `${fake.baseUrl}/overview: no complete answer within 50 ms`,
      });
    },
  );

  const FAULTS: readonly (readonly [Fault, object])[] = [
    [{ kind: 'reset' }, { code: 'connection' }],
    [{ kind: 'cut' }, { code: 'connection' }],
    [{ kind: 'huge', bytes: 100_001 }, { code: 'too_large' }],
    [
      { kind: 'body', body: '<html>Welcome to nginx!</html>' },
      { code: 'not_json', status: 200 },
    ],
    [
      { kind: 'body', body: '' },
      { code: 'not_json', status: 200 },
    ],
    [
      { kind: 'body', body: '{"taskmanagers":1' },
      { code: 'not_json', status: 200 },
    ],
    [
      { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      { code: 'not_json', status: 302 },
    ],
    [
      { kind: 'status', status: 401 },
      { code: 'unauthorized', status: 401 },
    ],
    [
      { kind: 'status', status: 403 },
      { code: 'unauthorized', status: 403 },
    ],
    [
      { kind: 'status', status: 404 },
      { code: 'http_4xx', status: 404 },
    ],
    [
      { kind: 'status', status: 500, body: 'not JSON' },
      { code: 'http_5xx', status: 500 },
    ],
    [
      { kind: 'status', status: 503 },
      { code: 'http_5xx', status: 503 },
    ],
  ];

  it.each(FAULTS)('%j is %j, with address and path', async (fault, expected) => {
    const fake = await startFake();
    fake.faults.set('/overview', fault);
    const request = overview(clientOf(fake.baseUrl));
    await expect(request).rejects.toMatchObject({ name: 'MedicError', ...expected });
    await expect(request).rejects.toThrow(`${fake.baseUrl}/overview: `);
  });

  it('a body of exactly the limit is read', async () => {
    const fake = await startFake();
    fake.faults.set('/overview', { kind: 'huge', bytes: 100_000 });
    await expect(overview(clientOf(fake.baseUrl))).resolves.toHaveLength(99_998);
  });

  it('a refused connection keeps its cause', async () => {
    const fake = await startFake();
    await fake.stop();
    await expect(overview(clientOf(fake.baseUrl))).rejects.toMatchObject({
      code: 'connection',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('a host that does not exist is a broken connection', async () => {
    await expect(overview(clientOf('http://jobmanager.invalid:8081'))).rejects.toMatchObject({ code: 'connection' });
  });

  it('does not spoil the next', async () => {
    const fake = await startFake();
    const client = clientOf(fake.baseUrl);
    fake.faults.set('/overview', { kind: 'cut' }, 1);
    await expect(overview(client)).rejects.toMatchObject({ code: 'connection' });
    await expect(overview(client)).resolves.toBeDefined();
    expect(fake.count()).toBe(2);
  });
});

describe('ending early', () => {
  it("throws the caller's reason, not a failure", async () => {
    const fake = await startFake();
    fake.faults.set('/overview', { kind: 'hang' });
    const caller = new AbortController();
    const request = overview(clientOf(fake.baseUrl), caller.signal);
    await vi.waitFor(() => expect(fake.count()).toBe(1));
    const reason = new Error('shutting down');
    caller.abort(reason);
    await expect(request).rejects.toBe(reason);
  });

  it('close ends requests under way, refuses new ones and may come twice', async () => {
    const fake = await startFake();
    fake.faults.set('/overview', { kind: 'hang' });
    const client = clientOf(fake.baseUrl);
    const refused = overview(client).catch((error: unknown) => error);
    await vi.waitFor(() => expect(fake.count()).toBe(1));
    await client.close();
    expect(await refused).toMatchObject({ code: 'connection' });
    await client.close();
    await expect(overview(client)).rejects.toMatchObject({ code: 'connection' });
    expect(fake.count()).toBe(1);
  });
});

describe('credentials', () => {
  it('are read again at each request', async () => {
    const fake = await startFake();
    let password = 'old';
    const authorization = async () => `Basic ${Buffer.from(`medic:${password}`).toString('base64')}`;
    const client = clientOf(fake.baseUrl, { http: { authorization } });
    fake.authorization = await authorization();
    await expect(overview(client)).resolves.toBeDefined();
    password = 'new';
    const rejected = overview(client);
    await expect(rejected).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
    await expect(rejected).rejects.not.toThrow(/bWVkaWM|new|old/);
    fake.authorization = await authorization();
    await expect(overview(client)).resolves.toBeDefined();
  });

  it('that cannot be read are unauthorized, and nothing is sent', async () => {
    const fake = await startFake();
    const http = { authorization: () => readFile('no-such-token', 'utf8') };
    await expect(overview(clientOf(fake.baseUrl, { http }))).rejects.toMatchObject({
      code: 'unauthorized',
      message: `${fake.baseUrl}/overview: ENOENT: no such file or directory, open 'no-such-token'`,
    });
    expect(fake.count()).toBe(0);
  });

  it('that no header can carry are unauthorized, and not shown', async () => {
    const fake = await startFake();
    const request = overview(clientOf(fake.baseUrl, { http: { authorization: async () => 'Bearer se\ncret' } }));
    await expect(request).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(request).rejects.not.toThrow(/cret/);
  });

  it('that hang count against the time-out', async () => {
    const fake = await startFake();
    await expect(
      overview(clientOf(fake.baseUrl, { timeoutMs: 50, http: { authorization: never } })),
    ).rejects.toMatchObject({
      code: 'timeout',
    });
  });
});
