import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { loadConfig } from '../../src/config/load-config.ts';
import { folderWith } from './support/folder.ts';
import { load, problems } from './support/load.ts';
import { configError } from './support/thrown.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/flink-medic.yml');

const OBSERVING = {
  ledger: { file: 'flink-medic.db' },
  observe: { intervalMs: 10_000, timeoutMs: 5_000, graceMs: 60_000, maxJobs: 20_000 },
  archives: { scanIntervalMs: 30_000, maxFileSizeBytes: 2 ** 31 },
  retention: { endedRunsMs: 604_800_000, endedRunsPerJob: 20, supersededSeriesMs: 3_600_000 },
};

/** Nobody may ask for anything, and if somebody could it would be a dry run. */
const ACTING = {
  webhook: { clientAllowedSans: [] },
  api: { clientAllowedSans: [] },
  restart: {
    mode: 'dry_run',
    maxConcurrent: 2,
    maxAttemptsPerHour: 20,
    actWithinMs: 3_600_000,
    breaker: { failedRatio: 0.5, minJobs: 5, windowMs: 600_000, coolDownMs: 300_000 },
    policies: [],
  },
  notify: [],
};

const DEFAULTS = { ...OBSERVING, ...ACTING };

describe('loadConfig', () => {
  it('observes a local JobManager without a file', async () => {
    const { config, sources } = await loadConfig(undefined, {});
    expect(config).toEqual({
      ...DEFAULTS,
      clusters: [
        { name: 'default', jobManagers: ['http://localhost:8081'], archives: undefined, http: {}, expectedJobs: [] },
      ],
    });
    expect(sources).toEqual([]);
  });

  it('fills in every default', async () => {
    expect((await load('clusters: []')).config).toEqual({ ...DEFAULTS, clusters: [] });
  });

  it('reads every key of observing', async () => {
    const { config, folder } = await load(
      `
ledger: {url: "sqlite:sub/x.db"}
observe: {interval: 1m, timeout: 1500ms, grace: 0s, max_jobs: "\${MAX}"}
archives: {scan_interval: 1h, max_file_size: 500MB}
retention: {ended_runs: 2w, ended_runs_per_job: 3, superseded_series: 0}
clusters:
  - name: prod
    jobmanagers: ["http://JM-0:8081/", "https://jm-1:443/flink/"]
    archives: [archive/, /flink/archive, "file:///a%20b"]
    http:
      basic_auth: {username: u, password_file: secrets/p}
      tls_config: {ca_file: ca.pem, cert_file: /c.pem, key_file: k.pem, server_name: jm, insecure_skip_verify: true}
      proxy_url: http://u:p@proxy:3128
    expected_jobs: [orders, payments]
  - name: other
    archives: [/x]
    http: {authorization: {credentials: t}}
  - name: third
    archives: [/y]
    http: {authorization: {type: Token, credentials_file: t}}
`,
      {},
      { MAX: '7' },
    );
    expect(config).toEqual({
      ledger: { file: 'sub/x.db' },
      observe: { intervalMs: 60_000, timeoutMs: 1_500, graceMs: 0, maxJobs: 7 },
      archives: { scanIntervalMs: 3_600_000, maxFileSizeBytes: 500_000_000 },
      retention: { endedRunsMs: 1_209_600_000, endedRunsPerJob: 3, supersededSeriesMs: 0 },
      ...ACTING,
      clusters: [
        {
          name: 'prod',
          jobManagers: ['http://jm-0:8081', 'https://jm-1/flink'],
          archives: [
            { configured: 'archive/', path: join(folder, 'archive') },
            { configured: '/flink/archive', path: '/flink/archive' },
            { configured: 'file:///a%20b', path: '/a b' },
          ],
          http: {
            basicAuth: { username: 'u', password: { file: join(folder, 'secrets/p') } },
            tls: {
              caFile: join(folder, 'ca.pem'),
              certFile: '/c.pem',
              keyFile: join(folder, 'k.pem'),
              serverName: 'jm',
              insecureSkipVerify: true,
            },
            proxyUrl: 'http://u:p@proxy:3128',
          },
          expectedJobs: ['orders', 'payments'],
        },
        {
          name: 'other',
          jobManagers: [],
          archives: [{ configured: '/x', path: '/x' }],
          http: { authorization: { type: 'Bearer', credentials: { value: 't' } } },
          expectedJobs: [],
        },
        {
          name: 'third',
          jobManagers: [],
          archives: [{ configured: '/y', path: '/y' }],
          http: { authorization: { type: 'Token', credentials: { file: join(folder, 't') } } },
          expectedJobs: [],
        },
      ],
    });
  });

  it('tells archives that were left out from none', async () => {
    const { config } = await load('clusters: [{name: a, jobmanagers: ["http://x"], archives: []}]');
    expect(config.clusters[0]?.archives).toEqual([]);
  });

  it('shortens the time-out with the interval', async () => {
    expect((await load('observe: {interval: 2s}\nclusters: []')).config.observe.timeoutMs).toBe(2_000);
  });

  it('loads the sample', async () => {
    const { config } = await loadConfig(EXAMPLE, {});
    expect(config).toMatchObject(OBSERVING);
    expect(config.clusters.map(({ name }) => name)).toEqual(['local', 'prod', 'cloud', 'retired']);
  });
});

