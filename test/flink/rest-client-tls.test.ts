import { afterEach, describe, expect, it } from 'vitest';
import { documentOf } from '../../src/flink/answer.ts';
import type { TlsMaterial } from '../../src/flink/http-access.ts';
import { RestClient } from '../../src/flink/rest-client.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeJobManager, type FakeJobManagerOptions } from '../fake-flink/fake-job-manager.ts';
import { createAuthority } from '../support/certificates.ts';

const authority = createAuthority();
const stranger = createAuthority('somebody else');
const server = authority.issue('localhost');
const client = authority.issue('flink-medic');

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function startFake(tls?: FakeJobManagerOptions['tls']): Promise<FakeJobManager> {
  const fake = await FakeJobManager.start(new FakeCluster(), tls === undefined ? {} : { tls });
  stops.push(() => fake.stop());
  return fake;
}

/** @param material asked at each request */
function askWith(baseUrl: string, material: () => Promise<TlsMaterial>): () => Promise<unknown> {
  const rest = new RestClient({ baseUrl, timeoutMs: 5000, maxResponseBytes: 100_000, http: { tls: material } });
  stops.push(() => rest.close());
  return () => rest.get('/overview', documentOf);
}

const requireClient = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true };

describe('the server certificate', () => {
  it.each<[string, TlsMaterial]>([
    ['is trusted by its authority', { ca: authority.cert }],
    ['may be of any authority when that is asked for', { rejectUnauthorized: false }],
    ['may have one of its names by configuration', { ca: authority.cert, servername: 'localhost' }],
  ])('%s', async (_, material) => {
    const fake = await startFake(server);
    await expect(askWith(fake.baseUrl, async () => material)()).resolves.toMatchObject({ taskmanagers: 1 });
  });

  it.each<[string, TlsMaterial]>([
    ['of an unknown authority', {}],
    ['of another authority', { ca: stranger.cert }],
    ['with another name', { ca: authority.cert, servername: 'jobmanager.example.org' }],
    ['checked with a file that is not PEM', { ca: '-----BEGIN CERTIFICATE-----\nnonsense' }],
  ])('%s is refused', async (_, material) => {
    const fake = await startFake(server);
    await expect(askWith(fake.baseUrl, async () => material)()).rejects.toMatchObject({ code: 'tls' });
    expect(fake.count()).toBe(0);
  });
});

describe('the client certificate', () => {
  it('is shown', async () => {
    const fake = await startFake(requireClient);
    await expect(askWith(fake.baseUrl, async () => ({ ca: authority.cert, ...client }))()).resolves.toBeDefined();
  });

  // In TLS 1.3 the server decides after the client's handshake; Node's closes the connection then, others send an alert.
  it.each<[string, TlsMaterial, string]>([
    ['missing', {}, 'connection'],
    ['of another authority', stranger.issue('flink-medic'), 'connection'],
    ['with the key of another', { cert: client.cert, key: server.key }, 'tls'],
    ['with a key that is not PEM', { cert: client.cert, key: 'nonsense' }, 'tls'],
  ])('%s is refused', async (_, material, code) => {
    const fake = await startFake(requireClient);
    const ask = askWith(fake.baseUrl, async () => ({ ca: authority.cert, ...material }));
    await expect(ask()).rejects.toMatchObject({ code });
    await expect(ask()).rejects.not.toThrow(/BEGIN|PRIVATE/);
    expect(fake.count()).toBe(0);
  });
});

describe('certificate files', () => {
  it('are read again at each request: a renewed one counts at once', async () => {
    const fake = await startFake(requireClient);
    let material: TlsMaterial = { ca: authority.cert };
    const ask = askWith(fake.baseUrl, async () => material);
    await expect(ask()).rejects.toMatchObject({ name: 'MedicError' });
    material = { ca: authority.cert, ...client };
    await expect(ask()).resolves.toBeDefined();
    material = { ca: stranger.cert, ...client };
    await expect(ask()).rejects.toMatchObject({ code: 'tls' });
  });

  it('that cannot be read are a failure of TLS', async () => {
    const fake = await startFake(server);
    const ask = askWith(fake.baseUrl, () => Promise.reject(new Error("EACCES: permission denied, open 'ca.pem'")));
    await expect(ask()).rejects.toMatchObject({
      code: 'tls',
      message: `${fake.baseUrl}/overview: EACCES: permission denied, open 'ca.pem'`,
    });
  });

  it('are not read for an http address', async () => {
    const fake = await startFake();
    await expect(askWith(fake.baseUrl, () => Promise.reject(new Error('read')))()).resolves.toBeDefined();
  });
});

describe('the wrong scheme', () => {
  it('https to an http port', async () => {
    const fake = await startFake();
    await expect(askWith(fake.baseUrl.replace('http:', 'https:'), async () => ({}))()).rejects.toMatchObject({
      code: 'tls',
    });
  });

  it('http to an https port', async () => {
    const fake = await startFake(server);
    await expect(askWith(fake.baseUrl.replace('https:', 'http:'), async () => ({}))()).rejects.toMatchObject({
      code: 'connection',
    });
  });
});
