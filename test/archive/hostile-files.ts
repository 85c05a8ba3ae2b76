/** Everything but a good archive that can lie under the name of one, and what is to be said of it. */

import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { UnreadableReason } from '../../src/archive/unreadable.ts';
import { type ArchiveEntry, archiveText, craftArchive, craftEntries, jobIdOf } from './crafted-archive.ts';

type Said = 'outcome' | 'incomplete' | UnreadableReason;

export interface HostileFile {
  readonly what: string;
  readonly path: string;
  readonly said: Said;
}

const GIB = 1024 ** 3;
const DEPTH = 10_000;

/**
 * Puts one file of each kind into the folder; the job ids count from 1.
 *
 * @param huge length of the strings that are long, in bytes
 */
export async function putHostileFiles(folder: string, huge: number): Promise<HostileFile[]> {
  const files: HostileFile[] = [];
  const put = (what: string, said: Said, make: (path: string, jobId: string) => void): void => {
    const jobId = jobIdOf(files.length + 1);
    const path = join(folder, jobId);
    make(path, jobId);
    files.push({ what, path, said });
  };
  const putText = (what: string, said: Said, text: (jobId: string) => string | Buffer): void =>
    put(what, said, (path, jobId) => writeFileSync(path, text(jobId)));

  putText('a good archive', 'outcome', (jobId) => craftArchive({ jobId }));
  putText('nothing', 'incomplete', () => '');
  putText('half an archive', 'incomplete', (jobId) => craftArchive({ jobId }).slice(0, 900));
  putText('noise', 'not_json', () => Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 73 + 5) % 256)));
  putText('zeros', 'not_json', () => Buffer.alloc(100_000));
  putText('a wrong type', 'not_json', () => '{"archive":{"path":"/jobs/overview"}}');
  putText('documents of wrong types', 'schema', (jobId) => archiveText(withDocument(jobId, '/jobs/overview', '[1]')));
  putText('the archive of another job', 'other_job', () => craftArchive({ jobId: jobIdOf(0xfff) }));
  putText('a document nested deeply', 'schema', (jobId) =>
    archiveText(withDocument(jobId, `/jobs/${jobId}`, `{"jid":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`)),
  );
  putText('a list of millions that are no tasks', 'schema', (jobId) =>
    archiveText(withDocument(jobId, `/jobs/${jobId}`, `{"vertices":[${'0,'.repeat(3_500_000)}0]}`)),
  );
  putText('a nested list before the archive', 'outcome', (jobId) =>
    craftArchive({ jobId }).replace('{', `{"x":${'[{"y":'.repeat(DEPTH)}0${'}]'.repeat(DEPTH)},`),
  );
  put('a huge wanted document', 'too_large', (path, jobId) =>
    writeHuge(
      path,
      huge,
      '{"archive":[{"path":"/jobs/overview","json":"',
      `"},${archiveText(craftEntries({ jobId })).slice(12)}`,
    ),
  );
  put('a huge document that nobody wants', 'outcome', (path, jobId) =>
    writeHuge(path, huge, '{"archive":[{"path":"/x","json":"', `"},${archiveText(craftEntries({ jobId })).slice(12)}`),
  );
  put('a huge key', 'too_large', (path) => writeHuge(path, huge, '{"', '":1}'));
  put('a file larger than the limit', 'too_large', (path) => writeHuge(path, 4 * GIB, '{', '}'));
  put('a folder', 'not_a_file', (path) => mkdirSync(path));
  put('a link to an archive', 'not_a_file', (path) => symlinkSync(join(folder, jobIdOf(1)), path));
  put('a link to nothing', 'not_a_file', (path) => symlinkSync('/nowhere', path));
  put('a link to itself', 'not_a_file', (path) => symlinkSync(path, path));
  put('a link to a device without end', 'not_a_file', (path) => symlinkSync('/dev/zero', path));
  put('a FIFO', 'not_a_file', (path) => execFileSync('mkfifo', [path]));
  const sockets: string[] = [];
  put('a socket', 'not_a_file', (path) => sockets.push(path));
  await Promise.all(sockets.map(listen));
  for (const name of strangeNames(jobIdOf(0xeee)))
    writeFileSync(join(folder, name), craftArchive({ jobId: jobIdOf(0xeee) }));
  return files;
}

/** Names that only look like a job's: nothing is said of these files. */
function strangeNames(jobId: string): string[] {
  return [
    `${jobId}.tmp`,
    `.${jobId}`,
    `${jobId} `,
    `${jobId}\n`,
    jobId.toUpperCase(),
    jobId.slice(1),
    `${jobId}0`,
    'é\n"',
  ];
}

function withDocument(jobId: string, path: string, json: string): ArchiveEntry[] {
  return craftEntries({ jobId }).map((entry) => (entry.path === path ? { path, json } : entry));
}

/** A hole of so many bytes between two texts; it takes no room on the disk. */
function writeHuge(path: string, hole: number, head: string, tail: string): void {
  const file = openSync(path, 'w');
  writeSync(file, head);
  ftruncateSync(file, head.length + hole);
  writeSync(file, tail, head.length + hole);
  closeSync(file);
}

async function listen(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(path, listening));
  onTestFinished(() => new Promise((closed) => server.close(() => closed())));
}
