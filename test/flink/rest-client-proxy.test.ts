import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { documentOf } from '../../src/flink/answer.ts';
import type { HttpAccess } from '../../src/flink/http-access.ts';
import { RestClient } from '../../src/flink/rest-client.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import { createAuthority } from '../support/certificates.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A forward proxy that logs what it was asked for: absolute URLs, and `CONNECT host:port` for https. */
async function startProxy(credentials?: string): Promise<{ readonly host: string; readonly log: string[] }> {
  const log: string[] = [];
  const allowed = (header: string | undefined) =>
    credentials === undefined || header === `Basic ${Buffer.from(credentials).toString('base64')}`;
  const proxy = createServer((incoming, response) => {
    log.push(incoming.url ?? '');
    if (!allowed(incoming.headers['proxy-authorization'])) {
      response.writeHead(407).end();
      return;
    }
    const outgoing = request(incoming.url ?? '', { headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.once('error', () => response.destroy());
    outgoing.end();
  });
  proxy.on('connect', (incoming, socket) => {
    log.push(`CONNECT ${incoming.url}`);
    if (!allowed(incoming.headers['proxy-authorization'])) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = (incoming.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.once('error', () => socket.destroy());
    socket.once('error', () => upstream.destroy());
    socket.once('close', () => upstream.destroy());
  });
  await listen(proxy);
  return { host: `127.0.0.1:${addressOf(proxy).port}`, log };
}

async function listen(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  stops.push(async () => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  });
}

function addressOf(server: Server): Pick<AddressInfo, 'port'> {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address : { port: 0 };
}

async function startFake(options?: Parameters<typeof FakeJobManager.start>[1]): Promise<FakeJobManager> {
  const fake = await FakeJobManager.start(new FakeCluster(), options);
  stops.push(() => fake.stop());
  return fake;
}

function ask(baseUrl: string, http: HttpAccess, maxResponseBytes = 100_000): Promise<unknown> {
  const client = new RestClient({ baseUrl, timeoutMs: 5000, maxResponseBytes, http });
  stops.push(() => client.close());
  return client.get('/overview', documentOf);
}

describe('a proxy', () => {
  it('is asked for the whole URL of an http address', async () => {
    const [proxy, fake] = [await startProxy(), await startFake()];
    await expect(ask(fake.baseUrl, { proxyUrl: `http://${proxy.host}` })).resolves.toMatchObject({ taskmanagers: 1 });
    expect(proxy.log).toEqual([`${fake.baseUrl}/overview`]);
  });

  it('opens a tunnel to an https address, whose certificate is checked', async () => {
    const authority = createAuthority();
    const [proxy, fake] = [await startProxy(), await startFake({ tls: authority.issue('localhost') })];
    const proxyUrl = `http://${proxy.host}`;
    await expect(ask(fake.baseUrl, { proxyUrl, tls: async () => ({ ca: authority.cert }) })).resolves.toBeDefined();
    await expect(ask(fake.baseUrl, { proxyUrl })).rejects.toMatchObject({ code: 'tls' });
    expect(proxy.log).toEqual(Array.from({ length: 2 }, () => `CONNECT 127.0.0.1:${fake.port}`));
  });

  it('gets the credentials of its URL, and the JobManager its own', async () => {
    const [proxy, fake] = [await startProxy('medic:secret'), await startFake()];
    const http = { proxyUrl: `http://medic:secret@${proxy.host}`, authorization: async () => 'Bearer token' };
    await ask(fake.baseUrl, http);
    expect(fake.requests[0]?.authorization).toBe('Bearer token');
  });

  it('that wants other credentials is unauthorized, and they are not shown', async () => {
    const [proxy, fake] = [await startProxy('medic:secret'), await startFake()];
    const refused = ask(fake.baseUrl, { proxyUrl: `http://medic:wrong@${proxy.host}` });
    await expect(refused).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(refused).rejects.not.toThrow(/wrong/);
    expect(fake.count()).toBe(0);
  });

  it.each(['http', 'https'])('that is down is a broken connection to an %s address', async (scheme) => {
    const fake = await startFake();
    const baseUrl = fake.baseUrl.replace('http', scheme);
    await expect(ask(baseUrl, { proxyUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'connection' });
  });

  it('does not lift the limit of a body', async () => {
    const [proxy, fake] = [await startProxy(), await startFake()];
    fake.faults.set('/overview', { kind: 'huge', bytes: 2000 });
    await expect(ask(fake.baseUrl, { proxyUrl: `http://${proxy.host}` }, 1999)).rejects.toMatchObject({
      code: 'too_large',
    });
  });
});
