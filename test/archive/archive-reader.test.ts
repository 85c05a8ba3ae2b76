import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveReader, type ArchiveReading } from '../../src/archive/archive-reader.ts';
import { type ArchiveEntry, archiveText, craftArchive, craftEntries, END, jobIdOf, START } from './crafted-archive.ts';

const MAX_FILE_SIZE = 1 << 30;
const readArchive = archiveReader();
const JOB = jobIdOf(0xabc);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: string | Buffer, maxFileSize = MAX_FILE_SIZE): ArchiveReading {
  const path = join(folder, JOB);
  writeFileSync(path, content);
  return readArchive(path, maxFileSize);
}

function readEntries(change: (entries: ArchiveEntry[]) => ArchiveEntry[], job: object = {}): ArchiveReading {
  return read(archiveText(change(craftEntries({ jobId: JOB, ...job }))));
}

function replace(suffix: string, json: string): (entries: ArchiveEntry[]) => ArchiveEntry[] {
  return (entries) => entries.map((entry) => (entry.path.endsWith(suffix) ? { path: entry.path, json } : entry));
}

describe('archiveReader', () => {
  it('says how the run ended', () => {
    expect(read(craftArchive({ jobId: JOB }))).toEqual({
      kind: 'outcome',
      bytesRead: expect.any(Number),
      misfits: [],
      outcome: {
        jobId: JOB,
        name: 'orders',
        status: 'FAILED',
        startTime: START,
        endTime: END,
        reachedRunning: true,
        jobType: 'STREAMING',
        tasks: expect.objectContaining({ CANCELED: 3, FAILED: 1, RUNNING: 0 }),
        checkpoints: expect.objectContaining({ restored: 3, completed: 7, failed: 1 }),
        checkpointConfig: { intervalMs: 2_000, timeoutMs: 600_000, retained: true, deletedOnCancellation: false },
        failures: 2,
        lastFailure: {
          exception: 'java.lang.IllegalStateException',
          message: '"boom" – é',
          task: 'Source',
          labels: '',
          timestamp: END - 10,
        },
      },
    });
  });

  it('stops reading when it has what it wants', () => {
    const archive = craftArchive({ jobId: JOB, bulk: 1_000_000 });
    expect(archive.length).toBeGreaterThan(900_000);
    expect(read(archive)).toMatchObject({ kind: 'outcome', bytesRead: 65_536 });
  });

  it('finds documents that lie far behind, and in another order', () => {
    const found = readEntries((entries) => entries.toReversed(), { bulk: 300_000 });
    expect(found).toEqual({ ...read(craftArchive({ jobId: JOB })), bytesRead: expect.any(Number) });
    expect(found.bytesRead).toBeGreaterThan(250_000);
  });

  it('reads no more of the next archive because one needed more', () => {
    const reader = archiveReader();
    const path = join(folder, JOB);
    const long = craftArchive({ jobId: JOB, bulk: 1_000_000 });
    writeFileSync(path, archiveText(craftEntries({ jobId: JOB, bulk: 1_000_000 }).toReversed()));
    expect(reader(path, MAX_FILE_SIZE).bytesRead).toBeGreaterThan(900_000);
    writeFileSync(path, long);
    expect(reader(path, MAX_FILE_SIZE)).toMatchObject({ kind: 'outcome', bytesRead: 65_536 });
  });

  it.each([
    ['a job without checkpoints', ['{"errors":["Checkpointing has not been enabled."]}'], []],
    ['documents of a later Flink', ['{"new":"form"}'], [expect.stringContaining('/jobs/:jobid/checkpoints')]],
    ['a document that is not JSON', ['{'], [expect.stringContaining('not JSON')]],
  ])('takes the outcome of %s', async (_, [json = ''], misfits) => {
    const found = readEntries(replace('/checkpoints', json));
    expect(found).toMatchObject({ kind: 'outcome', misfits, outcome: { status: 'FAILED', failures: 2 } });
    expect(found).not.toHaveProperty('outcome.checkpoints');
  });

  it.each([
    ['details', `/jobs/${JOB}`, { new: 1, plan: {} }, { 'pending-operators': 0 }],
    ['checkpoints', '/checkpoints', { new: 1, summary: {} }, {}],
  ])('decodes the whole of %s whose keys are in another order', (_, suffix, first, last) => {
    const { json = '{}' } = craftEntries({ jobId: JOB }).find(({ path }) => path.endsWith(suffix)) ?? {};
    const { plan: _plan, ...fields } = JSON.parse(json) as Record<string, unknown>;
    const found = readEntries(replace(suffix, JSON.stringify({ ...first, ...fields, ...last })));
    expect(found).toEqual({ ...read(craftArchive({ jobId: JOB })), bytesRead: expect.any(Number) });
  });

  it('takes a complete file without checkpoints and exceptions', () => {
    const found = readEntries((entries) => entries.filter(({ path }) => !/checkpoints|exceptions/.test(path)));
    expect(found).toMatchObject({ kind: 'outcome', outcome: { failures: 0 } });
    expect(found).not.toHaveProperty('outcome.lastFailure');
  });

  it('takes a file whose overview says more than its job in a way that no Flink has', () => {
    const overview = JSON.stringify({ jobs: [{ jid: JOB, state: 'NEW', tasks: [] }] });
    const whole = read(craftArchive({ jobId: JOB }));
    expect(readEntries(replace('overview', overview))).toEqual({ ...whole, bytesRead: expect.any(Number) });
  });

  it('takes the first of two documents of one path', () => {
    const other = craftEntries({ jobId: JOB, state: 'FINISHED' });
    expect(readEntries((entries) => [...entries.slice(0, 3), ...other, ...entries])).toMatchObject({
      kind: 'outcome',
      outcome: { status: 'FINISHED' },
    });
  });

  it.each([
    ['not_json', 'nothing of JSON', 'hello'],
    ['not_json', 'a required document that is not JSON', replace('overview', '{')],
    ['missing_entry', 'no entries', '{"archive":[]}'],
    ['missing_entry', 'no overview', (all: ArchiveEntry[]) => all.filter(({ path }) => path !== '/jobs/overview')],
    ['missing_entry', 'no details', (all: ArchiveEntry[]) => all.filter(({ path }) => path !== `/jobs/${JOB}`)],
    ['schema', 'an empty overview', replace('overview', '{"jobs":[]}')],
    ['schema', 'details without fields', replace(JOB, '{}')],
    ['schema', 'a state that Flink has not', craftArchive({ jobId: JOB, state: 'EXPLODED' })],
    ['schema', 'no end time', craftArchive({ jobId: JOB, endTime: -1 })],
    ['not_ended', 'a running job', craftArchive({ jobId: JOB, state: 'RUNNING' })],
    ['not_ended', 'a suspended job', craftArchive({ jobId: JOB, state: 'SUSPENDED' })],
    ['other_job', 'the archive of another job', craftArchive({ jobId: jobIdOf(7) })],
    ['other_job', 'documents of another job', craftArchive({ jobId: JOB, namedId: jobIdOf(7) })],
  ])('answers %s for %s', async (reason, _, content) => {
    const found = typeof content === 'string' ? read(content) : readEntries(content);
    expect(found).toMatchObject({ kind: 'unreadable', reason, detail: expect.stringMatching(/./) });
  });

  it('refuses files and documents beyond the limits', () => {
    expect(read(craftArchive({ jobId: JOB }), 1_000)).toMatchObject({
      kind: 'unreadable',
      reason: 'too_large',
      bytesRead: 0,
    });
    const huge = replace('/exceptions', `"${'x'.repeat(65 * 1024 * 1024)}"`);
    expect(readEntries(huge)).toMatchObject({ kind: 'unreadable', reason: 'too_large' });
  });

  it('reads regular files only, and never waits for one', async () => {
    const target = join(folder, 'target');
    writeFileSync(target, craftArchive({ jobId: jobIdOf(1) }));
    symlinkSync(target, join(folder, jobIdOf(1)));
    mkdirSync(join(folder, jobIdOf(2)));
    execFileSync('mkfifo', [join(folder, jobIdOf(3))]);
    const server = createServer().listen(join(folder, jobIdOf(4)));
    await new Promise((listening) => server.once('listening', listening));
    for (const number of [1, 2, 3, 4]) {
      expect(readArchive(join(folder, jobIdOf(number)), MAX_FILE_SIZE)).toMatchObject({
        kind: 'unreadable',
        reason: 'not_a_file',
        bytesRead: 0,
      });
    }
    await new Promise((closed) => server.close(closed));
    expect(readArchive(join(folder, jobIdOf(5)), MAX_FILE_SIZE)).toEqual({ kind: 'gone', bytesRead: 0 });
    expect(readArchive(join(target, JOB), MAX_FILE_SIZE)).toMatchObject({ kind: 'unreadable', reason: 'io' });
  });

  it('answers anything for any bytes, but never throws', () => {
    const damaged = fc.tuple(fc.nat(5_000), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, bytes]) => {
      const archive = Buffer.from(craftArchive({ jobId: JOB }));
      archive.set(bytes, Math.min(at, archive.length - bytes.length));
      return archive;
    });
    const anything = fc.oneof(
      damaged,
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(anything, (content) => {
        expect(read(content).kind).toMatch(/^(outcome|unreadable|incomplete)$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(['1.20.3', '2.3.0'])('recorded archives of Flink %s', (version) => {
  const root = join(import.meta.dirname, '../fixtures', `flink-${version}`, 'archives');
  const archives = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'application-summary')
    .map((entry) => join(entry.parentPath, entry.name));

  it('says how each run ended', () => {
    const readings = archives.map((path) => readArchive(path, MAX_FILE_SIZE));
    const outcomes = readings.map((reading) => (reading.kind === 'outcome' ? reading.outcome : reading));
    expect(readings.flatMap((reading) => (reading.kind === 'outcome' ? reading.misfits : []))).toEqual([]);
    const byName = new Map(outcomes.map((outcome) => ['name' in outcome ? outcome.name : '', outcome]));
    expect(byName.get('finished')).toMatchObject({ status: 'FINISHED', reachedRunning: true, failures: 0 });
    expect(byName.get('canceled')).toMatchObject({ status: 'CANCELED', reachedRunning: true, failures: 0 });
    expect(byName.get('failed')).toMatchObject({
      status: 'FAILED',
      reachedRunning: true,
      failures: 4,
      checkpoints: { restored: 3 },
      checkpointConfig: { intervalMs: 1_000, retained: true },
      lastFailure: { exception: 'medic.job.PoisonRecordException', task: expect.stringMatching(/^count/) },
    });
    expect(byName.get('failed-in-initialisation')).toMatchObject({
      status: 'FAILED',
      reachedRunning: false,
      failures: 1,
      lastFailure: { exception: 'java.io.FileNotFoundException', task: '' },
    });
    expect(byName.size).toBe(4);
  });

  it('are incomplete, or say the same, however much of them is there', () => {
    for (const path of archives) {
      const whole = readArchive(path, MAX_FILE_SIZE);
      const bytes = readFileSync(path);
      const copy = join(folder, basename(path));
      for (let cut = 0; cut < bytes.length; cut += 997) {
        writeFileSync(copy, bytes.subarray(0, cut));
        const part = readArchive(copy, MAX_FILE_SIZE);
        expect([
          { kind: 'incomplete', bytesRead: cut },
          { ...whole, bytesRead: cut },
        ]).toContainEqual(part);
      }
    }
  });
});
