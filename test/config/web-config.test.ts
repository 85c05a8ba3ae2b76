import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compareSync, hashSync } from 'bcryptjs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadWebConfig, type WebConfig } from '../../src/config/web-config.ts';
import { MedicError } from '../../src/core/errors.ts';
import { type Authority, createAuthority, type KeyPair } from '../support/certificates.ts';
import { realProgram } from '../support/real.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/web-config.yml', import.meta.url));
const HASH = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

let folder: string;
let authority: Authority;
let pair: KeyPair;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flink-medic-web-config-'));
  authority = createAuthority();
  pair = authority.issue('localhost');
  writeFileSync(join(folder, 'server.crt'), pair.cert);
  writeFileSync(join(folder, 'server.key'), pair.key, { mode: 0o600 });
  writeFileSync(join(folder, 'other.key'), authority.issue('other').key, { mode: 0o600 });
  writeFileSync(join(folder, 'clients.crt'), authority.cert);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string): string {
  const file = join(folder, 'web.yml');
  writeFileSync(file, text);
  return file;
}

async function load(text: string): Promise<WebConfig> {
  return (await loadWebConfig(write(text), {})).config;
}

/** The lines of the refusal, without the name of the file. */
async function refusal(text: string): Promise<string[]> {
  try {
    await load(text);
  } catch (error) {
    if (error instanceof MedicError && error.code === 'config') {
      return error.message.replaceAll(join(folder, 'web.yml:'), '').replaceAll(folder, '').split('\n');
    }
    throw error;
  }
  throw new Error('it was accepted');
}

function block(key: string, pem: string): string {
  return `  ${key}: |\n${pem.replaceAll(/^/gm, '    ')}\n`;
}

const TLS = 'tls_server_config: {cert_file: server.crt, key_file: server.key';

