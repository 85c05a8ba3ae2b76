/** The page of /metrics for a small fleet, line by line (`exposition.txt`), and the ways to ask for it. */

import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';
import type { Page } from './support/page.ts';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

let medic: RunningMedic;
let folder: string;

/** Two clusters: one with a job in each situation, one that cannot be reached. */
beforeEach(async () => {
  const time = new ManualTime();
  folder = temporaryFolder();
  const { cluster, jobManager } = await startCluster({ version: '2.3', clock: time.manual, archiveFolder: folder });
  const orders = cluster.submit({ name: 'orders', jobId: '1'.repeat(32) }).run();
  const report = cluster
    .submit({ name: 'report', jobId: '2'.repeat(32), jobType: 'BATCH', checkpointing: 'off' })
    .run();
  const payments = cluster.submit({ name: 'payments', jobId: '3'.repeat(32) }).run();
  const clusters = [
    { name: 'away', jobmanagers: ['http://127.0.0.1:9'], archives: [], expected_jobs: ['orders'] },
    { name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [folder], expected_jobs: ['orders'] },
  ];
  medic = await RunningMedic.start({ config: { clusters }, time });
  await medic.advance(5_000);
  orders.restart({ exception: 'com.example.Broken', labels: { type: 'USER', 'a"b': 'c' } }).restarted();
  orders.completeCheckpoint({ durationMs: 1_500, sizeBytes: 4_096 });
  report.finish();
  payments.fail();
  cluster.forget(payments);
  await medic.advance(55_000);
});

/** What differs from run to run: hints come when they come, and the size of an archive is the fake's affair. */
const VARYING = /^(flink_archive_last_scan_timestamp_seconds|flink_archive_read_bytes_total)(\{.*\}) \d+$/;

