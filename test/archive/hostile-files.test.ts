/** Files that are no good archives, and archives that change while they are read. */

import { appendFileSync, chmodSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { archiveReader, type ArchiveReading } from '../../src/archive/archive-reader.ts';
import { archiveText, craftArchive, craftEntries, jobIdOf } from './crafted-archive.ts';
import { putHostileFiles } from './hostile-files.ts';

const MAX_FILE_SIZE = 2 * 1024 ** 3;
const JOB = jobIdOf(1);
const root = process.getuid?.() === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('says of each what it is', async () => {
  const files = await putHostileFiles(folder, 1 << 26);
  const readArchive = archiveReader();
  const said = files.map(({ what, path }) => {
    const reading = readArchive(path, MAX_FILE_SIZE);
    return [what, reading.kind === 'unreadable' ? reading.reason : reading.kind];
  });
  expect(said).toEqual(files.map((file) => [file.what, file.said]));
});

it('does not wait for a device', () => {
  for (const path of ['/dev/zero', '/dev/tty', '/dev/full']) {
    expect(archiveReader()(path, MAX_FILE_SIZE)).toMatchObject({ kind: 'unreadable', bytesRead: 0 });
  }
});

it('tries a file again that it may not read', () => {
  const path = join(folder, JOB);
  writeFileSync(path, craftArchive({ jobId: JOB }));
  chmodSync(path, 0o000);
  chmodSync(folder, 0o755);
  if (root) process.seteuid?.('nobody');
  onTestFinished(() => {
    if (root) process.seteuid?.(0);
  });
  expect(archiveReader()(path, MAX_FILE_SIZE)).toMatchObject({ kind: 'unreadable', reason: 'io' });
  if (root) process.seteuid?.(0);
  chmodSync(path, 0o600);
  expect(archiveReader()(path, MAX_FILE_SIZE)).toMatchObject({ kind: 'outcome' });
});

const entries = craftEntries({ jobId: JOB, bulk: 400_000 });
/** What is wanted lies behind several chunks. */
const BEHIND = archiveText(entries.toReversed());
const OTHER = archiveText(craftEntries({ jobId: JOB, state: 'FINISHED', bulk: 300_000 }).toReversed());
const SAME = expect.objectContaining({ kind: 'outcome', outcome: expect.objectContaining({ status: 'FAILED' }) });

/** Reads the archive, and does something to it when so many calls were answered. */
function readWhile(answers: number, act: (path: string) => void, maxFileSize = MAX_FILE_SIZE): ArchiveReading {
  const path = join(folder, JOB);
  rmSync(path, { force: true });
  writeFileSync(path, BEHIND);
  let answered = 0;
  const readArchive = archiveReader(() => {
    answered += 1;
    if (answered === answers) act(path);
  });
  return readArchive(path, maxFileSize);
}

it.each([
  ['deleted', (path: string) => rmSync(path), SAME],
  ['replaced', replace, SAME],
  ['truncated', (path: string) => truncateSync(path, 1_000), expect.objectContaining({ kind: 'incomplete' })],
  ['emptied', (path: string) => truncateSync(path), expect.objectContaining({ kind: 'incomplete' })],
  ['grown', (path: string) => appendFileSync(path, 'x'.repeat(1_000_000)), SAME],
  [
    'written again',
    (path: string) => writeFileSync(path, OTHER),
    expect.objectContaining({ kind: expect.stringMatching(/^(unreadable|incomplete|outcome)$/) }),
  ],
])('reads an archive that is %s meanwhile', (_, act, said) => {
  for (const answers of [1, 2, 4]) expect(readWhile(answers, act)).toEqual(said);
});

function replace(path: string): void {
  writeFileSync(`${path}.new`, OTHER);
  renameSync(`${path}.new`, path);
}

it('reads no further than the limit when a file grows without end', () => {
  const path = join(folder, JOB);
  writeFileSync(path, '{');
  const reading = archiveReader(() => appendFileSync(path, ' '.repeat(200_000)))(path, 1_000_000);
  expect(reading).toMatchObject({ kind: 'unreadable', reason: 'too_large' });
  expect(reading.bytesRead).toBeLessThan(1_100_000);
});
