import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type SecureVersion, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TlsServerConfig } from '../../src/config/tls-server-config.ts';
import { type Authority, createAuthority, type KeyPair } from '../support/certificates.ts';
import { makeServer, serve, TLS_DEFAULTS } from './support.ts';

let authority: Authority;
let serverPair: KeyPair;
let trusted: KeyPair;
let untrusted: KeyPair;

beforeAll(() => {
  authority = createAuthority();
  serverPair = authority.issue('localhost');
  trusted = authority.issue('prometheus');
  untrusted = createAuthority('somebody else').issue('prometheus');
});

function tls(options: Partial<TlsServerConfig> = {}): TlsServerConfig {
  return { ...TLS_DEFAULTS, ...serverPair, ...options };
}

interface Visit {
  /** What the server answered; undefined when it closed the connection. */
  readonly answer: string | undefined;
  readonly protocol: string | null;
  readonly session: Buffer | undefined;
}

/** One request over a connection of its own, sent at once, without waiting for what the server makes of the handshake. */
async function visit(address: string, options: ConnectionOptions = {}): Promise<Visit> {
  const { hostname, port } = new URL(`https://${address}`);
  const socket: TLSSocket = connectTls({ host: hostname, port: Number(port), ca: authority.cert, ...options });
  let answer = '';
  let session: Buffer | undefined;
  let protocol: string | null = null;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => (answer += text));
  socket.on('session', (ticket: Buffer) => (session = ticket));
  socket.on('secureConnect', () => (protocol = socket.getProtocol()));
  // A refusal arrives as an error or as an end, by version and by timing; both end in `close`.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await closed;
  return {
    answer: answer.startsWith('HTTP/1.1 200 ') ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : undefined,
    protocol,
    session,
  };
}

test('serves https, and only https', async () => {
  const address = await serve({ tls: tls() });
  expect((await visit(address)).answer).toContain('hello');
  const { hostname, port } = new URL(`http://${address}`);
  const plain = connect(Number(port), hostname);
  plain.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  plain.resume();
  await once(plain, 'close');
  expect(plain.bytesRead).toBe(0);
});

describe.each([
  { name: 'NoClientCert', request: false, require: false, verify: false, none: true, wrong: true },
  { name: 'RequestClientCert', request: true, require: false, verify: false, none: true, wrong: true },
  { name: 'RequireAnyClientCert', request: true, require: true, verify: false, none: false, wrong: true },
  { name: 'VerifyClientCertIfGiven', request: true, require: false, verify: true, none: true, wrong: false },
  { name: 'RequireAndVerifyClientCert', request: true, require: true, verify: true, none: false, wrong: false },
])('$name', ({ none, wrong, name, ...clientAuth }) => {
  describe.each(['TLSv1.2', 'TLSv1.3'] satisfies SecureVersion[])('%s', (version) => {
    test.each([
      { who: 'without certificate', pair: () => undefined, expected: none },
      { who: 'with a certificate of another authority', pair: () => untrusted, expected: wrong },
      { who: 'with a good certificate', pair: () => trusted, expected: true },
    ])('$who: $expected', async ({ pair, expected }) => {
      const clientCa = name === 'NoClientCert' ? undefined : authority.cert;
      let requests = 0;
      const address = await serve({
        tls: tls({ clientAuth, clientCa, minVersion: version, maxVersion: version }),
        handler: (_request, response) => {
          requests += 1;
          response.end('hello\n');
        },
      });
      const first = await visit(address, { ...pair() });
      expect(first.answer !== undefined).toBe(expected);
      // A session ticket that a refused client was given must be no way in.
      const again = await visit(address, { ...pair(), ...(first.session && { session: first.session }) });
      expect(again.answer !== undefined).toBe(expected);
      expect(requests).toBe(expected ? 2 : 0);
    });
  });
});

/** Which versions a client gets through with; null for those that are refused. */
async function versions(options: Partial<TlsServerConfig>): Promise<(string | null)[]> {
  const address = await serve({ tls: tls(options) });
  const all: SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
  const visits = await Promise.all(
    all.map((version) => visit(address, { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' })),
  );
  return visits.map(({ answer, protocol }) => (answer === undefined ? null : protocol));
}

describe('versions', () => {
  test('1.2 and 1.3 unless told otherwise', async () => {
    expect(await versions({})).toEqual([null, null, 'TLSv1.2', 'TLSv1.3']);
  });

  test('the old ones work when they are wanted', async () => {
    expect(await versions({ minVersion: 'TLSv1' })).toEqual(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
    expect(await versions({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.2' })).toEqual([
      null,
      'TLSv1.1',
      'TLSv1.2',
      null,
    ]);
  });
});

test('stop does not wait longer than its deadline for a handshake that never ends', async () => {
  const server = makeServer({ tls: tls() });
  const [address = ''] = await server.start();
  const { hostname, port } = new URL(`https://${address}`);
  const silent = connect(Number(port), hostname);
  await once(silent, 'connect');
  expect((await visit(address)).answer).toContain('hello');
  const closed = once(silent, 'close');
  await server.stop(20);
  await closed;
});