/** Without what differs from machine to machine: the folder, and what Node and the process say of themselves. */
function comparable(text: string): string[] {
  const lines = text.replaceAll(folder, '/archive').split('\n');
  const from = lines.findIndex((line) => /^# HELP (process_|nodejs_)/.test(line));
  const own = lines.slice(from).filter((line) => /flink_medic_/.test(line) || line === '# EOF');
  return [...lines.slice(0, from), ...own].map((line) =>
    line.replace(/node_version="[^"]*"/, 'node_version="…"').replace(VARYING, '$1$2 …'),
  );
}

function only(lines: readonly string[], others: readonly string[]): string[] {
  return lines.filter((line) => !others.includes(line));
}

function clustersOf(page: Page): Set<string | undefined> {
  return new Set(page.facts('flink_').flatMap((line) => /flink_cluster="([^"]*)"/.exec(line)?.[1] ?? []));
}

describe('the page', () => {
  it('is, in text 0.0.4', async () => {
    const { headers, text } = await medic.get('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    await expect(`${comparable(text).join('\n')}\n`).toMatchFileSnapshot('exposition.txt');
  });

  it('is the same in OpenMetrics but for the headers of counters and the end', async () => {
    const { headers, text } = await medic.get('/metrics', { accept: OPENMETRICS });
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const plain = comparable((await medic.get('/metrics')).text);
    const open = comparable(text);
    expect(only(plain, open).filter((line) => !/^# (HELP|TYPE) \w+_total /.test(line))).toEqual([]);
    expect(only(open, plain).join('\n')).toMatchInlineSnapshot(`
      "# HELP flink_cluster_observation_failures REST requests to JobManagers of the cluster that gave no usable answer.
      # TYPE flink_cluster_observation_failures counter
      # HELP flink_cluster_requests REST requests sent to JobManagers of the cluster.
      # TYPE flink_cluster_requests counter
      # HELP flink_job_restarts Restarts by Flink (numRestarts less numRescales), carried over JobManager failovers; for an ended run at least what its archive proves.
      # TYPE flink_job_restarts counter
      # HELP flink_job_failovers How often another JobManager process took the run over.
      # TYPE flink_job_failovers counter
      # HELP flink_job_checkpoints_completed Completed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.
      # TYPE flink_job_checkpoints_completed counter
      # HELP flink_job_checkpoints_failed Failed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.
      # TYPE flink_job_checkpoints_failed counter
      # HELP flink_job_runs_ended Runs of the name that ended; each run is counted once for ever, when one of the three is known.
      # TYPE flink_job_runs_ended counter
      # HELP flink_job_runs_vanished Runs of the name that vanished: gone, and nothing said how they ended.
      # TYPE flink_job_runs_vanished counter
      # HELP flink_archive_read_bytes Bytes read from archive files, and of the answers of a History Server.
      # TYPE flink_archive_read_bytes counter
      # HELP flink_medic_state_recoveries Runs that were seen alive and lost from sight, and whose final status was then found in this source; kept in the ledger.
      # TYPE flink_medic_state_recoveries counter
      # HELP flink_medic_ledger_errors Operations of the ledger that failed.
      # TYPE flink_medic_ledger_errors counter
      # HELP flink_medic_restart_decisions Decisions about restarts; reason is empty when accepted. A deferral that repeats itself counts once.
      # TYPE flink_medic_restart_decisions counter
      # HELP flink_medic_alerts_received Alerts that Alertmanager delivered, by their own status.
      # TYPE flink_medic_alerts_received counter
      # HELP flink_medic_alerts_truncated Alerts that Alertmanager cut off (max_alerts of its receiver).
      # TYPE flink_medic_alerts_truncated counter
      # HELP flink_medic_alerts_ignored Alerts that opened or joined no incident.
      # TYPE flink_medic_alerts_ignored counter
      # HELP flink_medic_webhook_rejected Requests to the webhook that were not accepted.
      # TYPE flink_medic_webhook_rejected counter
      # HELP flink_medic_notifications Outgoing notifications: sent, failed (refused by the receiver), or dropped (a day old, too many waiting, or their receiver left the configuration).
      # TYPE flink_medic_notifications counter
      # EOF"
    `);
  });
});

describe('the ways to ask', () => {
  it('takes some clusters only, and own metrics always', async () => {
    const all = await medic.page();
    const ofProcess = /^flink_medic_(state_recoveries_total|breaker_open|restart_duration_seconds)/;
    const facts = (page: Page): string[] => page.facts('flink_').filter((line) => !ofProcess.test(line));
    const prod = await medic.page('/metrics?flink_cluster=prod');
    const away = await medic.page('/metrics?flink_cluster=away');
    expect(facts(prod)).toEqual(facts(all).filter((line) => !line.includes('flink_cluster="away"')));
    expect(facts(away)).toEqual(facts(all).filter((line) => !line.includes('flink_cluster="prod"')));
    const both = await medic.page('/metrics?flink_cluster=prod&flink_cluster=away');
    expect(facts(both)).toEqual(facts(all));
    expect(clustersOf(both)).toEqual(new Set(['away', 'prod']));
    const unknown = await medic.get('/metrics?flink_cluster=prod&flink_cluster=nope');
    expect([unknown.status, JSON.parse(unknown.text)]).toMatchObject([
      404,
      { detail: 'No cluster "nope" is configured.' },
    ]);
  });

  it('compresses for who accepts gzip, in both formats', async () => {
    for (const accept of ['*/*', OPENMETRICS]) {
      const plain = await medic.get('/metrics', { accept });
      const { headers, body } = await request(`${medic.url}/metrics`, {
        headers: { accept, 'accept-encoding': 'gzip' },
      });
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers['vary']).toBe('Accept, Accept-Encoding');
      const text = gunzipSync(Buffer.from(await body.arrayBuffer())).toString();
      expect(comparable(text)).toEqual(comparable(plain.text));
      expect(plain.headers['content-encoding']).toBeUndefined();
    }
    const refused = await medic.get('/metrics', { 'accept-encoding': 'gzip;q=0' });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  it('answers HEAD with the headers of GET', async () => {
    const get = await medic.get('/metrics');
    const head = await medic.ask('HEAD', '/metrics');
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', get.headers['content-type']]);
    expect((await medic.ask('HEAD', '/metrics?flink_cluster=nope')).status).toBe(404);
  });

  it('is one cluster, observed now, on /probe', async () => {
    const page = await medic.page('/probe?target=prod');
    expect(clustersOf(page)).toEqual(new Set(['prod']));
    expect(page.facts('probe_')).toEqual(['probe_success 1', 'probe_duration_seconds 0']);
    expect(page.facts('flink_medic_', 'process_', 'nodejs_')).toEqual([]);
    expect((await medic.page('/probe?target=away')).facts('probe_')).toEqual([
      'probe_success 0',
      'probe_duration_seconds 0',
    ]);
    const { headers } = await medic.get('/probe?target=prod', { accept: OPENMETRICS });
    expect(headers['content-type']).toMatch(/^application\/openmetrics-text/);
  });
});
