/** Debian's Prometheus as the judge of our pages: over TLS with a user, in both formats, with names that mean harm. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { boundLabel } from '../../src/core/label-value.ts';
import { createAuthority } from '../support/certificates.ts';
import { realProgram } from '../support/real.ts';
import { until } from '../real-flink/until.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';
import { Prometheus, type Series } from './support/prometheus.ts';
import { startRelay } from './support/relay.ts';

const prometheus = realProgram('prometheus', 'apt-get install prometheus');
const promtool = realProgram('promtool', 'apt-get install prometheus');
const skipped = prometheus.skip ?? promtool.skip;

const PASSWORD = 'correct horse';
const HOSTILE_NAMES: readonly string[] = [
  'orders',
  '',
  ' ',
  'say "hello"',
  'C:\\temp\\new',
  'ends in \\',
  'two\nlines\r\nand a bit',
  'tab\tand nul\0and bell\u0007',
  '🚀 to the 月, عربى',
  '\ud800 alone',
  'alone \udfff',
  '\u2028\u200b\u202e\ufeff',
  '{job_id="x"} 1\n# EOF\nup 0',
  'x'.repeat(200),
  'x'.repeat(201),
  'long '.repeat(2_000),
  '🚀'.repeat(5_000),
  `${'equal'.repeat(100)} one`,
  `${'equal'.repeat(100)} two`,
];

/** A series beside who scraped it, as a text; without the one value that the probes of the test itself move. */
function identity({ labels, value }: Series): string {
  const { job: _job, instance: _instance, ...own } = labels;
  const parts = Object.entries(own).map((pair) => JSON.stringify(pair));
  return [...parts.toSorted(), labels['__name__'] === 'flink_cluster_requests_total' ? '' : value].join(' ');
}

function texts(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

async function startFleet() {
  const authority = createAuthority();
  const { key, cert } = authority.issue('127.0.0.1');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'key.pem'), key);
  writeFileSync(join(folder, 'cert.pem'), cert);
  const webConfigFile = join(folder, 'web.yml');
  const webConfig = {
    tls_server_config: { cert_file: 'cert.pem', key_file: 'key.pem' },
    basic_auth_users: { prometheus: hashSync(PASSWORD, 4) },
  };
  writeFileSync(webConfigFile, JSON.stringify(webConfig));
  const dispatcher = new Agent({ connect: { ca: authority.cert } });
  onTestFinished(() => dispatcher.close());
  const headers = { authorization: `Basic ${Buffer.from(`prometheus:${PASSWORD}`).toString('base64')}` };

  const time = new ManualTime();
  const hostile = await startCluster({ clock: time.manual, archiveFolder: temporaryFolder() });
  const jobs = HOSTILE_NAMES.map((name) => hostile.cluster.submit({ name }).run());
  for (const job of jobs) job.restart({ exception: job.name, labels: { why: job.name } }).restarted();
  jobs.at(-1)?.fail();
  const plain = await startCluster({ clock: time.manual, version: '1.20', archiveFolder: temporaryFolder() });
  plain.cluster.submit({ name: 'report' }).run().finish();
  plain.cluster.submit({ name: 'orders' }).run().completeCheckpoint();
  const clusters = [
    { name: 'hostile "one"', jobmanagers: [hostile.jobManager.baseUrl] },
    { name: 'plain', jobmanagers: [plain.jobManager.baseUrl], expected_jobs: ['orders', 'absent'] },
  ];
  const client = { dispatcher, headers };
  const medic = await RunningMedic.start({ config: { clusters }, time, webConfigFile, client });
  await medic.advance(60_000);
  return { medic, authority, dispatcher, jobs };
}

describe.skipIf(skipped !== undefined)(`Prometheus ${skipped ?? ''}`, () => {
  it('takes every series, in both formats and by discovery, once and unchanged', { timeout: 60_000 }, async () => {
    const { medic, authority, dispatcher, jobs } = await startFleet();
    await using relay = await startRelay(medic.url, dispatcher);
    const address = new URL(medic.url).host;
    const basic_auth = { username: 'prometheus', password: PASSWORD };
    const tls_config = { ca_file: 'ca.pem' };
    const own = { scheme: 'https', basic_auth, tls_config };
    const server = await Prometheus.start(
      prometheus.get(),
      {
        // With other tests on few cores an answer can take more than a second.
        global: { scrape_interval: '5s', scrape_timeout: '5s' },
        scrape_configs: [
          { job_name: 'openmetrics', ...own, static_configs: [{ targets: [address] }] },
          { job_name: 'text', basic_auth, static_configs: [{ targets: [relay.address] }] },
          {
            job_name: 'probe',
            ...own,
            http_sd_configs: [{ url: `${medic.url}/sd`, basic_auth, tls_config, refresh_interval: '1s' }],
            relabel_configs: [{ source_labels: ['__meta_flink_cluster'], target_label: 'instance' }],
          },
        ],
      },
      { 'ca.pem': authority.cert },
    );
    onTestFinished(() => server.stop());
    await until('scraped targets', async () => {
      const targets = await server.targets();
      const broken = targets.filter(({ lastError }) => lastError !== '');
      expect(broken).toEqual([]);
      return targets.length === 4 && targets.every(({ health }) => health === 'up');
    });

    const scraped = await server.query('{__name__=~"flink_.+",job="openmetrics"}');
    const relayed = await server.query('{__name__=~"flink_.+",job="text"}');
    expect(scraped.map(identity).toSorted()).toEqual(relayed.map(identity).toSorted());
    expect([...relay.contentTypes]).toEqual(['text/plain; version=0.0.4; charset=utf-8']);

    const page = await medic.page();
    expect(scraped).toHaveLength(page.facts('flink_').length);
    for (const job of ['openmetrics', 'text']) {
      const [samples] = await server.query(`scrape_samples_scraped{job="${job}"}`);
      const [kept] = await server.query(`scrape_samples_post_metric_relabeling{job="${job}"}`);
      expect(samples?.value).toBe(kept?.value);
    }

    // Prometheus knows no empty label: it is the same as none.
    const names = await server.query('flink_job_info{job="openmetrics",flink_cluster="hostile \\"one\\""}');
    const seen = names.map(({ labels }) => ({ jobId: labels['job_id'], name: labels['job_name'] ?? '' }));
    expect(texts(seen)).toEqual(texts(jobs.map(({ jobId, name }) => ({ jobId, name: boundLabel(name) }))));
    const distinct = new Set(seen.map(({ name }) => name));
    expect(distinct.size).toBe(HOSTILE_NAMES.length);
    expect([...distinct].filter((name) => name.length > 200 || !name.isWellFormed())).toEqual([]);

    const probes = await server.query('probe_success{job="probe"}');
    expect(texts(probes.map(({ labels, value }) => [labels['instance'], value]))).toEqual(
      texts([
        ['hostile "one"', '1'],
        ['plain', '1'],
      ]),
    );
    // Each target has its own cluster only.
    const probed = await server.query('flink_cluster_up{job="probe"}');
    expect(probed.map(({ labels }) => labels['flink_cluster'])).toEqual(probed.map(({ labels }) => labels['instance']));
    expect(probed).toHaveLength(2);
    expect(server.complaints()).toEqual([]);
  });

  it('promtool has nothing against the names, types and help of the page', async () => {
    const { medic } = await startFleet();
    const input = (await medic.page()).text;
    expect(execFileSync(promtool.get(), ['check', 'metrics'], { input, encoding: 'utf8', stdio: 'pipe' })).toBe('');
  });
});
