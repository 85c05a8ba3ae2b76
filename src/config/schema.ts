/**
 * The configuration file: every key with its default, its limits and its meaning. The JSON Schema and
 * `docs/configuration.md` are generated from here. Called by `load-config.ts`.
 */

import { isAbsolute } from 'node:path';

import { z } from 'zod';

import { clusterSchema } from './cluster-schema.ts';
import { callerSchema } from './http-schema.ts';
import { notifySchema } from './notify-schema.ts';
import { restartSchema } from './restart-schema.ts';
import { count, duration, orVariable, refuse, refusePart, size, text } from './scalars.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const YEAR = 365 * DAY;

const DEFAULT_TIMEOUT = 5 * SECOND;

const ledgerUrl = z
  .string()
  .transform((written, context) => {
    const file = /^sqlite:(.*)$/s.exec(written)?.[1];
    if (file === undefined) return refuse(context, 'must be sqlite: and a file name, such as sqlite:flink-medic.db');
    const steps = file.split('/');
    if (isAbsolute(file) || steps.includes('..') || steps.at(-1) === '' || file.includes('\0')) {
      return refuse(context, 'must name a file inside the folder of --storage.path, such as sqlite:flink-medic.db');
    }
    return file;
  })
  .meta({ pattern: orVariable('sqlite:.+') });

const ledger = z.strictObject({
  url: ledgerUrl.prefault('sqlite:flink-medic.db').describe('SQLite file of the ledger, inside --storage.path'),
});

const observe = z
  .strictObject({
    interval: duration({ min: SECOND, max: HOUR })
      .prefault('10s')
      .describe('Time from one observation of a cluster to the next'),
    timeout: duration({ min: 100, max: HOUR })
      .optional()
      .describe('Time limit of one request, at most interval; 5s, or interval when that is shorter'),
    grace: duration({ min: 0, max: 30 * DAY })
      .prefault('60s')
      .describe('How long a run that no source knows any more stays UNKNOWN before it is VANISHED'),
    max_jobs: count({ min: 1, max: 1_000_000 }).prefault(20_000).describe('Runs exported per cluster'),
  })
  .transform((given, context) => {
    const timeout = given.timeout ?? Math.min(DEFAULT_TIMEOUT, given.interval);
    if (timeout > given.interval) {
      refusePart(context, ['timeout'], 'must be at most interval');
    }
    return { ...given, timeout };
  });

const archives = z.strictObject({
  scan_interval: duration({ min: SECOND, max: DAY })
    .prefault('30s')
    .describe('Time from one scan of an archive folder to the next'),
  max_file_size: size({ min: 1024, max: 2 ** 50 })
    .prefault('2GiB')
    .describe('Larger archives count as unreadable'),
});

const retention = z.strictObject({
  ended_runs: duration({ min: HOUR, max: 10 * YEAR })
    .prefault('7d')
    .describe('How long ended runs are exported and shown'),
  ended_runs_per_job: count({ min: 1, max: 10_000 }).prefault(20).describe('Ended runs of one job that are shown'),
  superseded_series: duration({ min: 0, max: 10 * YEAR })
    .prefault('1h')
    .describe('How long an ended run that is not the newest of its name keeps its series'),
});

const MISPLACED_STAR = /\*.*\//s;

const clusterFiles = z
  .array(text.refine((pattern) => !MISPLACED_STAR.test(pattern), '* is allowed in the last part of the path only'))
  .optional();

export const configSchema = z
  .strictObject({
    ledger: ledger.prefault({}).describe('Where outcomes are remembered'),
    observe: observe.prefault({}).describe('How JobManagers are asked'),
    archives: archives.prefault({}).describe('How archive folders are read'),
    retention: retention.prefault({}).describe('What is exported and shown of ended runs'),
    cluster_files: clusterFiles.describe(
      'Files with more clusters (a list, or a map with clusters), read again when they change; * stands for any characters in the last part of the path',
    ),
    clusters: z.array(clusterSchema).optional().describe('The clusters to observe'),
    webhook: callerSchema
      .prefault({})
      .describe(
        'Who may deliver alerts (POST /api/v1/alertmanager): each way that is given is enough, with none nobody may',
      ),
    api: callerSchema
      .prefault({})
      .describe(
        'Who may give orders (restart, release, pause, resume): each way that is given is enough, with none nobody may',
      ),
    restart: restartSchema.prefault({}).describe('Restarts of jobs that ended'),
    notify: notifySchema.prefault([]).describe('Webhooks that are told of incidents and ends of runs'),
  })
  .superRefine((config, context) => {
    if (config.clusters === undefined && config.cluster_files === undefined) {
      refuse(context, 'needs clusters or cluster_files: nothing would be observed');
    }
  })
  .meta({ title: 'flink-medic configuration' });

/** The file as its schema returns it: checked, not yet resolved against its folder. */
export type ConfigInput = z.output<typeof configSchema>;
