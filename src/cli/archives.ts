/** `archives DIR`: how the jobs of an archive folder ended. Useful alone: it needs neither server, cluster nor ledger. */

import { Command } from 'commander';
import pLimit from 'p-limit';
import { readArchive } from '../archive/archive-reader.ts';
import type { ArchiveFile } from '../archive/archive-source.ts';
import { listArchives } from '../archive/list-archives.ts';
import { MedicError, messageOf } from '../core/errors.ts';
import type { ArchiveOutcome } from '../core/facts.ts';
import type { CliContext } from './program.ts';
import { withOutputFlag } from './server-client.ts';
import { table } from './table.ts';

const MAX_FILE_SIZE = 2 * 1024 ** 3;
const CONCURRENCY = 16;

interface ArchiveResult {
  readonly path: string;
  readonly job_id: string;
  readonly cluster_id?: string;
  /** Final status, or why there is none. */
  readonly status: string;
  readonly job_name?: string;
  readonly start?: string;
  readonly end?: string;
  readonly duration_seconds?: number;
  readonly failures?: number;
  readonly checkpoints_completed?: number;
  readonly last_failure?: string;
  readonly detail?: string;
}

export function archivesCommand(context: CliContext): Command {
  return withOutputFlag(new Command('archives').description('show how the jobs of an archive folder ended'))
    .argument('<dir>', 'jobmanager.archive.fs.dir of Flink')
    .action((dir: string, flags: { output: 'table' | 'json' }) => archives(dir, flags.output, context));
}

async function archives(dir: string, output: 'table' | 'json', { print, printError }: CliContext): Promise<void> {
  const listing = await listArchives(dir).catch((error: unknown) => {
    throw new MedicError('config', `cannot list ${dir}: ${messageOf(error)}`, { cause: error });
  });
  for (const problem of listing.problems) printError(`flink-medic: ${problem}`);
  const limit = pLimit(CONCURRENCY);
  const results = (await Promise.all(listing.files.map((file) => limit(() => resultOf(file))))).flat();
  results.sort((a, b) => (a.end ?? '').localeCompare(b.end ?? ''));
  if (output === 'json') return print(JSON.stringify({ archives: results }, null, 2));
  const header = ['JOB', 'STATUS', 'START', 'END', 'SECONDS', 'FAILURES', 'CHECKPOINTS', 'LAST FAILURE', 'JOB ID'];
  print(table(header, results.map(row)));
}

async function resultOf(file: ArchiveFile): Promise<ArchiveResult[]> {
  const reading = await readArchive(file.path, { maxFileSize: MAX_FILE_SIZE });
  const known = {
    path: file.path,
    job_id: file.jobId,
    ...(file.clusterFolder === undefined ? {} : { cluster_id: file.clusterFolder }),
  };
  switch (reading.kind) {
    case 'gone':
      return [];
    case 'outcome':
      return [{ ...known, ...outcomeResult(reading.outcome) }];
    case 'incomplete':
      return [{ ...known, status: 'incomplete', detail: 'not all of it is there yet' }];
    case 'unreadable':
      return [{ ...known, status: 'unreadable', detail: `${reading.reason}: ${reading.detail}` }];
  }
}

function outcomeResult(outcome: ArchiveOutcome): Omit<ArchiveResult, 'path' | 'job_id'> {
  const { lastFailure, checkpoints } = outcome;
  return {
    status: outcome.status,
    job_name: outcome.name,
    start: new Date(outcome.startTime).toISOString(),
    end: new Date(outcome.endTime).toISOString(),
    duration_seconds: (outcome.endTime - outcome.startTime) / 1000,
    failures: outcome.failures,
    ...(checkpoints === undefined ? {} : { checkpoints_completed: checkpoints.completed }),
    ...(lastFailure === undefined ? {} : { last_failure: lastFailure.exception }),
  };
}

function row(result: ArchiveResult): string[] {
  return [
    result.job_name ?? '',
    result.status,
    result.start ?? '',
    result.end ?? '',
    String(result.duration_seconds ?? ''),
    String(result.failures ?? ''),
    String(result.checkpoints_completed ?? ''),
    result.last_failure ?? result.detail ?? '',
    result.job_id,
  ];
}
