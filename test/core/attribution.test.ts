import { describe, expect, it } from 'vitest';
import { type ArchiveUser, ownerOf } from '../../src/core/attribution.ts';
import { end, newRun } from '../../src/core/resolve.ts';
import type { Run } from '../../src/core/run.ts';
import { archiveOf, JOB_ID } from './support/facts.ts';

const OUTCOME = archiveOf({ startTime: 1_000, endTime: 2_000 });
const FOLDER = '0'.repeat(32);

function run(startTime: number, more: Partial<Run> = {}): Run {
  return { ...newRun({ cluster: 'c', jobId: JOB_ID, generation: 1 }, { startTime }, 'orders', 0), ...more };
}

const SEEN = run(1_000, { seenAlive: true });

function user(cluster: string, runs: readonly Run[] = [], clusterFolder?: string | null): ArchiveUser {
  return { cluster, generations: (jobId) => (jobId === JOB_ID ? runs : []), clusterFolder };
}

interface Circumstances {
  readonly refusedBy?: readonly string[];
  readonly allUsersKnown?: boolean;
}

function owner(
  users: readonly ArchiveUser[],
  clusterFolder?: string,
  { refusedBy = [], allUsersKnown = true }: Circumstances = {},
): string | undefined {
  const archive = { outcome: OUTCOME, refusedBy: new Set(refusedBy), ...(clusterFolder && { clusterFolder }) };
  return ownerOf(archive, users, allUsersKnown)?.cluster;
}

describe('whose archive it is', () => {
  it('is nobody’s when nobody uses the folder', () => {
    expect(owner([])).toBeUndefined();
  });

  it('is of the cluster that saw its id live, whatever folder it lies in', () => {
    expect(owner([user('a', [SEEN], 'x'), user('b', [], FOLDER)], FOLDER)).toBe('a');
    expect(owner([user('a'), user('b', [SEEN])])).toBe('b');
  });

  it('is of the cluster whose JobManager once listed it as ended', () => {
    const told = end(run(1_000), 'FAILED', 'live', 2_000, 'listed_ended', 0);
    expect(owner([user('a'), user('b', [told])])).toBe('b');
  });

  it('is not of a cluster that knows it from an archive only', () => {
    const read = end(run(500), 'FAILED', 'archive', 700, 'archive_only', 0);
    expect(owner([user('a', [read]), user('b')])).toBeUndefined();
  });

  it('is of the one among several that knows its start time', () => {
    expect(owner([user('a', [run(900, { seenAlive: true })]), user('b', [SEEN])])).toBe('b');
    expect(owner([user('a', [SEEN]), user('b', [SEEN])])).toBeUndefined();
    expect(owner([user('a', [run(900, { seenAlive: true })]), user('b', [run(901, { seenAlive: true })])])).toBe(
      undefined,
    );
  });

  it('is of the cluster in whose folder it lies, when that is unique', () => {
    expect(owner([user('a', [], 'x'), user('b', [], FOLDER)], FOLDER)).toBe('b');
    expect(owner([user('a', [], null), user('b', [], FOLDER)], FOLDER)).toBe('b');
    expect(owner([user('a', [], FOLDER), user('b', [], FOLDER)], FOLDER)).toBeUndefined();
    expect(owner([user('a', [], 'x'), user('b', [], 'y')], FOLDER)).toBeUndefined();
  });

  it('is not guessed while the folder of one of them is not known, or in the flat layout', () => {
    expect(owner([user('a', [], FOLDER), user('b')], FOLDER)).toBeUndefined();
    expect(owner([user('a', [], null), user('b', [], FOLDER)])).toBeUndefined();
  });

  it('is of the only cluster on the folder', () => {
    expect(owner([user('a')])).toBe('a');
    expect(owner([user('a', [], 'x')], FOLDER)).toBe('a');
  });

  it('is only of one that saw it while another cluster may yet turn out to use the folder', () => {
    const early = { allUsersKnown: false };
    expect(owner([user('a')], undefined, early)).toBeUndefined();
    expect(owner([user('a', [], 'x'), user('b', [], FOLDER)], FOLDER, early)).toBeUndefined();
    expect(owner([user('a', [SEEN])], undefined, early)).toBe('a');
  });

  it('is never of one that refused it, and of another only for what that one knows', () => {
    const refused = { refusedBy: ['a'] };
    expect(owner([user('a', [SEEN])], undefined, refused)).toBeUndefined();
    expect(owner([user('a')], undefined, refused)).toBeUndefined();
    expect(owner([user('a', [SEEN]), user('b')], undefined, refused)).toBeUndefined();
    expect(owner([user('a', [SEEN]), user('b', [SEEN])], undefined, refused)).toBe('b');
    expect(owner([user('a', [], FOLDER), user('b', [], FOLDER)], FOLDER, refused)).toBeUndefined();
    expect(owner([user('a', [], FOLDER), user('b', [], 'x')], FOLDER, refused)).toBeUndefined();
    expect(owner([user('a', [], 'x'), user('b', [], FOLDER)], FOLDER, refused)).toBe('b');
  });
});
