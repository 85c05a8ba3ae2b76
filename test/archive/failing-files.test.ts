/** Calls that fail on an archive that could be opened, as on a network mount whose server goes away. */

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { archiveReader } from '../../src/archive/archive-reader.ts';
import { craftArchive, jobIdOf } from './crafted-archive.ts';

vi.mock(import('node:fs'), { spy: true });

const { closeSync } = await vi.importActual<typeof fs>('node:fs');
const JOB = jobIdOf(0xabc);
const readArchive = archiveReader();
let path: string;

beforeAll(() => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'failing-files-'));
  path = join(folder, JOB);
  fs.writeFileSync(path, craftArchive({ jobId: JOB }));
  return () => fs.rmSync(folder, { recursive: true });
});

function failure(syscall: string): Error {
  return Object.assign(new Error(`EIO: i/o error, ${syscall}`), { code: 'EIO', syscall });
}

function fails(syscall: 'fstat' | 'read' | 'close'): void {
  const fail = (): never => {
    throw failure(syscall);
  };
  const call = vi.mocked(fs[`${syscall}Sync`]);
  // Linux gives a descriptor free although its close fails.
  call.mockImplementation(syscall === 'close' ? (descriptor) => (closeSync(descriptor), fail()) : fail);
  onTestFinished(() => call.mockRestore());
}

it.each([[['fstat']], [['read']], [['close']], [['fstat', 'close']], [['read', 'close']]] as const)(
  'says so when %j fails, and leaves nothing open',
  (calls) => {
    const open = fs.readdirSync('/proc/self/fd').length;
    for (const call of calls) fails(call);
    expect(readArchive(path, 1 << 20)).toMatchObject({
      kind: 'unreadable',
      reason: 'io',
      detail: `EIO: i/o error, ${calls.at(-1)}`,
    });
    expect(fs.readdirSync('/proc/self/fd')).toHaveLength(open);
  },
);

it('reads on when the call works again', () => {
  expect(readArchive(path, 1 << 20)).toMatchObject({ kind: 'outcome' });
});
