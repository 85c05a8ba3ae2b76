import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChunkStore } from '../../src/metrics/chunk-store.ts';
import { Exposition } from '../../src/metrics/exposition.ts';
import type { OwnSources, ReloadState, StateRecoveries } from '../../src/metrics/own-families.ts';
import { OwnMetrics } from '../../src/metrics/own-metrics.ts';
import { realProgram } from '../support/real.ts';
import { FRUIT, pageText } from './fixture.ts';
import { type ParsedPage, parseExposition } from './parse-exposition.ts';

let reload: ReloadState;
let writable: boolean;
let recoveries: StateRecoveries[];
let own: OwnMetrics;

const sources: OwnSources = {
  build: { version: '1.2.3', revision: 'abc', nodeVersion: 'v24.0.0' },
  reload: () => reload,
  ledgerWritable: () => writable,
  stateRecoveries: () => recoveries,
};

beforeEach(() => {
  reload = { successful: true, lastSuccess: 1_700_000_000_500 };
  writable = true;
  recoveries = [{ cluster: 'prod', source: 'archive', count: 0 }];
  own = new OwnMetrics(sources);
});
afterEach(() => own.stop());

const page = (format: 'text' | 'openmetrics' = 'text') => pageText(new Exposition([], own), { format });
const parsed = async (): Promise<ParsedPage> => parseExposition(await page(), 'text');
const ofMedic = (text: string) => text.match(/^(# (HELP|TYPE) )?flink_medic_.*\n/gm)?.join('');

describe('OwnMetrics', () => {
  test('starts with every closed list at 0', async () => {
    expect(ofMedic(await page())).toBe(
      `# HELP flink_medic_build_info Version of flink-medic, its revision and that of Node.js; always 1.
# TYPE flink_medic_build_info gauge
flink_medic_build_info{version="1.2.3",revision="abc",node_version="v24.0.0"} 1
# HELP flink_medic_config_last_reload_successful Whether the last attempts to load the configuration and the web configuration succeeded.
# TYPE flink_medic_config_last_reload_successful gauge
flink_medic_config_last_reload_successful 1
# HELP flink_medic_config_last_reload_success_timestamp_seconds When the configuration was last loaded with success.
# TYPE flink_medic_config_last_reload_success_timestamp_seconds gauge
flink_medic_config_last_reload_success_timestamp_seconds 1700000000.5
# HELP flink_medic_state_recoveries_total Runs that were seen alive and lost from sight, and whose final status was then found in this source; kept in the ledger.
# TYPE flink_medic_state_recoveries_total counter
flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 0
# HELP flink_medic_ledger_writable Whether the ledger could be written when it was last tried.
# TYPE flink_medic_ledger_writable gauge
flink_medic_ledger_writable 1
# HELP flink_medic_ledger_errors_total Operations of the ledger that failed.
# TYPE flink_medic_ledger_errors_total counter
flink_medic_ledger_errors_total{operation="read"} 0
flink_medic_ledger_errors_total{operation="write"} 0
flink_medic_ledger_errors_total{operation="prune"} 0
`,
    );
  });

  test('reads its sources at each scrape', async () => {
    await page();
    reload = { successful: false };
    writable = false;
    recoveries = [
      { cluster: 'prod', source: 'archive', count: 2 },
      { cluster: 'test', source: 'archive', count: 0 },
    ];
    own.countLedgerError('write');
    own.countLedgerError('write');
    const text = await page('openmetrics');
    expect(text).toContain('\nflink_medic_config_last_reload_successful 0\n');
    expect(text).not.toContain('flink_medic_config_last_reload_success_timestamp_seconds');
    expect(text).toContain('\nflink_medic_ledger_writable 0\n');
    expect(text).toContain(`# TYPE flink_medic_state_recoveries counter
flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 2
flink_medic_state_recoveries_total{flink_cluster="test",source="archive"} 0
`);
    expect(text).toContain('\nflink_medic_ledger_errors_total{operation="write"} 2\n');
  });

  test('has the default metrics under the names of prom-client, but for its misnamed gauges', async () => {
    const names = [...(await parsed()).keys()].filter((name) => /^(process|nodejs)_/.test(name));
    expect(names).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'process_start_time_seconds',
        'process_resident_memory_bytes',
        'process_open_fds',
        'nodejs_eventloop_lag_seconds',
        'nodejs_gc_duration_seconds',
        'nodejs_heap_size_used_bytes',
        'nodejs_version_info',
      ]),
    );
    expect(names.filter((name) => /^nodejs_active_.*_total$/.test(name))).toEqual([]);
  });

  test('writes the histogram with canonical bounds, from 0', async () => {
    const samples = (await parsed()).get('nodejs_gc_duration_seconds')?.samples ?? [];
    const bounds = samples.filter(({ labels }) => labels['kind'] === 'weakcb').map(({ labels }) => labels['le']);
    expect(bounds).toEqual(['0.001', '0.01', '0.1', '1.0', '2.0', '5.0', '+Inf', undefined, undefined]);
    expect(samples.at(-1)?.name).toBe('nodejs_gc_duration_seconds_count');
  });

  test('says nothing about a delay that was not measured', async () => {
    own.stop();
    await page();
    const families = await parsed();
    expect(families.has('nodejs_eventloop_lag_min_seconds')).toBe(false);
    expect(families.get('nodejs_eventloop_lag_seconds')?.samples[0]?.value).toBeLessThan(10);
  });

  test('leaves nothing that runs, and can be stopped twice', async () => {
    const before = process.getActiveResourcesInfo();
    const other = new OwnMetrics(sources);
    await other.families();
    other.stop();
    other.stop();
    expect(process.getActiveResourcesInfo()).toEqual(before);
  });
});

const promtool = realProgram('promtool', 'apt-get install prometheus');

describe.skipIf(promtool.skip !== undefined)('promtool', () => {
  test('finds nothing to say about a full page', async () => {
    const store = new ChunkStore(FRUIT);
    store.put('a', '1', { basket: 'a', name: 'tab\t "quoted" \\ 😀\r\n\0', weight: 1, bites: 2, colours: ['\ud800'] });
    const input = await pageText(new Exposition([store], own), { format: 'text' });
    const { status, stdout, stderr } = spawnSync(promtool.get(), ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
