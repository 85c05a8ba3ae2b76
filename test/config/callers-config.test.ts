/** `webhook:`, `api:` and `notify:` of the configuration file: who may call, and who is told. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { load, problems } from './support/load.ts';

const CLUSTERS = 'clusters: [{name: prod, jobmanagers: ["http://x"]}]';

async function firstProblem(text: string): Promise<string> {
  const [first = ''] = await problems(`${CLUSTERS}\n${text}`);
  return first.replace(/^medic\.yml:2:\d+: /, '');
}

describe('callers', () => {
  it('have several ways to show who they are', async () => {
    const { config, folder } = await load(
      `${CLUSTERS}
webhook:
  authorization: {credentials_file: token}
  basic_auth: {username: am, password: "\${PASSWORD}"}
  client_allowed_sans: [alertmanager.example.org, 10.0.0.1]
api:
  authorization: {type: Token, credentials: t}
`,
      {},
      { PASSWORD: 'p' },
    );
    expect(config.webhook).toEqual({
      authorization: { type: 'Bearer', credentials: { file: join(folder, 'token') } },
      basicAuth: { username: 'am', password: { value: 'p' } },
      clientAllowedSans: ['alertmanager.example.org', '10.0.0.1'],
    });
    expect(config.api).toEqual({
      authorization: { type: 'Token', credentials: { value: 't' } },
      clientAllowedSans: [],
    });
  });

  it.each([
    ['webhook: {authorization: {}}', 'webhook.authorization: needs credentials or credentials_file'],
    ['api: {basic_auth: {username: a}}', 'api.basic_auth: needs password or password_file'],
    ['webhook: {client_allowed_sans: [a, a]}', 'webhook.client_allowed_sans[1]: is the same as [0]'],
    ['webhook: {client_allowed_sans: [""]}', 'webhook.client_allowed_sans[0]: must have at least 1 character'],
    [
      'webhook: {tls_config: {}}',
      'webhook.tls_config: unknown key; Allowed: authorization, basic_auth, client_allowed_sans',
    ],
  ])('%s → %s', async (text, message) => {
    expect(await firstProblem(text)).toBe(message);
  });
});

describe('notify', () => {
  it('needs an address and has the keys of http beside it', async () => {
    const { config, folder } = await load(`${CLUSTERS}
notify:
  - url: HTTPS://Example.org/hook?key=1
  - url: http://localhost:1
    headers: {X-Team: streaming, x-empty: ""}
    events: [final_status]
    basic_auth: {username: u, password_file: p}
    tls_config: {ca_file: ca.pem}
    proxy_url: http://proxy:3128
`);
    expect(config.notify).toEqual([
      { url: 'https://example.org/hook?key=1', headers: {}, events: ['incident', 'final_status'], http: {} },
      {
        url: 'http://localhost:1/',
        headers: { 'X-Team': 'streaming', 'x-empty': '' },
        events: ['final_status'],
        http: {
          basicAuth: { username: 'u', password: { file: join(folder, 'p') } },
          tls: { caFile: join(folder, 'ca.pem'), insecureSkipVerify: false },
          proxyUrl: 'http://proxy:3128',
        },
      },
    ]);
  });

  it.each([
    ['{}', 'notify[0].url: is missing; expected a string'],
    ['{url: ftp://x}', 'notify[0].url: must be a URL such as https://example.org/hook (http or https)'],
    ['{url: "http://u:hunter2@x"}', 'notify[0].url: must not contain credentials; they belong under basic_auth'],
    ['{url: "http://x/#a"}', 'notify[0].url: must not have a fragment'],
    ['{url: "http://x"}, {url: "HTTP://x:80/"}', 'notify[1].url: is the same as [0].url'],
    ['{url: "http://x", events: []}', 'notify[0].events: must have at least 1 item'],
    ['{url: "http://x", events: [run]}', 'notify[0].events[0]: must be one of incident, final_status'],
    ['{url: "http://x", headers: {"a b": x}}', 'notify[0].headers.a b: is not the name of a header'],
    [
      '{url: "http://x", headers: {a: "x\\r\\nb: y"}}',
      'notify[0].headers.a: must have printable ASCII characters only',
    ],
    [
      '{url: "http://x", headers: {a: 1}}',
      'notify[0].headers.a: expected a string, found a number; put the value in quotes',
    ],
    ['{url: "http://x", headers: {a: x, A: y}}', 'notify[0].headers.A: is here twice: case does not count'],
    ['{url: "http://x", headers: {Host: y}}', 'notify[0].headers.Host: cannot be given here; it follows from url'],
    [
      '{url: "http://x", headers: {authorization: y}}',
      'notify[0].headers.authorization: cannot be given here; use authorization or basic_auth',
    ],
    [
      '{url: "http://x", authorization: {credentials: b}, basic_auth: {username: a, password: b}}',
      'notify[0]: needs at most one of basic_auth and authorization',
    ],
  ])('%s → %s', async (text, message) => {
    expect(await firstProblem(`notify: [${text}]`)).toBe(message);
  });
});
