/** Exporter: whether flink-medic itself is well, and whether what it says is fresh. */

import { dashboard } from '../dashboard.ts';
import { GOOD_BAD, NONE_IS_GOOD, UP } from '../looks.ts';
import { graph, stat } from '../panels.ts';
import { INSTANCE, PROCESS } from './exporter-process.ts';
import { BY_CLUSTER, CLUSTER, CLUSTER_OR_ALL, grown, highest, ofMedic, since } from '../promql.ts';

const BY_ARCHIVE = 'archive, flink_cluster';
const ARCHIVE = '{{flink_cluster}} {{archive}}';

/** Per second, by these labels. */
function perSecond(labels: string, counter: string): string {
  return highest(labels, `rate(${counter}[$__rate_interval])`);
}

const well = {
  title: 'Is it well?',
  panels: [
    stat({
      title: 'Up',
      description: 'Whether Prometheus can scrape every flink-medic that it could scrape in the time shown.',
      width: 4,
      looks: UP,
      queries: [
        {
          expr: 'up and on (job, instance) last_over_time(flink_medic_build_info[$__range])',
          legend: INSTANCE,
        },
      ],
    }),
    stat({
      title: 'Version',
      description: 'Version of flink-medic.',
      width: 4,
      unit: 'none',
      names: true,
      queries: [{ expr: 'max by (version) (flink_medic_build_info)', legend: '{{version}}' }],
    }),
    stat({
      title: 'Running for',
      description: 'Since the process was started.',
      width: 4,
      unit: 's',
      queries: [{ expr: ofMedic(since('process_start_time_seconds')), legend: INSTANCE }],
    }),
    stat({
      title: 'Ledger writable',
      description: 'Whether the ledger could be written when it was last tried. Without it nothing is restarted.',
      width: 4,
      looks: GOOD_BAD,
      queries: [{ expr: 'min(flink_medic_ledger_writable)' }],
    }),
    stat({
      title: 'Configuration loaded',
      description: 'Whether the last attempt to load the configuration succeeded; otherwise the one before is in use.',
      width: 4,
      looks: GOOD_BAD,
      queries: [{ expr: 'min(flink_medic_config_last_reload_successful)' }],
    }),
    stat({
      title: 'Last reload',
      description: 'Since the configuration was last loaded with success.',
      width: 4,
      unit: 's',
      queries: [{ expr: since('max(flink_medic_config_last_reload_success_timestamp_seconds)') }],
    }),
  ],
};

const observation = {
  title: 'Observation of clusters',
  panels: [
    graph({
      title: 'Age of the data',
      description: 'Since the last observation that succeeded: the age of all facts about live runs.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: since(highest(BY_CLUSTER, `flink_cluster_last_observation_timestamp_seconds{${CLUSTER}}`)),
          legend: '{{flink_cluster}}',
        },
      ],
    }),
    graph({
      title: 'Duration of observations',
      description: 'How long the last observation of each cluster took.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: highest(BY_CLUSTER, `flink_cluster_observation_duration_seconds{${CLUSTER}}`),
          legend: '{{flink_cluster}}',
        },
      ],
    }),
    graph({
      title: 'Failed requests',
      description: 'REST requests to JobManagers that gave no usable answer, by the reason.',
      width: 8,
      unit: 'none',
      bars: true,
      queries: [
        {
          expr: `${grown(`${BY_CLUSTER}, reason`, `flink_cluster_observation_failures_total{${CLUSTER}}`)} > 0`,
          legend: '{{flink_cluster}} {{reason}}',
        },
      ],
    }),
    graph({
      title: 'Requests',
      description: 'REST requests sent to JobManagers.',
      width: 8,
      unit: 'reqps',
      queries: [
        { expr: perSecond(BY_CLUSTER, `flink_cluster_requests_total{${CLUSTER}}`), legend: '{{flink_cluster}}' },
      ],
    }),
    graph({
      title: 'Clock offset',
      description: "The JobManager's clock less ours.",
      width: 8,
      unit: 's',
      signed: true,
      queries: [
        { expr: highest(BY_CLUSTER, `flink_cluster_clock_offset_seconds{${CLUSTER}}`), legend: '{{flink_cluster}}' },
      ],
    }),
    graph({
      title: 'Found after all',
      description: 'Runs that were lost from sight, and whose final status was then found, by the source.',
      width: 4,
      unit: 'none',
      bars: true,
      queries: [
        {
          expr: `sum by (source) (${grown(`${BY_CLUSTER}, source`, `flink_medic_state_recoveries_total{${CLUSTER}}`)})`,
          legend: '{{source}}',
        },
      ],
    }),
    stat({
      title: 'Runs left out',
      description: 'Runs that are not exported because of observe.max_jobs.',
      width: 4,
      height: 8,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: `sum(${highest(BY_CLUSTER, `flink_cluster_jobs_omitted{${CLUSTER}}`)})` }],
    }),
  ],
};

const archives = {
  title: 'Archives',
  panels: [
    stat({
      title: 'Readable',
      description: 'Whether the last scan could list the whole folder or History Server.',
      width: 6,
      height: 8,
      looks: GOOD_BAD,
      queries: [{ expr: highest(BY_ARCHIVE, `flink_archive_up{${CLUSTER_OR_ALL}}`), legend: ARCHIVE }],
    }),
    graph({
      title: 'Files by condition',
      description:
        'Archive files: indexed, incomplete (not all there yet), unreadable, or unattributed (of no run of a configured cluster).',
      width: 9,
      unit: 'none',
      queries: [
        {
          expr: `sum by (condition) (${highest(`${BY_ARCHIVE}, condition`, `flink_archive_files{${CLUSTER_OR_ALL}}`)})`,
          legend: '{{condition}}',
        },
      ],
    }),
    graph({
      title: 'Since the last scan',
      description: 'Since the last scan of each folder ended: the age of what is known of archives.',
      width: 9,
      unit: 's',
      queries: [
        {
          expr: since(highest(BY_ARCHIVE, `flink_archive_last_scan_timestamp_seconds{${CLUSTER_OR_ALL}}`)),
          legend: ARCHIVE,
        },
      ],
    }),
    graph({
      title: 'Duration of scans',
      description: 'How long the last scan of each folder took.',
      width: 8,
      unit: 's',
      queries: [
        { expr: highest(BY_ARCHIVE, `flink_archive_scan_duration_seconds{${CLUSTER_OR_ALL}}`), legend: ARCHIVE },
      ],
    }),
    graph({
      title: 'Read',
      description: 'Bytes read from archive files, and of the answers of a History Server. Each archive is read once.',
      width: 8,
      unit: 'Bps',
      queries: [{ expr: perSecond(BY_ARCHIVE, `flink_archive_read_bytes_total{${CLUSTER_OR_ALL}}`), legend: ARCHIVE }],
    }),
    graph({
      title: 'Oldest incomplete file',
      description: 'Since the oldest incomplete file was last written. One that stays was broken off.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: since(highest(BY_ARCHIVE, `flink_archive_oldest_incomplete_timestamp_seconds{${CLUSTER_OR_ALL}}`)),
          legend: ARCHIVE,
        },
      ],
    }),
  ],
};

export const exporter = dashboard({
  uid: 'flink-medic-exporter',
  title: 'Flink / Exporter',
  description: 'Whether flink-medic itself is well, and whether what it says is fresh.',
  showsEvents: false,
  rows: [well, observation, archives, PROCESS],
});