describe('tls_server_config', () => {
  test('files beside the configuration, with the defaults', async () => {
    expect((await load(`${TLS}}`)).tls).toEqual({
      cert: pair.cert,
      key: pair.key,
      clientAuth: { request: false, require: false, verify: false },
      clientCa: undefined,
      clientAllowedSans: [],
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      cipherSuites: [],
      preferServerCipherSuites: true,
      curves: [],
    });
  });

  test('inline', async () => {
    const text = `tls_server_config:\n${block('cert', pair.cert)}${block('key', pair.key)}${block('client_ca', authority.cert)}  client_auth_type: RequestClientCert\n`;
    const { tls } = await load(text);
    expect([tls?.cert.trim(), tls?.key.trim(), tls?.clientCa?.trim()]).toEqual(
      [pair.cert, pair.key, authority.cert].map((pem) => pem.trim()),
    );
  });

  test.each([
    ['NoClientCert', false, false, false],
    ['RequestClientCert', true, false, false],
    ['RequireAnyClientCert', true, true, false],
    ['RequireClientCert', true, true, false],
    ['VerifyClientCertIfGiven', true, false, true],
    ['RequireAndVerifyClientCert', true, true, true],
  ])('%s', async (name, request, require, verify) => {
    const ca = verify ? ', client_ca_file: clients.crt' : '';
    const { tls } = await load(`${TLS}, client_auth_type: ${name}${ca}}`);
    expect(tls?.clientAuth).toEqual({ request, require, verify });
  });

  test('versions by their names', async () => {
    const { tls } = await load(`${TLS}, min_version: TLS10, max_version: TLS11}`);
    expect([tls?.minVersion, tls?.maxVersion]).toEqual(['TLSv1', 'TLSv1.1']);
  });

  test.each([
    ['{}', '1:20: tls_server_config.cert: is missing; TLS needs cert_file or cert'],
    ['{cert_file: server.crt}', '1:20: tls_server_config.key: is missing; TLS needs key_file or key'],
    [
      '{cert_file: nope.crt, key_file: server.key}',
      "1:32: tls_server_config.cert_file: cannot be read: ENOENT: no such file or directory, open '/nope.crt'",
    ],
    [
      '{cert_file: server.crt, cert: x, key_file: server.key}',
      '1:32: tls_server_config.cert_file: give cert_file or cert, not both',
    ],
    ['{cert_file: server.key, key_file: server.key}', /^1:32: .*cert_file: is not a PEM certificate \(/],
    [
      '{cert_file: server.crt, key_file: server.crt}',
      /^1:54: .*key_file: is not a PEM private key without a passphrase/,
    ],
    ['{cert_file: server.crt, key_file: other.key}', /^1:32: .*cert_file: cannot be used with this key \(.*mismatch/],
    [`${TLS.slice(19)}, client_ca_file: clients.crt}`, /client_ca_file: does nothing without a client_auth_type$/],
    [
      `${TLS.slice(19)}, client_ca_file: server.key, client_auth_type: RequestClientCert}`,
      /client_ca_file: is not a PEM certificate/,
    ],
    [
      `${TLS.slice(19)}, client_auth_type: RequireAndVerifyClientCert}`,
      /client_ca: is missing; this client_auth_type needs client_ca_file or client_ca$/,
    ],
    [`${TLS.slice(19)}, client_auth_type: Always}`, /client_auth_type: must be one of NoClientCert, RequestClientCert/],
    [`${TLS.slice(19)}, min_version: TLS13, max_version: TLS12}`, /min_version: is newer than max_version$/],
    [`${TLS.slice(19)}, min_version: SSL3}`, /min_version: must be one of TLS10, TLS11, TLS12, TLS13$/],
  ])('refuses %s', async (text, message) => {
    const lines = await refusal(`tls_server_config: ${text}`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });
});

describe('basic_auth_users', () => {
  test('are a map of users and hashes', async () => {
    const users = { ali: HASH, 1234: HASH, 'weird user': hashSync('x', 4) };
    const text = Object.entries(users).map(([user, hash]) => `  ${user}: ${hash}\n`);
    expect([...(await load(`basic_auth_users:\n${text.join('')}`)).users]).toEqual(Object.entries(users));
  });

  test('a user __proto__ is not dropped in silence: with no user left everybody could come in', async () => {
    expect(await refusal(`basic_auth_users: {__proto__: ${HASH}}`)).toEqual([
      '1:20: basic_auth_users.__proto__: no key can have this name',
    ]);
  });

  test.each(['', '# nothing\n', 'basic_auth_users:\n', 'basic_auth_users: {}\n', 'tls_server_config:\n'])(
    'none in %j, and no TLS',
    async (text) => {
      expect(await load(text)).toEqual({ tls: undefined, users: new Map(), headers: new Map(), rateLimit: undefined });
    },
  );

  test('a password is refused with the way to a hash, and not repeated', async () => {
    expect(await refusal('basic_auth_users:\n  ali: hunter2\n  bob: 12345\n  eve:\n')).toEqual(
      ['2:8: basic_auth_users.ali', '3:8: basic_auth_users.bob', '4:7: basic_auth_users.eve'].map(
        (place) => `${place}: is not a bcrypt hash; make one with: htpasswd -nBC 10 '' | tr -d ':\\n'`,
      ),
    );
  });

  test.each([
    ['cut off', HASH.slice(0, -1)],
    ['too long', `${HASH}x`],
    ['of the flawed version 2x', HASH.replace('2y', '2x')],
    ['with a salt that bcryptjs writes otherwise and so never matches', HASH.replace('FzPeM', 'FzPfM')],
  ])('a hash %s is refused', async (_what, hash) => {
    expect(await refusal(`basic_auth_users: {ali: ${hash}}`)).toEqual([
      expect.stringContaining('is not a bcrypt hash'),
    ]);
  });

  test('a cost that would block everything is refused', async () => {
    expect(await refusal(`basic_auth_users: {ali: ${HASH.replace('$10$', '$31$')}}`)).toEqual([
      '1:25: basic_auth_users.ali: is a bcrypt hash of cost 31; use 4 to 18, usual is 10',
    ]);
  });

  test('a user with a colon is refused', async () => {
    expect(await refusal(`basic_auth_users: {"a:b": ${HASH}}`)).toEqual([expect.stringContaining('can never log in')]);
  });

  test('a list is refused', async () => {
    expect(await refusal('basic_auth_users: [ali]')).toEqual(['1:19: basic_auth_users: expected a map, found a list']);
  });
});

async function warnings(text: string): Promise<readonly string[]> {
  return (await loadWebConfig(write(text), {})).warnings;
}

describe('http_server_config', () => {
  test('headers, and a number as its text', async () => {
    const { headers } = await load(
      'http_server_config:\n  headers: {X-Frame-Options: deny, X-XSS-Protection: 1, Content-Security-Policy: ""}\n',
    );
    expect(Object.fromEntries(headers)).toEqual({
      'Content-Security-Policy': '',
      'X-Frame-Options': 'deny',
      'X-XSS-Protection': '1',
    });
  });

  test('a header that no client could read', async () => {
    expect(await refusal('http_server_config: {headers: {X-XSS-Protection: "a\\r\\nb: c"}}')).toEqual([
      '1:50: http_server_config.headers.X-XSS-Protection: no header can have this value: Invalid character in header content ["value"]',
    ]);
  });

  test('http2 is accepted, and where it is wanted there is a warning', async () => {
    expect(await warnings('http_server_config: {http2: false}')).toEqual([]);
    expect(await warnings('http_server_config: {}')).toEqual([]);
    expect(await warnings('http_server_config: {http2: true}')).toEqual([
      `${join(folder, 'web.yml')}:1:29: http_server_config.http2: flink-medic speaks HTTP/1.1 only, and so will its clients`,
    ]);
  });
});

describe('rate_limit', () => {
  test('interval and burst; the interval 0 is none', async () => {
    expect((await load('rate_limit: {interval: 1s, burst: 20}')).rateLimit).toEqual({ intervalMs: 1000, burst: 20 });
    expect((await load('rate_limit: {interval: 0, burst: 0}')).rateLimit).toBeUndefined();
  });

  test.each([
    ['{interval: 1s, burst: 0}', '1:35: rate_limit.burst: must be at least 1: with 0 every request is refused'],
    ['{interval: 1s}', /^1:13: rate_limit.burst: expected a whole number$/],
    ['{burst: 1}', /^1:13: rate_limit.interval: expected a duration/],
    ['{interval: 1.5s, burst: 1}', /rate_limit.interval: expected a duration such as 30s/],
    ['{interval: 1s, burst: -1}', /rate_limit.burst: expected a whole number$/],
  ])('refuses %s', async (text, message) => {
    const lines = await refusal(`rate_limit: ${text}`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });
});

test('a key that nobody knows is refused where it stands', async () => {
  expect(await refusal(`${TLS},\n  ciphers: []}\nhttp_server_config: {http3: true}\nrate_limits: {}\n`)).toEqual([
    expect.stringMatching(/^2:3: tls_server_config\.ciphers: unknown key/),
    expect.stringMatching(/^3:22: http_server_config\.http3: unknown key; did you mean http2\?/),
    expect.stringMatching(/^4:1: rate_limits: unknown key; did you mean rate_limit\?/),
  ]);
});

test('a file that is not there', async () => {
  await expect(loadWebConfig(join(folder, 'nope.yml'), {})).rejects.toThrow(
    expect.objectContaining({ code: 'config', message: expect.stringMatching(/^--web\.config\.file: .*ENOENT/) }),
  );
});

test('whatever the file holds, it is accepted or refused', async () => {
  const value = fc.oneof(
    { maxDepth: 3 },
    fc.json(),
    fc.constantFrom(HASH, 'server.crt', '[a', '&a *a', '${X}', 'null'),
  );
  const key = fc.constantFrom(
    'tls_server_config',
    'basic_auth_users',
    'rate_limit',
    'http_server_config',
    '<<',
    '__proto__',
  );
  const line = fc.tuple(key, value).map(([name, text]) => `${name}: ${text}\n`);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.array(line, { maxLength: 3 }).map((lines) => lines.join('')),
      ),
      async (text) => {
        const outcome = load(text).then(
          () => 'accepted',
          (error: unknown) => error,
        );
        expect(await outcome).toSatisfy((found) => found === 'accepted' || found instanceof MedicError);
      },
    ),
  );
});

describe('the example', () => {
  test('is accepted, and its password is what it says', async () => {
    const { tls, users } = (await loadWebConfig(EXAMPLE, {})).config;
    expect(tls).toBeUndefined();
    expect([...users.keys()]).toEqual(['prometheus']);
    expect(compareSync('change-me', users.get('prometheus') ?? '')).toBe(true);
  });

  test('is accepted with all that it shows', async () => {
    const { config, warnings: found } = await loadWebConfig(write(everything()), {});
    expect(config.tls).toMatchObject({
      clientAuth: { request: true, require: true, verify: true },
      clientAllowedSans: ['prometheus.example.org'],
      cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
      curves: ['X25519', 'P-256'],
    });
    expect(config.headers.size).toBe(5);
    expect(config.rateLimit).toEqual({ intervalMs: 100, burst: 50 });
    expect(found).toEqual([]);
  });
});

/** The example with its keys taken out of their comments: `##` and `#  #` are before what Debian's promtool does not know. */
function known(): string {
  return readFileSync(EXAMPLE, 'utf8').replaceAll(/^#((?: *[a-zA-Z][\w-]*):)/gm, '$1');
}

function everything(): string {
  return known()
    .replaceAll(/^##( *\w+:)/gm, '$1')
    .replaceAll(/^#  #(\w+:)/gm, '  $1');
}

const promtool = realProgram('promtool', 'apt-get install prometheus');

function check(file: string): Promise<{ stderr: string }> {
  return promisify(execFile)(promtool.get(), ['check', 'web-config', file]);
}

describe.skipIf(promtool.skip !== undefined)(`promtool check web-config ${promtool.skip ?? ''}`, () => {
  test('accepts the example, as it is and with all that it knows', async () => {
    expect((await check(EXAMPLE)).stderr).toContain('SUCCESS');
    expect((await check(write(known()))).stderr).toContain('SUCCESS');
  });

  test('and refuses as we do', async () => {
    for (const text of [
      'basic_auth_users: {ali: hunter2}',
      `${TLS.replace('server.key', 'other.key')}}`,
      `${TLS}, x: 1}`,
    ]) {
      await expect(check(write(text))).rejects.toThrow(/FAILED/);
      await expect(load(text)).rejects.toThrow(MedicError);
    }
  });
});
