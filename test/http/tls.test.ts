import { once } from 'node:events';
import { connect } from 'node:net';
import {
  connect as connectTls,
  type ConnectionOptions,
  getCiphers,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TlsServerConfig } from '../../src/config/tls-server-config.ts';
import { CIPHER_SUITES, CURVES } from '../../src/config/tls-names.ts';
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
  /** What both agreed on, by OpenSSL's name. */
  readonly cipher: string | undefined;
  /** The common name of the server's certificate. */
  readonly subject: string | undefined;
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
  let cipher: string | undefined;
  let subject: string | undefined;
  socket.on('secureConnect', () => {
    protocol = socket.getProtocol();
    cipher = socket.getCipher().name;
    subject = socket.getPeerX509Certificate()?.subject.replace('CN=', '');
  });
  // A refusal arrives as an error or as an end, by version and by timing; both end in `close`.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await closed;
  return {
    answer: answer.startsWith('HTTP/1.1 200 ') ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : undefined,
    protocol,
    session,
    cipher,
    subject,
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

/** Which of these a client gets through with when it offers nothing else. */
async function accepted(options: Partial<TlsServerConfig>, offers: readonly ConnectionOptions[]): Promise<boolean[]> {
  const address = await serve({ tls: tls(options) });
  const visits = await Promise.all(offers.map((offer) => visit(address, offer)));
  return visits.map(({ answer }) => answer !== undefined);
}

function old(ciphers: string): ConnectionOptions {
  return { maxVersion: 'TLSv1.2', ciphers };
}

describe('cipher suites', () => {
  const GCM_128 = 'ECDHE-ECDSA-AES128-GCM-SHA256';
  const GCM_256 = 'ECDHE-ECDSA-AES256-GCM-SHA384';
  const offers = [old(GCM_128), old(GCM_256), { minVersion: 'TLSv1.3' } as const];

  test('of TLS 1.2 only those that are listed; TLS 1.3 stays on, as in Go', async () => {
    expect(await accepted({}, offers)).toEqual([true, true, true]);
    expect(await accepted({ cipherSuites: [GCM_256] }, offers)).toEqual([false, true, true]);
  });

  test('of TLS 1.3 only those that are listed, when any is', async () => {
    const suites = ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'];
    const offers13 = suites.map((ciphers): ConnectionOptions => ({ minVersion: 'TLSv1.3', ciphers }));
    expect(await accepted({ cipherSuites: [GCM_128] }, offers13)).toEqual([true, true]);
    expect(await accepted({ cipherSuites: suites.slice(0, 1) }, offers13)).toEqual([true, false]);
    expect(await accepted({ cipherSuites: suites }, [old(GCM_128)])).toEqual([false]);
  });

  test('in the order of the server, or of the client', async () => {
    const chosen = async (preferServerCipherSuites: boolean): Promise<string | undefined> => {
      const address = await serve({ tls: tls({ cipherSuites: [GCM_256, GCM_128], preferServerCipherSuites }) });
      return (await visit(address, old(`${GCM_128}:${GCM_256}`))).cipher;
    };
    expect([await chosen(true), await chosen(false)]).toEqual([GCM_256, GCM_128]);
  });

  test('every suite that can be configured is one that OpenSSL has', async () => {
    await serve({ tls: tls({ cipherSuites: Object.values(CIPHER_SUITES), curves: Object.values(CURVES) }) });
    expect(getCiphers()).toEqual(
      expect.arrayContaining(Object.values(CIPHER_SUITES).map((name) => name.toLowerCase())),
    );
  });
});

test('only curves that are listed', async () => {
  const offers = ['P-384', 'P-521', 'X25519'].map((ecdhCurve): ConnectionOptions => ({ ecdhCurve }));
  expect(await accepted({}, offers)).toEqual([true, true, true]);
  expect(await accepted({ curves: ['P-521', 'X25519'] }, offers)).toEqual([false, true, true]);
});

describe('allowed names of client certificates', () => {
  const verified = { request: true, require: true, verify: true };

  test.each([
    ['DNS:scraper.example', 'scraper.example', true],
    ['DNS:scraper.example', 'other.example', false],
    ['DNS:*.example', 'scraper.example', false],
    ['IP:10.0.0.1', '10.0.0.1', true],
    ['IP:2001:db8::1', '2001:db8::1', true],
    ['email:ops@example.org', 'ops@example.org', true],
    ['URI:spiffe://example/prometheus', 'spiffe://example/prometheus', true],
  ])('a certificate with %s where %s is allowed: %s', async (name, allowed, expected) => {
    const clientAllowedSans = ['none.example', allowed];
    const options = tls({ clientAuth: verified, clientCa: authority.cert, clientAllowedSans });
    const address = await serve({ tls: options });
    const pair = authority.issue('scraper.example', [name]);
    const first = await visit(address, pair);
    expect(first.answer !== undefined).toBe(expected);
    const again = await visit(address, { ...pair, ...(first.session && { session: first.session }) });
    expect(again.answer !== undefined).toBe(expected);
  });

  test('are not asked of who needs no certificate', async () => {
    const clientAuth = { request: true, require: false, verify: true };
    const options = tls({ clientAuth, clientCa: authority.cert, clientAllowedSans: ['a.example'] });
    const address = await serve({ tls: options });
    expect((await visit(address)).answer).toBeDefined();
    expect((await visit(address, trusted)).answer).toBeUndefined();
  });
});

describe('replaced while it serves', () => {
  test('a new certificate counts for new connections; a session of before is no way around', async () => {
    const clientAuth = { request: true, require: true, verify: true };
    const server = makeServer({ tls: tls({ clientAuth, clientCa: authority.cert }) });
    const [address = ''] = await server.start();
    const before = await visit(address, trusted);
    expect([before.answer !== undefined, before.subject]).toEqual([true, 'localhost']);
    const next = authority.issue('renewed');
    const others = createAuthority('another');
    server.replaceTls(tls({ ...next, clientAuth, clientCa: others.cert }));
    const refused = await visit(address, { ...trusted, ...(before.session && { session: before.session }) });
    expect(refused.answer).toBeUndefined();
    const after = await visit(address, others.issue('prometheus'));
    expect([after.answer !== undefined, after.subject]).toEqual([true, 'renewed']);
  });

  test('names that are allowed no more', async () => {
    const clientAuth = { request: true, require: true, verify: true };
    const options = tls({ clientAuth, clientCa: authority.cert, clientAllowedSans: ['a.example', 'b.example'] });
    const server = makeServer({ tls: options });
    const [address = ''] = await server.start();
    const pair = authority.issue('a', ['DNS:a.example']);
    expect((await visit(address, pair)).answer).toBeDefined();
    server.replaceTls({ ...options, clientAllowedSans: ['b.example'] });
    expect((await visit(address, pair)).answer).toBeUndefined();
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
