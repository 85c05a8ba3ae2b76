/** Configuration files with anything in them: a configuration, or what is wrong and where. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { loadWebConfig } from '../../src/config/web-config.ts';
import { MedicError } from '../../src/core/errors.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { folderWith } from './support/folder.ts';

const RUNS = 100;
/** Ten times what the longest takes. */
const AT_MOST_MS = 8_000;
const ENV = { TOKEN: 'x', EMPTY: '', NEWLINE: 'a\nb: c', LONG: 'y'.repeat(2_000_000) };

const WEB = `
tls_server_config: {cert_file: a.crt, key_file: a.key, client_ca_file: ca, client_auth_type: RequireAndVerifyClientCert,
  client_allowed_sans: [a], min_version: TLS12, cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA], curve_preferences: [X25519]}
http_server_config: {http2: false, headers: {X-Frame-Options: deny, Content-Security-Policy: x}}
rate_limit: {interval: 1s, burst: 5}
basic_auth_users: {ann: $2b$10$abcdefghijklmnopqrstuuB6K5XG0T5tC6T6Q2c2c2c2c2c2c2c2c2}
`;
const examples = join(import.meta.dirname, '../../examples');
const TEXTS = [
  WEB,
  ...readdirSync(examples, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?:^|\/)(?:flink-medic|web)[\w.-]*\.ya?ml$/.test(name))
    .map((name) => readFileSync(join(examples, name), 'utf8')),
];

/** Words, numbers and what is between them. */
const TOKEN = /[\w./:-]+|[^\w\s]|\n\s*/g;
const deep = (open: string, close: string): string => open.repeat(5_000) + close.repeat(5_000);
const HOSTILE = [
  ...[
    '\t',
    '\0',
    '\ufeff',
    '\ud800',
    '\u2028',
    '\r',
    '%YAML 9.9\n---\n',
    '---\n',
    '...\n',
    '#',
    '|',
    '>',
    '|9\n',
    '!!js/x ',
    '!<x> ',
  ],
  ...[
    '&a ',
    '*a',
    '&a [*a]',
    '<<: *a\n',
    '? ',
    '? [a]\n: ',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    "'",
    '"',
    '`',
    '@',
    '~',
    '.nan',
    '.inf',
    '-.inf',
  ],
  ...['${TOKEN}', '${NEWLINE}', '${EMPTY}', '${LONG}', '${NO}', '${', '$${', '${__proto__}', '"${TOKEN'],
  ...['/(a+)+$/', '/[/', '/(?=a)/', `/${'(a|b)'.repeat(300)}/`, '/a{1000}{1000}/', '/\\pL{900}/', '/', '//'],
  ...[
    '-1',
    '0',
    '1e999',
    '0x7fffffffffffffff',
    '99999999999999999999d',
    '1y1y',
    '-5s',
    '5 parsecs',
    '9007199254740993',
    '1_000',
    '012',
  ],
  ...[
    '__proto__: {a: b}\n',
    'constructor: x\n',
    'http://[',
    'file:///etc/passwd',
    '../../../../etc/passwd',
    '/dev/zero',
    '*.yml',
    '\\',
    'x'.repeat(50_000),
  ],
  ...[
    deep('[', ']'),
    deep('{a: ', '}'),
    '- '.repeat(5_000),
    ' '.repeat(100_000),
    `[${'*a,'.repeat(5_000)}]`,
    'a: 1\n'.repeat(5_000),
    '\n'.repeat(20_000),
  ],
];

const hostileText = fc.constantFrom(...TEXTS).chain((text) => {
  const tokens = [...text.matchAll(TOKEN)];
  const change = fc.tuple(fc.nat(tokens.length - 1), fc.constantFrom(...HOSTILE), fc.nat(3));
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) =>
    changes
      .toSorted(([a], [b]) => b - a)
      .reduce((changed, [index, hostile, removed]) => {
        const { index: at = 0 } = tokens[index] ?? {};
        const { index: end = text.length } = tokens[index + removed] ?? {};
        return changed.slice(0, at) + hostile + changed.slice(end);
      }, text),
  );
});

/** What a loader says of the file: nothing, or the message of its MedicError `config`. */
async function complaint(load: () => Promise<unknown>): Promise<string> {
  try {
    await load();
    return '';
  } catch (error) {
    if (error instanceof MedicError && error.code === 'config') return error.message;
    throw error;
  }
}

it('says what is wrong and where, in bounded time', { timeout: fuzzTimeout(RUNS) }, async () => {
  const folder = await folderWith();
  const file = join(folder, 'f.yml');
  const at = new RegExp(
    `^${file}:\\d+:\\d+: |^… and \\d+ more$|^--web.config.file: cannot read it: |^cannot read ${folder}`,
  );
  let good = 0;
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      writeFileSync(file, text);
      for (const load of [loadConfig, loadWebConfig]) {
        const startedAt = performance.now();
        const said = await complaint(() => load(file, ENV));
        expect(performance.now() - startedAt).toBeLessThan(AT_MOST_MS);
        if (said === '') good += 1;
        expect(said.split('\n').filter((line) => line !== '' && !at.test(line))).toEqual([]);
        expect(said.length).toBeLessThan(10_000);
      }
    }),
    fuzzed(RUNS),
  );
  expect(good).toBeGreaterThan(RUNS / 100);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it('takes any bytes', { timeout: fuzzTimeout(RUNS) }, async () => {
  const folder = await folderWith();
  const file = join(folder, 'f.yml');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      writeFileSync(file, bytes);
      for (const load of [loadConfig, loadWebConfig]) {
        expect(await complaint(() => load(file, ENV))).toMatch(/^$|f\.yml|cannot read/);
      }
    }),
    fuzzed(RUNS / 2),
  );
});
