/** `archives DIR`: how the jobs of an archive folder ended. Useful alone: it needs neither server, cluster nor ledger. */

import { Command } from 'commander';
import { archiveReader, type ArchiveReading } from '../archive/archive-reader.ts';
import type { ArchiveFile, ArchiveListing } from '../archive/archive-source.ts';
import { listArchives } from '../archive/list-archives.ts';
import { MedicError, messageOf } from '../core/errors.ts';
import type { ArchiveOutcome } from '../core/facts.ts';
import { isoTime } from '../core/iso-time.ts';
import type { CliContext } from './program.ts';
import { withOutputFlag } from './server-client.ts';
import { table } from './table.ts';

const MAX_FILE_SIZE = 2 * 1024 ** 3;

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

function archives(dir: string, output: 'table' | 'json', { print, printError }: CliContext): void {
  const listing = listed(dir);
  for (const problem of listing.problems) printError(`flink-medic: ${problem}`);
  const read = archiveReader();
  const results = listing.files.flatMap((file) => resultOf(file, read(file.path, MAX_FILE_SIZE)));
  results.sort((a, b) => (a.end ?? '').localeCompare(b.end ?? ''));
  if (output === 'json') return print(JSON.stringify({ archives: results }, null, 2));
  const header = ['JOB', 'STATUS', 'START', 'END', 'SECONDS', 'FAILURES', 'CHECKPOINTS', 'LAST FAILURE', 'JOB ID'];
  print(table(header, results.map(row)));
}

function listed(dir: string): ArchiveListing {
  try {
    return listArchives(dir);
  } catch (error) {
    throw new MedicError('config', `cannot list ${dir}: ${messageOf(error)}`, { cause: error });
  }
}

function resultOf(file: ArchiveFile, reading: ArchiveReading): ArchiveResult[] {
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
    start: isoTime(outcome.startTime),
    end: isoTime(outcome.endTime),
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
