/** The configuration as people see it: nothing secret is in it, and nothing else is lost. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { shownConfig } from '../../src/config/shown-config.ts';
import { temporaryFolder } from '../e2e/support/medic.ts';

const SECRET = 'hunter2';

async function load(folder: string, text: string): Promise<Awaited<ReturnType<typeof loadConfig>>['config']> {
  const file = join(folder, 'flink-medic.yml');
  writeFileSync(file, text);
  return (await loadConfig(file, {})).config;
}

const login = { basic_auth: { username: 'ann', password: SECRET } };
const token = { authorization: { credentials: SECRET } };
const policy = {
  name: 'orders',
  match: { flink_cluster: '/prod-.*/', job_name: 'orders' },
  driver: { flink_rest: { jar_name: 'orders.jar' } },
};

test('every kind of secret is hidden', async () => {
  const args = ['--password', SECRET, `--token=${SECRET}`, `--url=jdbc:db://ann:${SECRET}@db/orders`];
  const config = await load(
    temporaryFolder(),
    JSON.stringify({
      clusters: [
        {
          name: 'prod-a',
          jobmanagers: ['http://a:8081'],
          http: { ...login, proxy_url: `http://ann:${SECRET}@proxy:3128` },
        },
        { name: 'b', jobmanagers: ['http://b:8081'], http: { ...token, proxy_url: `http://${SECRET}@proxy:3128` } },
      ],
      webhook: { ...token, ...login },
      api: { ...token, ...login },
      notify: [
        { url: `https://hooks.example/${SECRET}/x?token=${SECRET}`, headers: { 'X-Token': SECRET }, ...login },
        { url: 'https://other.example/', ...token },
      ],
      restart: {
        policies: [
          {
            ...policy,
            driver: {
              flink_rest: {
                jar_name: 'orders.jar',
                args,
                config: { 's3.secret-key': SECRET, 'a.url': `http://u:${SECRET}@x` },
              },
            },
          },
        ],
      },
    }),
  );
  const shown = shownConfig(config);
  expect(shown).not.toContain(SECRET);
  expect(shown).toContain('username: ann');
  expect(shown).toContain('proxy_url: http://<secret>@proxy:3128');
  expect(shown).toContain('url: https://hooks.example/<secret>');
  expect(shown).toContain('X-Token: <secret>');
});

test('what it says loads as the same configuration', async () => {
  const folder = temporaryFolder();
  const config = await load(
    folder,
    JSON.stringify({
      observe: { interval: '15s', timeout: '1500ms' },
      archives: { max_file_size: '500MB' },
      clusters: [
        {
          name: 'prod-1: #a',
          jobmanagers: ['https://a:8081/flink'],
          archives: ['file:///flink/archive'],
          http: {
            basic_auth: { username: 'ann', password_file: 'password' },
            tls_config: { ca_file: 'ca.pem', server_name: 'flink', cert_file: 'c.pem', key_file: 'k.pem' },
            proxy_url: 'http://proxy:3128',
          },
          expected_jobs: ['orders', '- "x"'],
        },
        { name: 'b', jobmanagers: ['http://b:8081'] },
      ],
      webhook: { authorization: { type: 'Token', credentials_file: 'token' }, client_allowed_sans: ['am.example'] },
      notify: [{ url: 'https://other.example/', events: ['incident'] }],
      restart: {
        mode: 'on',
        act_within: '90m',
        policies: [
          {
            ...policy,
            restore: { max_age: '1d' },
            never_on: { exceptions: ['/java\\..*/'], failure_labels: { kind: 'user' } },
            windows: [{ days: ['sun'], from: '22:05', to: '24:00', time_zone: 'Europe/Berlin' }],
            driver: {
              flink_rest: { jar: 'orders.jar', entry_class: 'com.example.Orders', args: ['a'], parallelism: 2 },
            },
          },
          { ...policy, name: 'second', match: { flink_cluster: 'b', job_name: 'x' } },
        ],
      },
    }),
  );
  const shown = shownConfig(config);
  const again = await load(folder, shown);
  expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(config)));
  expect(shownConfig(again)).toBe(shown);
});
