/** Every route that the program has, found in the Express application itself: who may use it, and what docs/http.md says. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import type { Dispatcher } from 'undici';
import { expect, it, vi } from 'vitest';
import { RunningMedic, temporaryFolder } from '../../e2e/support/medic.ts';

const apps = vi.hoisted((): unknown[] => []);

vi.mock(import('../../../src/http/app.ts'), async (importOriginal) => {
  const { createApp, listenerOf } = await importOriginal();
  return {
    listenerOf,
    createApp: (options) => {
      const app = createApp(options);
      apps.push(app.router);
      return app;
    },
  };
});

interface Layer {
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method?: string }[] };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

interface Endpoint {
  readonly method: Dispatcher.HttpMethod;
  /** In Express' form. */
  readonly path: string;
}

/** What Express would look through for a request, routers within routers included. */
function endpointsOf({ stack = [] }: { readonly stack?: readonly Layer[] }): Endpoint[] {
  return stack.flatMap(({ route, handle }) => {
    if (route === undefined) return endpointsOf({ stack: handle?.stack ?? [] });
    const methods = route.stack.flatMap(({ method }) => (method === undefined ? [] : [method.toUpperCase()]));
    return methods.map((method) => ({ method, path: route.path }));
  });
}

/** `/a/:job_id` as `/a/JOB_ID`, the documentation's form; a part that may be left out gives two. */
function documented({ method, path }: Endpoint): string[] {
  const paths = path.includes('{') ? [path.replace(/\{.*\}/, ''), path.replaceAll(/[{}]/g, '')] : [path];
  return paths.map((each) => `${method} ${each.replaceAll(/:(\w+)/g, (_, name: string) => name.toUpperCase())}`);
}

/** The table of docs/http.md: each of its endpoints, and who may. */
function promised(): Record<string, string> {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/http.md'), 'utf8');
  const [table = ''] = page.split('## Who may');
  const rows = table.matchAll(/^\| (`[A-Z]+ \/.*?) \|.*\| (\S+) \|$/gm);
  return Object.fromEntries(
    rows.flatMap(([, endpoints = '', group = '']) =>
      endpoints.matchAll(/`([A-Z]+ [^`?]+)/g).map(([, endpoint = '']) => [endpoint, group]),
    ),
  );
}

/** Credentials that each group has; nobody else may have them accepted. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  users: `Basic ${Buffer.from('ann:secret').toString('base64')}`,
  webhook: 'Bearer of-the-webhook',
  api: 'Bearer of-the-orders',
};

let medic: RunningMedic;

/** Starts it with credentials of all three kinds, and returns every endpoint that it has. */
async function start(web: object = {}): Promise<Endpoint[]> {
  apps.length = 0;
  const webConfigFile = join(temporaryFolder(), 'web.yml');
  writeFileSync(webConfigFile, JSON.stringify({ basic_auth_users: { ann: hashSync('secret', 4) }, ...web }));
  medic = await RunningMedic.start({
    config: {
      clusters: [],
      webhook: { authorization: { credentials: 'of-the-webhook' } },
      api: { authorization: { credentials: 'of-the-orders' } },
    },
    webConfigFile,
    // It would ask endpoints until it is, and the rate limit says no.
    waitUntilIdle: false,
    client: { headers: { authorization: CREDENTIALS['users'] ?? '' } },
  });
  const [app] = apps;
  return endpointsOf(app as Layer['handle'] & object);
}

async function ask({ method, path }: Endpoint, authorization: string): Promise<number> {
  // Ten failed log-ins within a minute close the door to all.
  medic.time.manual.advance(60_000);
  const address = path.replaceAll(/[{}:]/g, '');
  return (await medic.ask(method, address, { authorization })).status;
}

/** Who is let in: nobody is asked, or exactly one kind of credentials is taken. */
async function groupOf(endpoint: Endpoint): Promise<string> {
  if ((await ask(endpoint, '')) !== 401) return 'everybody';
  const groups: string[] = [];
  for (const [group, authorization] of Object.entries(CREDENTIALS)) {
    if ((await ask(endpoint, authorization)) !== 401) groups.push(group);
  }
  return groups.join(' and ');
}

it('every endpoint is open to whom docs/http.md says, and to nobody else', async () => {
  const endpoints = await start();
  const found: Record<string, string> = {};
  for (const endpoint of endpoints) {
    const group = await groupOf(endpoint);
    for (const name of documented(endpoint)) found[name] = group;
  }
  expect(Object.keys(found).length).toBeGreaterThan(25);
  expect(found).toEqual(promised());
});

it('the rate limit holds for what users read, and for nothing that has no credentials or others', async () => {
  const endpoints = await start({ rate_limit: { interval: '1d', burst: 1 } });
  expect((await medic.get('/metrics')).status).toBe(200);
  const groups = promised();
  for (const endpoint of endpoints) {
    const limited = documented(endpoint).every((name) => groups[name] === 'users');
    expect([endpoint, (await ask(endpoint, '')) === 429]).toEqual([endpoint, limited]);
  }
});
