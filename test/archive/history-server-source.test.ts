/** What a History Server says, right or wrong: over a client with short limits against a fake, and recorded answers. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArchiveReading, archiveReader } from '../../src/archive/archive-reader.ts';
import { HistoryServerSource } from '../../src/archive/history-server-source.ts';
import { listArchives } from '../../src/archive/list-archives.ts';
import { HistoryServerClient } from '../../src/flink/history-server-client.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeHistoryServer } from '../fake-flink/fake-history-server.ts';
import { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import type { FakeJob } from '../fake-flink/fake-job.ts';

const LIMITS = { timeoutMs: 300, maxResponseBytes: 1 << 20 };

let folder: string;
let cluster: FakeCluster;
let job: FakeJob;
let server: FakeHistoryServer;
let source: HistoryServerSource;
const stop = new AbortController();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'history-server-'));
  cluster = new FakeCluster({ version: '2.3', archiveFolder: folder });
  job = cluster.submit({ name: 'orders' }).run();
  job.fail({ exception: 'com.example.Broken' });
  await serve(folder);
});
afterEach(async () => {
  await source.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(archives: string): Promise<void> {
  server = await FakeHistoryServer.start(archives);
  server.refresh();
  source = sourceAt(server.url);
}

function sourceAt(address: string, timeoutMs = LIMITS.timeoutMs): HistoryServerSource {
  const connect = (onBody: (bytes: number) => void): HistoryServerClient =>
    new HistoryServerClient({ baseUrl: address, ...LIMITS, timeoutMs, http: {}, onBody });
  return new HistoryServerSource({ address, connect });
}

/** What it says of all that it lists. */
async function readAll(): Promise<ArchiveReading[]> {
  const { files } = await source.list(stop.signal);
  return source.read(files, { maxFileSize: 1, signal: stop.signal });
}

/** Why the one job that is listed cannot be used. */
async function refusal(): Promise<string> {
  const [reading] = await readAll();
  return reading?.kind === 'unreadable' ? reading.reason : (reading?.kind ?? 'nothing');
}

describe.each(['1.20.3', '2.3.0'])('the archives of a real Flink %s', (version) => {
  it('say the same as in their folder', async () => {
    const archives = join(import.meta.dirname, '..', 'fixtures', `flink-${version}`, 'archives');
    await server.stop();
    await source.close();
    await serve(archives);
    // Nothing is slow here but a busy machine.
    source = sourceAt(server.url, 10_000);
    const readArchive = archiveReader();
    const fromFolder = listArchives(archives).files.map(({ path }) => {
      const reading = readArchive(path, 1 << 30);
      return reading.kind === 'outcome' ? reading.outcome : reading;
    });
    const fromServer = (await readAll()).map((reading) => (reading.kind === 'outcome' ? reading.outcome : reading));
    expect(fromServer).toHaveLength(4);
    expect(byId(fromServer)).toEqual(byId(fromFolder));
  });
});

