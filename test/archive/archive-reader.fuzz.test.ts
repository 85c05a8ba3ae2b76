/** What may become of an archive that a real JobManager wrote: cut anywhere, damaged, written by another program. */

import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutcomeBuilder } from '../../src/archive/archive-outcome.ts';
import { archiveReader, type ArchiveReading } from '../../src/archive/archive-reader.ts';
import { messageOf } from '../../src/core/errors.ts';
import type { ArchiveOutcome } from '../../src/core/facts.ts';
import { damaged } from '../support/damaged.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { type ArchiveEntry, archiveText } from './crafted-archive.ts';
import { type RecordedArchive, recordedArchives } from './recorded-archives.ts';

const RUNS = 500;
const CUTS = 2_000;
const MAX_FILE_SIZE = 1 << 30;

const archives = recordedArchives();
const readArchive = archiveReader();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(jobId: string, content: string | Buffer): ArchiveReading {
  const path = join(folder, jobId);
  writeFileSync(path, content);
  return readArchive(path, MAX_FILE_SIZE);
}

/** What entries that were read by JSON.parse say: the outcome, or why there is none. */
function oracle(jobId: string, entries: readonly ArchiveEntry[]): object {
  const builder = new OutcomeBuilder(jobId);
  try {
    entries.some(({ path, json }) => builder.wants(path) && !builder.take(path, json));
    return builder.build();
  } catch (error) {
    return { kind: 'unreadable', detail: messageOf(error) };
  }
}

/** The entries, if these bytes are a whole archive for JSON.parse. */
function parsed(bytes: Buffer): readonly ArchiveEntry[] | undefined {
  try {
    const { archive }: { archive?: unknown } = JSON.parse(bytes.toString());
    return Array.isArray(archive) && archive.every(isEntry) ? archive : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a reading says what JSON.parse does not find there. A key that an entry has twice, for one, may be refused. */
function contradicts(jobId: string, bytes: Buffer, said: ArchiveReading): boolean {
  const entries = parsed(bytes);
  const found = entries && { ...oracle(jobId, entries), bytesRead: said.bytesRead };
  if (found === undefined || said.kind === 'unreadable') return false;
  return !isDeepStrictEqual(proven(said, found), proven(found, found));
}

/**
 * A reading without what is said of documents that JSON.parse cannot read: they may be damaged where nobody looks, so that
 * what nobody contradicts may be said of them.
 */
function proven(said: object, found: object): object {
  const damagedOnes = 'misfits' in found ? (found.misfits as string[]) : [];
  const isDamaged = (path: string): boolean => damagedOnes.some((misfit) => misfit.endsWith(`${path}: not JSON`));
  if (!('outcome' in said) || !(isDamaged('/checkpoints') || isDamaged('/exceptions'))) return said;
  const { checkpoints, failures, lastFailure, ...others } = said.outcome as ArchiveOutcome;
  return {
    ...others,
    ...(isDamaged('/checkpoints') ? {} : { checkpoints }),
    ...(isDamaged('/exceptions') ? {} : { failures, lastFailure }),
  };
}

function isEntry(value: unknown): value is ArchiveEntry {
  if (typeof value !== 'object' || value === null) return false;
  return 'path' in value && typeof value.path === 'string' && 'json' in value && typeof value.json === 'string';
}

describe.each(archives)('the archive $title', ({ jobId, bytes, saidAt }) => {
  it(`says nothing or everything when it is cut at ${String(CUTS)} places, and everything once it is whole`, () => {
    const path = join(folder, jobId);
    writeFileSync(path, bytes);
    const { bytesRead: _, ...whole } = readArchive(path, MAX_FILE_SIZE);
    expect(whole.kind).toBe('outcome');
    const cuts = Array.from({ length: CUTS }, (_cut, index) => Math.floor((index * bytes.length) / CUTS));
    for (const cut of new Set([...cuts, saidAt - 1, saidAt, bytes.length - 1])) {
      truncateSync(path, cut);
      const { bytesRead, ...part } = readArchive(path, MAX_FILE_SIZE);
      expect([cut, part]).toEqual([cut, cut < saidAt ? { kind: 'incomplete' } : whole]);
      expect(bytesRead).toBeLessThanOrEqual(cut);
      appendFileSync(path, bytes.subarray(cut));
      expect(readArchive(path, MAX_FILE_SIZE)).toMatchObject(whole);
    }
  });
});

const anyArchive = fc.constantFrom(...archives);

/** Entries of a real archive in another order, some twice, some gone, some with another document, and strange ones. */
const rearranged = anyArchive.chain(({ jobId, entries }) => {
  const near = fc.constantFrom(...entries.slice(0, 12));
  const strange = fc.record({
    path: fc.oneof(
      fc.string(),
      near.map(({ path }) => `${path}/`),
    ),
    json: fc.string(),
  });
  const broken = fc.tuple(near, fc.infiniteStream(fc.nat()), fc.jsonValue()).map(([{ path, json }, stream, part]) => {
    const pick = (choices: number): number => Number(stream.next().value) % choices;
    return { path, json: JSON.stringify(damaged(JSON.parse(json), pick, part)) };
  });
  const cut = fc.tuple(near, fc.nat(400)).map(([{ path, json }, at]) => ({ path, json: json.slice(0, at) }));
  return fc
    .tuple(
      fc.shuffledSubarray([...entries]),
      fc.array(fc.oneof(near, strange, broken, cut), { maxLength: 4 }),
      fc.boolean(),
    )
    .map(([some, others, before]) => ({ jobId, entries: before ? [...others, ...some] : [...some, ...others] }));
});

it('says what its documents say, in any order, doubled, damaged or missing', { timeout: fuzzTimeout(RUNS) }, () => {
  fc.assert(
    fc.property(rearranged, fc.boolean(), ({ jobId, entries }, indented) => {
      const text = indented ? JSON.stringify({ archive: entries }, undefined, 2) : archiveText(entries);
      expect(read(jobId, text)).toMatchObject(oracle(jobId, entries));
    }),
    fuzzed(RUNS),
  );
});

/** A change of the bytes: some replaced, taken away, put in, or repeated from elsewhere. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.nat(3), fc.nat(5_000)),
  added: fc.oneof(
    fc.uint8Array({ maxLength: 4 }).map((array) => Buffer.from(array)),
    fc
      .constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '"},{"path":"', '\\"', '\0')
      .map((text) => Buffer.from(text)),
    fc.nat(4_000),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(bytes: Buffer, { at, removed, added }: Change): Buffer {
  const start = Math.floor(at * bytes.length);
  const inserted = typeof added === 'number' ? bytes.subarray(added, added + removed) : added;
  return Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + removed)]);
}

it('never says what JSON.parse contradicts, whatever became of its bytes', { timeout: fuzzTimeout(RUNS) }, () => {
  const near = fc.array(
    fc.tuple(change, fc.boolean()).map(([one, early]) => (early ? { ...one, at: one.at / 10 } : one)),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(anyArchive, near, ({ jobId, bytes }: RecordedArchive, changes) => {
      const content = changes.reduce(changed, bytes);
      expect(contradicts(jobId, content, read(jobId, content))).toBe(false);
    }),
    fuzzed(RUNS),
  );
});
