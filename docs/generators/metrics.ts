/** docs/metrics.md: every family, from the records by which they are rendered. */

import { Registry } from 'prom-client';

import { IGNORED_REASONS } from '../../src/core/restart/alerts.ts';
import { ATTEMPT_RESULTS, INCIDENT_STATES } from '../../src/core/restart/incident.ts';
import { RESTART_MODES } from '../../src/core/restart/policy.ts';
import { ALL_REASONS } from '../../src/core/restart/reasons.ts';
import { EXECUTION_STATES, FINAL_SOURCES, FINAL_STATUSES, RUN_STATES, UNKNOWN_REASONS } from '../../src/core/states.ts';
import { OBSERVATION_FAILURES } from '../../src/core/errors.ts';
import { BOUNDS } from '../../src/metrics/bounds.ts';
import { EVENT_LOOP_FAMILIES } from '../../src/metrics/event-loop-delay.ts';
import type { FamilyDescription } from '../../src/metrics/family.ts';
import { ARCHIVE_FAMILIES } from '../../src/metrics/families/archive-families.ts';
import { CLUSTER_FAMILIES } from '../../src/metrics/families/cluster-families.ts';
import { NAME_FAMILIES } from '../../src/metrics/families/name-families.ts';
import { PROBE_FAMILIES } from '../../src/metrics/families/probe-families.ts';
import { REPAIR_FAMILIES } from '../../src/metrics/families/repair-families.ts';
import { RUN_FAMILIES } from '../../src/metrics/families/run-families.ts';
import { observeGarbageCollection } from '../../src/metrics/gc-duration.ts';
import { OWN_FAMILIES } from '../../src/metrics/own-families.ts';
import { LEDGER_ERRORS, type LedgerOperation } from '../../src/metrics/own-metrics.ts';
import { registerProcessMetrics } from '../../src/metrics/process-metrics.ts';
import { COUNTED_FAMILIES, RESTART_FAMILIES } from '../../src/metrics/restart-families.ts';
import { ALERT_STATUSES, NOTIFICATION_RESULTS, WEBHOOK_REJECTIONS } from '../../src/metrics/restart-metrics.ts';
import { GENERATED_NOTE, type GeneratedFile, tableRow } from './generated-file.ts';

const INTRODUCTION = `# Metrics

Names, labels and meaning are public: a change of a stable one is a CHANGE in the changelog. \`/metrics\` answers in
OpenMetrics 1.0 or text 0.0.4, as \`Accept\` asks. \`/metrics?flink_cluster=NAME\` (repeatable) shows some clusters only.
Every family is stable unless its row says otherwise.

- A *run* is one life of a job, from its submission to its end; it is *live* while it has no final status and *ended*
  afterwards. How a state is decided: [truth.md](truth.md).
- Labels of runs: \`flink_cluster\`, \`job_id\`, \`job_name\`. Of one job id only the newest generation is exported, so these
  labels are unique. Labels of names: \`flink_cluster\`, \`job_name\`.
- A label is never called \`job\`, \`instance\`, \`cluster\` or \`type\`: Prometheus, or people's relabelling, use those.
- What is not known is **absent**, never 0.`;

const NOTES = `## What absent means

- Before the first observation of a cluster was tried there is no \`flink_cluster_up\` and nothing about live runs. Ended
  runs come from the ledger at once. \`flink_job_live_runs\` is absent until the cluster was observed with success once.
- While a run is UNKNOWN its tasks and its checkpoint configuration are absent; while a cluster is not up, so are its
  TaskManagers and slots. Counters stay: they say what was counted so far.
- \`flink_job_restarts_total\` is absent until Flink has given the number once: its first answer after idle is empty, so
  that takes about 10 s after a run was first seen.
- Checkpoint families are absent when checkpointing is off; the interval also when only periodic checkpoints are off.
- \`flink_job_runs_ended_total\` and \`flink_job_runs_vanished_total\` begin after the first scan of every archive folder of
  the cluster, so that what ended while flink-medic was down is in the first value and not an increase.
- Clusters that left the configuration export nothing.

## How long a series stays

- All families: live runs, and the newest ended run of each name.
- Another ended run keeps \`flink_job_final_status\`, \`flink_job_superseded\` and \`flink_job_end_timestamp_seconds\` for
  \`retention.superseded_series\` (1 h) after its end.
- After \`retention.ended_runs\` (7 d) the newest ended run of a name leaves as well.
- More than \`observe.max_jobs\` runs of a cluster (20000) are left out: ended before live, then the oldest.
  \`flink_cluster_jobs_omitted\` says how many.
- A name without exported run, policy and expectation leaves; when it comes back, its counters go on at their old values.
- \`flink_medic_incident\` stays in its last state (refused, exhausted, withdrawn) until a run that began after the outage
  came up, and does not come back when that one ends.

## Counters

- They are kept in the ledger and do not fall at a restart of flink-medic or of a JobManager, except
  \`flink_cluster_requests_total\`, \`flink_cluster_observation_failures_total\`, \`flink_archive_read_bytes_total\`,
  \`flink_medic_ledger_errors_total\`, those of the table [Restarts](#restarts) and those of the process, which begin at 0
  with the process; those of a cluster or folder also when a reload changes it.
- A run is counted in \`flink_job_runs_ended_total\` once for ever, whoever said first how it ended. A run that vanished
  and was then found to have ended is in both counters.
- \`flink_medic_state_recoveries_total\` counts what only an archive could tell: a run that a JobManager once showed
  alive, and that none could show any more when it had ended.

## Clocks

Times of a run (start, end, state entered, failure, checkpoint) are the clock of its JobManager; times of clusters,
archives and of flink-medic are ours, but for the modification time of a file, which is that of its file system.
\`flink_cluster_clock_offset_seconds\` is the JobManager's clock less ours. Where an age must be exact:
\`(time() + flink_cluster_clock_offset_seconds) - on (flink_cluster) group_right () flink_job_end_timestamp_seconds\`.

## Label values

Well-formed Unicode of at most 200 UTF-16 code units. A longer value is cut to its first 191 (190 where that would split
a character), \`~\`, and 8 hexadecimal digits of the SHA-256 of the whole. The API takes names in either form. Messages of
exceptions are never labels.`;

