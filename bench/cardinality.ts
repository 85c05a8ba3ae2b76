/**
 * How many series many clusters and many runs make, how large the page is, and how long a real Prometheus with default
 * settings takes to scrape it: the whole program with a full ledger at default retention, its JobManagers in another
 * process.
 *
 *     npm run bench:cardinality -- [--clusters 200] [--live 5000] [--ended 100000] [--names 5000] [--scrapes 3]
 *         [--no-prometheus]
 *
 * `--names` are the job names of the ended runs: as many as `--ended` is the worst, names that never come again.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openSqliteLedger } from '../src/ledger/sqlite/open.ts';
import { Prometheus } from '../test/e2e/support/prometheus.ts';
import { realProgram } from '../test/support/real.ts';
import { fillLedger } from './support/fill-ledger.ts';
import { clusterName, type FleetSize } from './support/large-fleet.ts';
import { Program } from './support/program.ts';
import { machine } from './support/report.ts';
import { startFakes } from './support/start-fakes.ts';

const PROMETHEUS = realProgram('prometheus', 'apt-get install prometheus');
/** Prometheus' default `scrape_timeout`, and the interval that docs/prometheus.md shows. */
const TIMEOUT_S = 10;
const INTERVAL = '15s';

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '200' },
    live: { type: 'string', default: '5000' },
    ended: { type: 'string', default: '100000' },
    names: { type: 'string', default: '5000' },
    scrapes: { type: 'string', default: '3' },
    'no-prometheus': { type: 'boolean', default: false },
  },
});
const size: FleetSize = {
  clusters: Number(values.clusters),
  live: Number(values.live),
  ended: Number(values.ended),
  names: Number(values.names),
};

console.log(machine());
console.log(`${size.clusters} clusters, ${size.live} live runs, ${size.ended} ended ones of ${size.names} names`);
const folder = mkdtempSync(join(tmpdir(), 'bench-cardinality-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const ledger = await openSqliteLedger(join(folder, 'data', 'flink-medic.db'));
  await fillLedger(ledger, size, folder, now);
  await ledger.close();
  const fakes = await startFakes({ size, folder, now });
  const clusters = fakes.addresses.map((address, index) => ({
    name: clusterName(index),
    jobmanagers: [address],
    archives: [join(folder, clusterName(index))],
  }));
  const program = new Program(folder, { clusters });
  try {
    await program.ready();
    await scrapeAll(program);
    await scrapeEach(program);
    if (!values['no-prometheus']) await letPrometheusScrape(await program.address());
  } finally {
    await program.stop();
    await fakes.stop();
  }
}

async function scrapeAll(program: Program): Promise<void> {
  for (let scrape = 0; scrape < Number(values.scrapes); scrape++) {
    const { text, ms, sent } = await program.scrape();
    print(
      'all',
      `${seriesOf(text)} series, ${mb(Buffer.byteLength(text))}, ${mb(sent)} compressed, ${ms.toFixed(0)} ms`,
    );
    await setTimeout(1000);
  }
}

/** `/metrics?flink_cluster=`, one target a cluster. */
async function scrapeEach(program: Program): Promise<void> {
  const pages: { readonly series: number; readonly bytes: number; readonly ms: number }[] = [];
  for (let cluster = 0; cluster < size.clusters; cluster++) {
    const { text, ms } = await program.scrape(`/metrics?flink_cluster=${clusterName(cluster)}`);
    pages.push({ series: seriesOf(text), bytes: Buffer.byteLength(text), ms });
  }
  const most = (key: 'series' | 'bytes' | 'ms'): number => Math.max(...pages.map((page) => page[key]));
  print('one cluster', `at most ${most('series')} series, ${mb(most('bytes'))}, ${most('ms').toFixed(0)} ms`);
}

async function letPrometheusScrape(target: string): Promise<void> {
  const scrape = { job_name: 'flink-medic', static_configs: [{ targets: [target] }] };
  const config = { global: { scrape_interval: INTERVAL }, scrape_configs: [scrape] };
  const prometheus = await Prometheus.start(PROMETHEUS.get(), config, {});
  const value = async (metric: string): Promise<number> => Number((await prometheus.query(metric))[0]?.value);
  try {
    for (let scrapes = 0, before = 0; scrapes < Number(values.scrapes); ) {
      await setTimeout(500);
      const at = await value('timestamp(scrape_duration_seconds)');
      if (!(at > before)) continue;
      [before, scrapes] = [at, scrapes + 1];
      const seconds = await value('scrape_duration_seconds');
      const result = (await value('up')) === 1 && seconds < TIMEOUT_S ? 'under' : 'NOT under';
      const samples = await value('scrape_samples_scraped');
      print('Prometheus', `${samples} samples in ${seconds.toFixed(2)} s: ${result} its time-out of ${TIMEOUT_S} s`);
    }
  } finally {
    await prometheus.stop();
  }
}

function seriesOf(page: string): number {
  return page.match(/^[^#]/gm)?.length ?? 0;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function print(what: string, text: string): void {
  console.log(`${what.padEnd(12)} ${text}`);
}
