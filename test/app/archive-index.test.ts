import { beforeEach, describe, expect, it } from 'vitest';
import { ArchiveIndex, refusedBy } from '../../src/app/archive-index.ts';
import type { ArchiveFile } from '../../src/ledger/ledger.ts';
import { archiveOf } from '../core/support/facts.ts';

const A: ArchiveFile = { folder: '/a', path: '/a/1', jobId: '1', size: 1, mtimeMs: 5, state: 'indexed' };
const outcome = archiveOf({ startTime: 1, endTime: 2 });
const OPEN = { ...A, outcome };
const TAKEN = { ...OPEN, path: '/a/2', jobId: '2', run: { cluster: 'c', jobId: '2', generation: 1 } };
const HALF: ArchiveFile = { ...A, path: '/a/3', jobId: '3', state: 'incomplete', mtimeMs: 3 };

let index: ArchiveIndex<string>;
beforeEach(() => {
  index = new ArchiveIndex(new Map([OPEN, TAKEN, HALF].map((file) => [file.path, file])));
});

describe('an index of archives', () => {
  it('begins with what the ledger has', () => {
    expect([...index.files.keys()]).toEqual(['/a/1', '/a/2', '/a/3']);
    expect(index.nobodys()).toEqual([OPEN]);
    expect(index.openJobIds).toEqual(['1']);
    expect(index.oldestIncomplete(0)).toBe(3);
    expect(index.oldestIncomplete(4)).toBeUndefined();
  });

  it('puts a file in the place of what was known of it', () => {
    expect(index.put({ ...HALF, mtimeMs: 7 })).toBeUndefined();
    expect(index.oldestIncomplete(4)).toBe(7);
    const whole = { ...OPEN, path: HALF.path };
    expect(index.put(whole)).toBe(whole);
    expect(index.oldestIncomplete(0)).toBeUndefined();
    expect(index.put(A)).toBeUndefined();
    expect(index.nobodys()).toEqual([whole]);
    index.delete(whole.path);
    expect(index.nobodys()).toEqual([]);
    expect(index.files.has(whole.path)).toBe(false);
  });

  it('counts what waits for a cluster as somebody’s, until the cluster leaves', () => {
    index.wait(OPEN.path, 'one');
    expect([index.unattributed, index.nobodys(), index.openJobIds]).toEqual([0, [], ['1']]);
    index.leave('other');
    expect(index.unattributed).toBe(0);
    index.leave('one');
    expect([index.unattributed, index.nobodys()]).toEqual([1, [OPEN]]);
    index.close(OPEN.path);
    expect([index.unattributed, index.openJobIds]).toEqual([0, []]);
  });

  it('remembers whose an outcome is not', () => {
    index.wait(OPEN.path, 'one');
    const refused = index.refuse(OPEN.path, 'one');
    expect(refused && [...refusedBy(refused)]).toEqual(['one']);
    expect(index.files.get(OPEN.path)).toBe(refused);
    expect(index.nobodys()).toEqual([refused]);
    const twice = index.refuse(OPEN.path, 'two');
    expect(twice && [...refusedBy(twice)]).toEqual(['one', 'two']);
    expect(index.refuse(TAKEN.path, 'one')).toBeUndefined();
    expect([...refusedBy({ ...HALF, reason: 'not_json' })]).toEqual([]);
  });
});
