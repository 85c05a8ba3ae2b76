import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeArchive } from './archive-writer.ts';
import { FakeCluster } from './fake-cluster.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url).pathname;
/** Their names in the recorded folders (see test/fixtures/README.md). */
const FAILED = '5d28a90f4498a81461efbaf6f628a19d';
const FAILED_IN_INITIALISATION = 'd9a1b51378ea0ee32eaa073d1264453d';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fake-flink-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The files of a folder, as paths below it. */
function filesIn(root: string): string[] {
  return globSync('**/*', { cwd: root })
    .filter((path) => statSync(join(root, path)).isFile())
    .toSorted();
}

/** The kinds of entries in file order, whatever the number of vertices, subtasks and snapshots. */
function kindsIn(file: string): string[] {
  const { archive }: { archive: { path: string }[] } = JSON.parse(readFileSync(file, 'utf8'));
  const kinds = archive.map(({ path }) => path.replaceAll(/[0-9a-f]{32}/g, ':id').replaceAll(/\/\d+/g, '/:n'));
  return [...new Set(kinds)];
}

function jobThatFailed(version: '1.20' | '2.3', jobId: string) {
  const cluster = new FakeCluster({ version, archiveFolder: folder });
  const job = cluster.submit({ name: 'orders', jobId }).run();
  job.completeCheckpoint();
  return { cluster, job: job.restart().restarted() };
}

describe.each([
  ['1.20', 'flink-1.20.3', FAILED],
  ['2.3', 'flink-2.3.0', join('0'.repeat(32), 'applications', FAILED, 'jobs', FAILED)],
] as const)('writeArchive as %s', (version, recorded, path) => {
  it('puts the same entries in the same order in the same place as the real one', () => {
    jobThatFailed(version, FAILED).job.fail();
    expect(kindsIn(join(folder, path))).toEqual(kindsIn(join(FIXTURES, recorded, 'archives', path)));
  });

  it('writes a failed initialisation in the flat layout', () => {
    new FakeCluster({ version, archiveFolder: folder })
      .submit({ name: 'orders', jobId: FAILED_IN_INITIALISATION })
      .failInitialisation();
    expect(filesIn(folder)).toEqual([FAILED_IN_INITIALISATION]);
    expect(kindsIn(join(folder, FAILED_IN_INITIALISATION))).toEqual(
      kindsIn(join(FIXTURES, recorded, 'archives', FAILED_IN_INITIALISATION)),
    );
  });
});

describe('writeArchive', () => {
  it('writes the summary of the application too', () => {
    jobThatFailed('2.3', FAILED).job.fail();
    const application = join('0'.repeat(32), 'applications', FAILED);
    const summary = join(application, 'application-summary');
    expect(filesIn(folder)).toEqual([summary, join(application, 'jobs', FAILED)]);
    expect(kindsIn(join(folder, summary))).toEqual(kindsIn(join(FIXTURES, 'flink-2.3.0', 'archives', summary)));
  });

  it('never overwrites: the id used again keeps the archive of its first run', () => {
    const { cluster, job } = jobThatFailed('1.20', FAILED);
    job.finish();
    const first = readFileSync(join(folder, FAILED), 'utf8');
    cluster.clock.advance(1000);
    cluster.submit({ name: 'orders', jobId: FAILED }).run().cancel();
    expect(readFileSync(join(folder, FAILED), 'utf8')).toBe(first);
  });

  it('can be cut off, and completed later', () => {
    const { cluster, job } = jobThatFailed('1.20', FAILED);
    cluster.archiving = false;
    job.finish();
    expect(existsSync(join(folder, FAILED))).toBe(false);
    const path = writeArchive(folder, cluster, job, { cutAt: 100 });
    expect(statSync(path).size).toBe(100);
    expect(writeArchive(folder, cluster, job)).toBe(path);
    expect(kindsIn(path)).toContain('/jobs/:id');
  });
});
