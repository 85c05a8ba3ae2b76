import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { craftArchive } from '../archive/crafted-archive.ts';
import { temporaryFolder } from '../e2e/support/medic.ts';
import { runCommand } from './run-command.ts';

function recorded(version: string): string {
  return fileURLToPath(new URL(`../fixtures/flink-${version}/archives`, import.meta.url));
}

interface Result {
  readonly path: string;
  readonly job_id: string;
  readonly cluster_id?: string;
  readonly status: string;
  readonly job_name?: string;
  readonly last_failure?: string;
}

async function archives(folder: string): Promise<readonly Result[]> {
  const { code, printed, errors } = await runCommand(['archives', folder, '--output', 'json']);
  expect([code, errors]).toEqual([0, '']);
  return (JSON.parse(printed) as { archives: Result[] }).archives;
}

describe('archives DIR', () => {
  it.each(['1.20.3', '2.3.0'])('shows how the recorded jobs of %s ended', async (version) => {
    const results = await archives(recorded(version));
    expect(results.map(({ job_name, status, last_failure }) => [job_name, status, last_failure])).toEqual([
      ['failed-in-initialisation', 'FAILED', 'java.io.FileNotFoundException'],
      ['canceled', 'CANCELED', undefined],
      ['finished', 'FINISHED', undefined],
      ['failed', 'FAILED', 'medic.job.PoisonRecordException'],
    ]);
    // Only 2.3 has folders of clusters, and not for a failed initialisation.
    const clusters = new Set(results.map(({ cluster_id }) => cluster_id));
    expect(clusters).toEqual(new Set(version === '1.20.3' ? [undefined] : ['0'.repeat(32), undefined]));
  });

  it('is a table for people', async () => {
    const { code, printed } = await runCommand(['archives', recorded('1.20.3')]);
    expect(code).toBe(0);
    const [header = '', ...rows] = printed.split('\n');
    expect(header.split(/ {2,}/)).toEqual([
      'JOB',
      'STATUS',
      'START',
      'END',
      'SECONDS',
      'FAILURES',
      'CHECKPOINTS',
      'LAST FAILURE',
      'JOB ID',
    ]);
    expect(rows).toHaveLength((await archives(recorded('1.20.3'))).length);
    expect(printed).toMatch(/^\S+ +FAILED .*java\.|com\./m);
  });

  it('says what is incomplete and what is no archive, and shows no escape sequence of theirs', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a'.repeat(32)), '{"archive":[{"path":"/jobs/overview","json":"{\\"jobs\\":[');
    writeFileSync(join(folder, 'b'.repeat(32)), '\u001b[31mnot an archive');
    mkdirSync(join(folder, 'c'.repeat(32)));
    const [good] = await archives(recorded('1.20.3'));
    copyFileSync(good?.path ?? '', join(folder, good?.job_id ?? ''));
    const results = await archives(folder);
    expect(results.map(({ status }) => status).toSorted()).toEqual([good?.status, 'incomplete', 'unreadable']);
    expect((await runCommand(['archives', folder])).printed).not.toContain('\u001b');
  });

  it('shows a time that is no date as it is', async () => {
    const folder = temporaryFolder();
    const jobId = '7'.repeat(32);
    writeFileSync(join(folder, jobId), craftArchive({ jobId, endTime: 9e15 }));
    expect(await archives(folder)).toMatchObject([{ status: 'FAILED', end: '9000000000000000' }]);
  });

  it('says which folder it cannot list', async () => {
    const missing = join(temporaryFolder(), 'missing');
    const { code, printed, errors } = await runCommand(['archives', missing]);
    expect([code, printed]).toEqual([1, '']);
    expect(errors).toMatch(new RegExp(`^flink-medic: cannot list ${missing}: ENOENT`));
  });
});