function byId(outcomes: readonly object[]): object[] {
  return outcomes.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** So many more jobs, none of which the server tells of. */
function finishAndHang(count: number): void {
  for (let i = 0; i < count; i++)
    cluster
      .submit({ name: `job-${String(i)}` })
      .run()
      .finish();
  server.refresh();
  server.faults.set('/jobs/:jobid', { kind: 'hang' });
}

describe('a listing', () => {
  it('names each job once, with what changes when its archive does', async () => {
    const { jobs } = server.get('/jobs/overview') as { jobs: object[] };
    server.put('/jobs/overview', { jobs: [...jobs, ...jobs] });
    expect(await source.list(stop.signal)).toEqual({
      files: [{ path: `${server.url}/jobs/${job.jobId}`, jobId: job.jobId, size: 0, mtimeMs: job.endTime }],
      problems: [],
    });
    expect(source.lagMs).toBe(120_000);
  });

  it('is not sent again while it is the same, and is when it may have changed', async () => {
    const statuses: number[] = [];
    server.onAnswer = (path, status) => path === '/jobs/overview' && statuses.push(status);
    const first = await source.list(stop.signal);
    // Written in the second in which it was sent: it may change once more in that second.
    expect(await source.list(stop.signal)).toEqual(first);
    server.now += 2_000;
    for (const _ of [1, 2]) expect(await source.list(stop.signal)).toEqual(first);
    expect(statuses).toEqual([200, 200, 200, 304]);
    cluster.submit({ name: 'payments' }).run().finish();
    server.refresh();
    expect((await source.list(stop.signal)).files).toHaveLength(2);
    server.now += 2_000;
    server.restart();
    expect((await source.list(stop.signal)).files).toEqual([]);
    expect(source.lagMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('proves nothing while it is empty', async () => {
    server.restart();
    expect(await source.list(stop.signal)).toEqual({ files: [], problems: [] });
    expect(source.lagMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('is not complete with an element that does not fit', async () => {
    server.put('/jobs/overview', { jobs: [{ jid: '../../etc/passwd' }, 'x'] });
    const { files, problems } = await source.list(stop.signal);
    expect(files).toEqual([]);
    expect(problems).toHaveLength(1);
  });

  it.each([
    ['not_json', '{"jobs":'],
    ['schema', '{"jobs":{}}'],
    ['too_large', JSON.stringify({ jobs: 'x'.repeat(LIMITS.maxResponseBytes) })],
  ])('fails with %s when it is that', async (code, body) => {
    server.faults.set('/jobs/overview', { kind: 'body', body });
    await expect(source.list(stop.signal)).rejects.toMatchObject({ code });
  });

  it('of a JobManager is refused: what it does not list proves nothing', async () => {
    const jobManager = await FakeJobManager.start(cluster);
    const wrong = sourceAt(jobManager.baseUrl);
    await expect(wrong.list(stop.signal)).rejects.toThrow('is no History Server');
    await wrong.close();
    await jobManager.stop();
  });
});

describe('a job', () => {
  it('is refused when its document is that of another', async () => {
    const other = cluster.submit({ name: 'payments' }).run().finish();
    server.refresh();
    server.put(`/jobs/${job.jobId}`, server.get(`/jobs/${other.jobId}`));
    const readings = await readAll();
    expect(readings.map((reading) => (reading.kind === 'unreadable' ? reading.reason : reading.kind))).toEqual(
      expect.arrayContaining(['other_job', 'outcome']),
    );
  });

  it.each([
    [{ kind: 'body', body: '{"jid":7}' }, 'schema'],
    // A proxy's own page: the next time the History Server itself may answer.
    [{ kind: 'body', body: 'hello' }, 'io'],
    [{ kind: 'status', status: 302 }, 'io'],
    [{ kind: 'huge', bytes: 2 << 20 }, 'too_large'],
    [{ kind: 'status', status: 404 }, 'io'],
    [{ kind: 'status', status: 503 }, 'io'],
    [{ kind: 'cut' }, 'io'],
    [{ kind: 'hang' }, 'io'],
    [{ kind: 'drip', everyMs: 50 }, 'io'],
  ] as const)('with an answer of %j is refused', async (fault, reason) => {
    server.faults.set('/jobs/:jobid', fault);
    expect(await refusal()).toBe(reason);
    server.faults.clear();
    expect(await refusal()).toBe('outcome');
  });

  it('that has not ended is refused', async () => {
    server.put(`/jobs/${job.jobId}`, { ...(server.get(`/jobs/${job.jobId}`) as object), state: 'RUNNING' });
    expect(await refusal()).toBe('not_ended');
  });

  it.each(['checkpoints', 'checkpoints/config', 'exceptions'])(
    'keeps its end whatever its %s say',
    async (document) => {
      const path = `/jobs/${job.jobId}/${document}`;
      server.put(path, { counts: 'many', interval: [], exceptionHistory: 7 });
      const [wrong] = await readAll();
      expect(wrong).toMatchObject({ kind: 'outcome', outcome: { status: 'FAILED' }, misfits: [expect.any(String)] });
      server.put(path, undefined);
      const [missing] = await readAll();
      expect(missing).toMatchObject({ kind: 'outcome', outcome: { status: 'FAILED' }, misfits: [] });
      for (const fault of [
        { kind: 'status', status: 500 },
        { kind: 'body', body: '<html>' },
      ] as const) {
        server.faults.set(`/jobs/:jobid/${document}`, fault);
        expect(await refusal()).toBe('io');
      }
    },
  );

  it('is not asked for when six others in a row got no answer, until the next scan', async () => {
    finishAndHang(20);
    const before = server.requests.length;
    const readings = await readAll();
    expect(readings).toHaveLength(21);
    expect(readings.every((reading) => reading.kind === 'unreadable' && reading.reason === 'io')).toBe(true);
    // The two of the listing, six, and one that was under way.
    expect(server.requests.length - before).toBeLessThanOrEqual(9);
    server.faults.clear();
    expect((await readAll()).every(({ kind }) => kind === 'outcome')).toBe(true);
  });

  it('comes first in the next scan when it was not asked for in the last', async () => {
    finishAndHang(11);
    await readAll();
    await readAll();
    expect(new Set(server.requests.filter((path) => /^\/jobs\/[0-9a-f]{32}$/.test(path))).size).toBe(12);
  });
});

it('counts the bytes of its answers', async () => {
  const [reading] = await readAll();
  const paths = ['', '/checkpoints', '/checkpoints/config', '/exceptions'].map((below) => `/jobs/${job.jobId}${below}`);
  const bytes = paths.reduce((sum, path) => sum + JSON.stringify(server.get(path)).length, 0);
  expect(reading?.bytesRead).toBeGreaterThanOrEqual(bytes);
});

it('ends when it is told to', async () => {
  server.faults.set('/config', { kind: 'hang' });
  const ended = new AbortController();
  const listing = source.list(ended.signal);
  ended.abort(new Error('stopped'));
  await expect(listing).rejects.toThrow('stopped');
});
