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
import { outcome } from '../http/support.ts';
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

function load(text: string): WebConfig {
  return loadWebConfig(write(text), {});
}

/** The lines of the refusal, without the name of the file. */
function refusal(text: string): string[] {
  try {
    load(text);
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
  test('files beside the configuration, with the defaults', () => {
    expect(load(`${TLS}}`).tls).toEqual({
      cert: pair.cert,
      key: pair.key,
      clientAuth: { request: false, require: false, verify: false },
      clientCa: undefined,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
    });
  });

  test('inline', () => {
    const text = `tls_server_config:\n${block('cert', pair.cert)}${block('key', pair.key)}${block('client_ca', authority.cert)}  client_auth_type: RequestClientCert\n`;
    const { tls } = load(text);
    expect([tls?.cert.trim(), tls?.key.trim(), tls?.clientCa?.trim()]).toEqual(
      [pair.cert, pair.key, authority.cert].map((pem) => pem.trim()),
    );
  });

  test.each([
    ['NoClientCert', false, false, false],
    ['RequestClientCert', true, false, false],
    ['RequireAnyClientCert', true, true, false],
    ['VerifyClientCertIfGiven', true, false, true],
    ['RequireAndVerifyClientCert', true, true, true],
  ])('%s', (name, request, require, verify) => {
    const ca = verify ? ', client_ca_file: clients.crt' : '';
    expect(load(`${TLS}, client_auth_type: ${name}${ca}}`).tls?.clientAuth).toEqual({ request, require, verify });
  });

  test('versions by their names', () => {
    const { tls } = load(`${TLS}, min_version: TLS10, max_version: TLS11}`);
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
  ])('refuses %s', (text, message) => {
    const lines = refusal(`tls_server_config: ${text}`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });
});

describe('basic_auth_users', () => {
  test('are a map of users and hashes', () => {
    const users = { ali: HASH, 1234: HASH, 'weird user': hashSync('x', 4) };
    const text = Object.entries(users).map(([user, hash]) => `  ${user}: ${hash}\n`);
    expect([...load(`basic_auth_users:\n${text.join('')}`).users]).toEqual(Object.entries(users));
  });

  test('a user __proto__ is not dropped in silence: with no user left everybody could come in', () => {
    expect(refusal(`basic_auth_users: {__proto__: ${HASH}}`)).toEqual([
      '1:20: basic_auth_users.__proto__: no key can have this name',
    ]);
  });

  test.each(['', '# nothing\n', 'basic_auth_users:\n', 'basic_auth_users: {}\n', 'tls_server_config:\n'])(
    'none in %j, and no TLS',
    (text) => {
      expect(load(text)).toEqual({ tls: undefined, users: new Map() });
    },
  );

  test('a password is refused with the way to a hash, and not repeated', () => {
    expect(refusal('basic_auth_users:\n  ali: hunter2\n  bob: 12345\n  eve:\n')).toEqual(
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
  ])('a hash %s is refused', (_what, hash) => {
    expect(refusal(`basic_auth_users: {ali: ${hash}}`)).toEqual([expect.stringContaining('is not a bcrypt hash')]);
  });

  test('a cost that would block everything is refused', () => {
    expect(refusal(`basic_auth_users: {ali: ${HASH.replace('$10$', '$31$')}}`)).toEqual([
      '1:25: basic_auth_users.ali: is a bcrypt hash of cost 31; use 4 to 15, usual is 10',
    ]);
  });

  test('a user with a colon is refused', () => {
    expect(refusal(`basic_auth_users: {"a:b": ${HASH}}`)).toEqual([expect.stringContaining('can never log in')]);
  });

  test('a list is refused', () => {
    expect(refusal('basic_auth_users: [ali]')).toEqual(['1:19: basic_auth_users: expected a map, found a list']);
  });
});

test('what is not supported is refused where it stands', () => {
  expect(refusal(`${TLS},\n  cipher_suites: []}\nhttp_server_config: {http2: true}\nrate_limit: {}\n`)).toEqual([
    expect.stringMatching(/^2:3: tls_server_config\.cipher_suites: unknown key/),
    expect.stringMatching(/^3:1: http_server_config: unknown key/),
    expect.stringMatching(/^4:1: rate_limit: unknown key/),
  ]);
});

test('a file that is not there', () => {
  expect(() => loadWebConfig(join(folder, 'nope.yml'), {})).toThrow(
    expect.objectContaining({ code: 'config', message: expect.stringMatching(/^--web\.config\.file: .*ENOENT/) }),
  );
});

test('whatever the file holds, it is accepted or refused', () => {
  const value = fc.oneof(
    { maxDepth: 3 },
    fc.json(),
    fc.constantFrom(HASH, 'server.crt', '[a', '&a *a', '${X}', 'null'),
  );
  const key = fc.constantFrom('tls_server_config', 'basic_auth_users', 'rate_limit', '<<', '__proto__');
  const line = fc.tuple(key, value).map(([name, text]) => `${name}: ${text}\n`);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(line, { maxLength: 3 }).map((lines) => lines.join('')),
      ),
      (text) => {
        expect(['accepted', 'refused']).toContain(outcome(() => load(text)));
      },
    ),
  );
});

describe('the example', () => {
  test('is accepted, and its password is what it says', () => {
    const { tls, users } = loadWebConfig(EXAMPLE, {});
    expect(tls).toBeUndefined();
    expect([...users.keys()]).toEqual(['prometheus']);
    expect(compareSync('change-me', users.get('prometheus') ?? '')).toBe(true);
  });

  test('is accepted with its TLS block as well', () => {
    expect(load(withTls()).tls?.clientAuth).toEqual({ request: true, require: true, verify: true });
  });
});

/** The example with the lines of its TLS block taken out of their comments. */
function withTls(): string {
  return readFileSync(EXAMPLE, 'utf8').replaceAll(/^#((?:tls_server_config|  [a-z_]+):)/gm, '$1');
}

const promtool = realProgram('promtool', 'apt-get install prometheus');

function check(file: string): Promise<{ stderr: string }> {
  return promisify(execFile)(promtool.get(), ['check', 'web-config', file]);
}

describe.skipIf(promtool.skip !== undefined)(`promtool check web-config ${promtool.skip ?? ''}`, () => {
  test('accepts the example, with and without TLS', async () => {
    expect((await check(EXAMPLE)).stderr).toContain('SUCCESS');
    expect((await check(write(withTls()))).stderr).toContain('SUCCESS');
  });

  test('and refuses as we do', async () => {
    for (const text of [
      'basic_auth_users: {ali: hunter2}',
      `${TLS.replace('server.key', 'other.key')}}`,
      `${TLS}, x: 1}`,
    ]) {
      await expect(check(write(text))).rejects.toThrow(/FAILED/);
      expect(() => load(text)).toThrow(MedicError);
    }
  });
});