const LEDGER_OPERATIONS = ['read', 'write', 'prune'] as const satisfies readonly LedgerOperation[];

/** A succeeded incident is not shown: the job runs. */
const SHOWN_STATES = INCIDENT_STATES.filter((state) => state !== 'succeeded');

const LISTS: readonly (readonly [label: string, values: readonly string[]])[] = [
  ['`state` of `flink_job_status`', RUN_STATES],
  ['`reason` of `flink_job_status_reason`', UNKNOWN_REASONS],
  ['`status` of `flink_job_final_status`', FINAL_STATUSES],
  ['`source` of `flink_job_final_status`', FINAL_SOURCES],
  ['`state` of `flink_job_tasks`', EXECUTION_STATES],
  ['`reason` of `flink_cluster_observation_failures_total`', OBSERVATION_FAILURES],
  ['`operation` of `flink_medic_ledger_errors_total`', LEDGER_OPERATIONS],
  ['`mode` of `flink_medic_restart_mode`', RESTART_MODES],
  ['`state` of `flink_medic_incident`', SHOWN_STATES],
  ['`reason` of `flink_medic_incident` and `flink_medic_restart_decisions_total`', ALL_REASONS],
  ['`decision` of `flink_medic_restart_decisions_total`', ['accepted', 'deferred', 'refused']],
  ['`result` of `flink_medic_restart_attempts_total`', ATTEMPT_RESULTS],
  ['`status` of `flink_medic_alerts_received_total`', ALERT_STATUSES],
  ['`reason` of `flink_medic_alerts_ignored_total`', IGNORED_REASONS],
  ['`reason` of `flink_medic_webhook_rejected_total`', WEBHOOK_REJECTIONS],
  ['`result` of `flink_medic_notifications_total`', NOTIFICATION_RESULTS],
  ['`bound` of `flink_medic_bound_usage_ratio`', Object.keys(BOUNDS)],
];

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [header, header.map(() => '---'), ...rows].map(tableRow);
}

function familyTable(families: readonly FamilyDescription[]): string[] {
  const rows = families.map(({ name, type, labels, exportedFor, stability, help }) => [
    `\`${name}\`${stability === 'stable' ? '' : ` (${stability})`}`,
    type,
    codes(labels),
    exportedFor,
    help,
  ]);
  return table(['family', 'type', 'labels', 'exported for', 'meaning'], rows);
}

function listTable(): string[] {
  const rows = LISTS.map(([label, values]) => [label, codes(values)]);
  return table(['label', 'values'], rows);
}

/** As prom-client describes them; generate on Linux, where it also reads those of /proc. */
function processTable(): string[] {
  const registry = new Registry();
  registerProcessMetrics(registry);
  observeGarbageCollection(registry)();
  const described = [
    ...registry.getMetricsAsArray().map(({ name, type, help }) => ({ name, type: String(type), help })),
    ...EVENT_LOOP_FAMILIES,
  ];
  const rows = described.map(({ name, type, help }) => [`\`${name}\``, type, help]);
  return table(['family', 'type', 'meaning'], rows);
}

function codes(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

function section(title: string, content: readonly string[]): string[] {
  return [`## ${title}`, '', ...content, ''];
}

function render(): string {
  const lines = [
    GENERATED_NOTE,
    '',
    INTRODUCTION,
    '',
    ...section('Clusters', familyTable(CLUSTER_FAMILIES)),
    ...section('Runs', familyTable(RUN_FAMILIES)),
    ...section('Job names', familyTable(NAME_FAMILIES)),
    ...section('Archive folders', familyTable(ARCHIVE_FAMILIES)),
    ...section('Repairs of a job', familyTable(REPAIR_FAMILIES)),
    ...section('Restarts', familyTable([...RESTART_FAMILIES, ...COUNTED_FAMILIES])),
    ...section('flink-medic itself', familyTable([...OWN_FAMILIES, LEDGER_ERRORS])),
    ...section('Only on /probe', familyTable(PROBE_FAMILIES)),
    ...section('Closed lists', listTable()),
    NOTES,
    '',
    ...section('The process (prom-client, Node)', processTable()),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

export const metricsPage: GeneratedFile = { file: 'docs/metrics.md', render };