const cluster = (name: string) => `{name: ${name}, jobmanagers: ["http://${name}"]}`;

function shared(name: string, user: string): string {
  return `{name: ${name}, history_server: 'http://hs', http: {basic_auth: {username: ${user}, password: b}}}`;
}

describe('files', () => {
  it('adds the clusters of other files, sorted, each file once', async () => {
    const { config, sources } = await load(
      `cluster_files: [clusters.d/*.yml, "clusters.d/b*", one.yml, "*.yml", nowhere/*]\nclusters: [${cluster('main')}]`,
      {
        'clusters.d/b.yml': `clusters: [${cluster('b')}]`,
        'clusters.d/a.yml': `- ${cluster('a')}`,
        'clusters.d/c.yaml': 'not read',
        'clusters.d/.hidden.yml': 'not read',
        'clusters.d/folder.yml/x': 'not read',
        'one.yml': '',
      },
    );
    expect(config.clusters.map(({ name }) => name)).toEqual(['main', 'a', 'b']);
    expect(sources.map((source) => source.matches('medic.yml'))).toEqual([true, true, false, false, true, true]);
  });

  it('resolves paths against the file that they stand in', async () => {
    const { config, folder } = await load('cluster_files: [sub/*.yml]', { 'sub/a.yml': '[{name: a, archives: [x]}]' });
    expect(config.clusters[0]?.archives).toEqual([{ configured: 'x', path: join(folder, 'sub/x') }]);
  });

  it('names both places of a name and of an address that are not unique', async () => {
    expect(
      await problems(`cluster_files: [more/*.yml]\nclusters:\n  - ${cluster('a')}\n  - ${cluster('a')}\n`, {
        'more/b.yml': `- {name: a, jobmanagers: ['http://z', 'http://a/']}`,
      }),
    ).toEqual([
      'medic.yml:4:12: clusters[1].name: is already the name of the cluster at medic.yml:3:12',
      'medic.yml:4:29: clusters[1].jobmanagers[0]: already belongs to the cluster at medic.yml:3:29',
      'more/b.yml:1:10: [0].name: is already the name of the cluster at medic.yml:3:12',
      'more/b.yml:1:39: [0].jobmanagers[1]: already belongs to the cluster at medic.yml:3:29',
    ]);
  });

  it('takes a cluster that only a History Server tells of', async () => {
    const { config } = await load('clusters: [{name: a, history_server: "http://hs:8082/"}]');
    expect(config.clusters).toMatchObject([{ jobManagers: [], archives: [], historyServer: 'http://hs:8082' }]);
  });

  it('lets clusters share a History Server if they reach it in the same way', async () => {
    expect((await load(`clusters: [${shared('a', 'ann')}, ${shared('b', 'ann')}]`)).config.clusters).toHaveLength(2);
    expect(await problems(`clusters:\n- ${shared('a', 'ann')}\n- ${shared('b', 'bob')}\n`)).toEqual([
      'medic.yml:3:29: clusters[1].history_server: needs the same http as the cluster at medic.yml:2:29',
    ]);
  });

  it('reports what is wrong in all files', async () => {
    expect(
      await problems(`cluster_files: [missing.yml, more/*.yml]`, {
        'more/a.yml': '- {nam: a}',
        'more/b.yml': 'observe: {}',
        'more/c.yml': `- ${cluster('c')}`,
        'more/d.yml': '- [',
      }),
    ).toEqual([
      expect.stringMatching(/^medic\.yml:1:17: cluster_files\[0\]: cannot read missing\.yml: ENOENT/),
      'more/a.yml:1:3: [0].name: is missing; expected a string',
      'more/a.yml:1:4: [0].nam: unknown key; did you mean name? Allowed: name, jobmanagers, archives, history_server, http, expected_jobs',
      'more/b.yml:1:1: observe: unknown key; Allowed: clusters',
      'more/d.yml:1:4: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ]);
  });

  it('says which file cannot be read', async () => {
    const folder = await folderWith({ 'latin.yml': '' });
    await writeFile(join(folder, 'latin.yml'), Buffer.from([0x61, 0xe4]));
    await mkdir(join(folder, 'folder'));
    const read = (name: string) => configError(() => loadConfig(join(folder, name), {}));
    expect(await read('none.yml')).toMatch(/^cannot read .*none\.yml: ENOENT/);
    expect(await read('latin.yml')).toMatch(/latin\.yml: it is not UTF-8 text$/);
    expect(await read('folder')).toMatch(/^cannot read .*folder: EISDIR/);
    expect(await configError(() => loadConfig('/dev/zero', {}))).toBe(
      'cannot read /dev/zero: the file is larger than 1048576 bytes',
    );
  });

  it.skipIf(process.getuid?.() === 0)('says which folder cannot be listed', async () => {
    const folder = await folderWith({ 'medic.yml': 'cluster_files: [closed/*]', 'closed/a.yml': '' });
    await chmod(join(folder, 'closed'), 0);
    onTestFinished(() => chmod(join(folder, 'closed'), 0o700));
    expect(await configError(() => loadConfig(join(folder, 'medic.yml'), {}))).toMatch(
      /medic\.yml:1:17: cluster_files\[0\]: EACCES/,
    );
  });
});
