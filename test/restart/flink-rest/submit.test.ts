import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, describe, expect, it, vi } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import type { SubmissionRequest } from '../../../src/core/restart/incident.ts';
import { JobManagerClient } from '../../../src/flink/job-manager-client.ts';
import { submit, type SubmitOutcome } from '../../../src/restart/flink-rest/submit.ts';
import { FakeCluster, type FakeClusterOptions } from '../../fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../../fake-flink/fake-job-manager.ts';
import type { Fault } from '../../fake-flink/faults.ts';
import { FLINK_VERSIONS } from '../../fake-flink/flink-version.ts';

const RUN = '/jars/:jarid/run';
const UPLOAD = '/jars/upload';
const JOB_ID = 'ab'.repeat(16);
const CONTENT = 'the program';

interface Scene {
  readonly cluster: FakeCluster;
  readonly jobManager: FakeJobManager;
  readonly file: string;
  readonly sent: ReturnType<typeof vi.fn<() => Promise<void>>>;
  readonly request: SubmissionRequest;
  readonly send: (change?: Partial<SubmissionRequest>, signal?: AbortSignal) => Promise<SubmitOutcome>;
}

async function scene(options: FakeClusterOptions = {}): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'medic-jar-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'orders.jar');
  writeFileSync(file, CONTENT);
  const cluster = new FakeCluster(options);
  const jobManager = await FakeJobManager.start(cluster);
  onTestFinished(() => jobManager.stop());
  const { baseUrl } = jobManager;
  const api = new JobManagerClient({ baseUrl, timeoutMs: 5000, maxResponseBytes: 1_000_000, http: {} });
  onTestFinished(() => api.close());
  const sent = vi.fn<() => Promise<void>>(async () => {});
  const request: SubmissionRequest = {
    driver: 'flink_rest',
    jobId: JOB_ID,
    jar: { file, sha256: hashOf(CONTENT) },
    args: ['--name', 'orders'],
    config: {},
    restoreDetail: '',
    submitTimeoutMs: 5000,
  };
  return {
    cluster,
    jobManager,
    file,
    sent,
    request,
    send: (change, signal = new AbortController().signal) =>
      submit({ ...request, ...change }, api, { beforeSend: sent }, signal),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const NAME = `${hashOf(CONTENT).slice(0, 16)}_orders.jar`;

describe.each(FLINK_VERSIONS)('a submission to Flink %s', (version) => {
  it('sends all that was decided, in the words of every version', async () => {
    const { cluster, send } = await scene({ version });
    const restore = { path: 'file:/chk-7', claimMode: 'NO_CLAIM', allowNonRestoredState: true } as const;
    const outcome = await send({ entryClass: 'org.example.Orders', parallelism: 3, config: { a: 'b' }, restore });
    expect(outcome).toEqual({ kind: 'accepted' });
    expect(cluster.submissions).toEqual([
      {
        jobId: JOB_ID,
        jar: NAME,
        entryClass: 'org.example.Orders',
        args: ['--name', 'orders'],
        parallelism: 3,
        config: { a: 'b' },
        savepointPath: 'file:/chk-7',
        restoreMode: 'NO_CLAIM',
        allowNonRestoredState: true,
      },
    ]);
    const job = cluster.job(JOB_ID);
    expect(job).toMatchObject({ name: 'orders', state: 'RUNNING' });
    expect(job?.checkpoints?.latestRestored).toMatchObject({ id: 7, path: 'file:/chk-7' });
  });

  it('sends nothing that is not needed', async () => {
    const { cluster, send } = await scene({ version });
    await expect(send({ args: [] })).resolves.toEqual({ kind: 'accepted' });
    expect(cluster.submissions).toMatchObject([
      { args: [], config: {}, savepointPath: undefined, restoreMode: undefined, allowNonRestoredState: undefined },
    ]);
  });

  it('is refused a second time', async () => {
    const { cluster, send } = await scene({ version });
    await send();
    await expect(send()).resolves.toEqual({
      kind: 'rejected',
      detail: expect.stringMatching(/Duplicate\w+SubmissionException: \w+ has already been submitted/),
    });
    expect(cluster.submissions).toHaveLength(1);
  });

  it('is rejected with its cause when the snapshot is gone, though a job has the id', async () => {
    const { cluster, send } = await scene({ version });
    cluster.gone.add('file:/chk-7');
    const restore = { path: 'file:/chk-7', claimMode: 'CLAIM', allowNonRestoredState: false } as const;
    await expect(send({ restore })).resolves.toEqual({
      kind: 'rejected',
      detail: expect.stringContaining('caused by java.io.FileNotFoundException: Cannot find checkpoint'),
    });
    expect(cluster.job(JOB_ID)?.state).toBe('FAILED');
  });
});

describe('the jar', () => {
  it('is uploaded once and found again by its hash', async () => {
    const { cluster, jobManager, send } = await scene();
    await send();
    cluster.job(JOB_ID)?.fail();
    await expect(send({ jobId: 'cd'.repeat(16) })).resolves.toEqual({ kind: 'accepted' });
    expect(jobManager.count(UPLOAD)).toBe(1);
    expect([...jobManager.process.jars.values()]).toMatchObject([{ name: NAME, bytes: Buffer.from(CONTENT) }]);
  });

  it('is not needed here any more once it is there', async () => {
    const { file, send } = await scene();
    await send();
    rmSync(file);
    await expect(send({ jobId: 'cd'.repeat(16) })).resolves.toEqual({ kind: 'accepted' });
  });

  it('is uploaded again when another process took over', async () => {
    const { cluster, jobManager, sent, send } = await scene();
    await send();
    jobManager.replaceProcess();
    cluster.restart();
    await expect(send()).resolves.toEqual({ kind: 'accepted' });
    expect(jobManager.count(UPLOAD)).toBe(2);
    expect(sent).toHaveBeenCalledTimes(2);
  });

  it('is uploaded again when it is lost between finding and running it', async () => {
    const { cluster, jobManager, sent, send } = await scene();
    sent.mockImplementationOnce(async () => jobManager.replaceProcess());
    await expect(send()).resolves.toEqual({ kind: 'accepted' });
    expect(jobManager.requests.map(({ route }) => route)).toEqual(['/jars', UPLOAD, RUN, '/jobs/:jobid', UPLOAD, RUN]);
    expect(sent).toHaveBeenCalledTimes(2);
    expect(cluster.submissions).toHaveLength(1);
  });

  it('is lost when it vanishes every time', async () => {
    const { cluster, jobManager, sent, send } = await scene();
    sent.mockImplementation(async () => jobManager.replaceProcess());
    await expect(send()).resolves.toEqual({ kind: 'jar_lost', detail: expect.stringContaining('does not exist') });
    expect(jobManager.count(RUN)).toBe(2);
    expect(cluster.submissions).toEqual([]);
  });

  it('is not sent again when a job has the id although the answer denies it', async () => {
    const { cluster, jobManager, sent, send } = await scene();
    sent.mockImplementationOnce(async () => {
      jobManager.replaceProcess();
      cluster.submit({ name: 'orders', jobId: JOB_ID }).run();
    });
    await expect(send()).resolves.toEqual({ kind: 'unknown', detail: expect.stringContaining('a job has the id') });
    expect(jobManager.count(RUN)).toBe(1);
  });

  it('of another content is never complete at the JobManager', async () => {
    const { cluster, file, jobManager, sent, send } = await scene();
    writeFileSync(file, 'another one');
    await expect(send()).resolves.toEqual({ kind: 'jar_lost', detail: expect.stringContaining('decided on') });
    expect(jobManager.process.jars.size).toBe(0);
    expect(sent).not.toHaveBeenCalled();
    expect(cluster.submissions).toEqual([]);
  });

  it('is lost when the file is gone', async () => {
    const { file, send } = await scene();
    rmSync(file);
    await expect(send()).resolves.toEqual({ kind: 'jar_lost', detail: expect.stringContaining('ENOENT') });
  });

  it('by name is the newest upload of that name', async () => {
    const { cluster, jobManager, send } = await scene();
    for (const name of ['orders.jar', 'orders.jar', 'other.jar']) {
      jobManager.process.addJar(name, Buffer.from(''), cluster.clock.now());
      cluster.clock.advance(1000);
    }
    const newest = [...jobManager.process.jars.keys()][1];
    await expect(send({ jar: { name: 'orders.jar' } })).resolves.toEqual({ kind: 'accepted' });
    expect(jobManager.requests.at(-1)?.path).toBe(`/jars/${newest}/run`);
  });

  it('by name is lost when the JobManager has none', async () => {
    const { jobManager, sent, send } = await scene();
    const lost = { kind: 'jar_lost', detail: expect.stringContaining('orders.jar') };
    await expect(send({ jar: { name: 'orders.jar' } })).resolves.toEqual(lost);
    expect(sent).not.toHaveBeenCalled();
    jobManager.process.addJar('orders.jar', Buffer.from(''), 0);
    sent.mockImplementation(async () => jobManager.replaceProcess());
    await expect(send({ jar: { name: 'orders.jar' } })).resolves.toEqual(lost);
  });
});

describe('before anything is sent', () => {
  it('a cluster without jar endpoints rejects', async () => {
    const { sent, send } = await scene({ webSubmit: false });
    await expect(send()).resolves.toEqual({ kind: 'rejected', detail: expect.stringContaining('application mode') });
    expect(sent).not.toHaveBeenCalled();
  });

  it.each<[string, Fault, string]>([
    ['/jars', { kind: 'status', status: 503 }, 'http_5xx'],
    ['/jars', { kind: 'status', status: 401 }, 'unauthorized'],
    ['/jars', { kind: 'reset' }, 'connection'],
    [UPLOAD, { kind: 'reset' }, 'connection'],
    [UPLOAD, { kind: 'status', status: 500 }, 'http_5xx'],
  ])('%s with %j is thrown, to be tried again', async (route, fault, code) => {
    const { jobManager, sent, send } = await scene();
    jobManager.faults.set(route, fault);
    await expect(send()).rejects.toMatchObject({ code });
    expect(sent).not.toHaveBeenCalled();
  });

  it('an upload that is refused is an outcome', async () => {
    const { jobManager, send } = await scene();
    jobManager.faults.set(UPLOAD, { kind: 'status', status: 413 });
    await expect(send()).resolves.toEqual({ kind: 'rejected', detail: expect.stringContaining('413') });
  });

  it.each([
    ['the first time', 1],
    ['the second time', 2],
  ])('nothing is sent when it may not, %s', async (_when, times) => {
    const { jobManager, sent, send } = await scene();
    const refusal = new MedicError('ledger_write', 'disk full');
    if (times === 2) sent.mockImplementationOnce(async () => jobManager.replaceProcess());
    sent.mockRejectedValueOnce(refusal);
    await expect(send()).rejects.toBe(refusal);
    expect(jobManager.count(RUN)).toBe(times - 1);
  });
});

describe('the answer', () => {
  it.each<[Fault, number]>([
    [{ kind: 'reset' }, 1],
    [{ kind: 'reset', before: true }, 0],
    [{ kind: 'cut' }, 1],
    [{ kind: 'status', status: 500 }, 1],
    [{ kind: 'status', status: 503, before: true }, 0],
    [{ kind: 'status', status: 302 }, 1],
    [{ kind: 'body', body: '<html>' }, 1],
    [{ kind: 'body', body: '{"jobid":7}' }, 1],
    [{ kind: 'body', body: `{"jobid":"${'cd'.repeat(16)}"}` }, 1],
  ])('%j leaves it open, with %i jobs, and is not asked for again', async (fault, accepted) => {
    const { cluster, jobManager, send } = await scene();
    jobManager.faults.set(RUN, fault);
    await expect(send()).resolves.toMatchObject({ kind: 'unknown' });
    expect(cluster.submissions).toHaveLength(accepted);
    expect(jobManager.count(RUN)).toBe(1);
  });

  it.each([400, 401, 404, 429])('%i is a rejection', async (status) => {
    const { jobManager, send } = await scene();
    jobManager.faults.set(RUN, { kind: 'status', status });
    await expect(send()).resolves.toMatchObject({ kind: 'rejected' });
  });

  it('that comes too late leaves it open', async () => {
    const { cluster, jobManager, send } = await scene();
    jobManager.faults.set(RUN, { kind: 'hang' });
    await expect(send({ submitTimeoutMs: 500 })).resolves.toMatchObject({ kind: 'unknown' });
    expect(cluster.submissions).toHaveLength(1);
  });

  it('may come late: main() has the time of the request', async () => {
    const { cluster, send } = await scene();
    const main = Promise.withResolvers<{ name: string }>();
    const called = vi.fn<FakeCluster['main']>(() => main.promise);
    cluster.main = called;
    const outcome = send();
    await vi.waitFor(() => expect(called).toHaveBeenCalledOnce());
    expect(cluster.submissions).toEqual([]);
    main.resolve({ name: 'orders' });
    await expect(outcome).resolves.toEqual({ kind: 'accepted' });
  });

  it('is yes to one of two that run main() at once', async () => {
    const { cluster, send } = await scene();
    const main = Promise.withResolvers<{ name: string }>();
    const called = vi.fn<FakeCluster['main']>(() => main.promise);
    cluster.main = called;
    const outcomes = Promise.all([send(), send()]);
    await vi.waitFor(() => expect(called).toHaveBeenCalledTimes(2));
    main.resolve({ name: 'orders' });
    expect((await outcomes).map(({ kind }) => kind).toSorted()).toEqual(['accepted', 'rejected']);
    expect(cluster.submissions).toHaveLength(1);
  });

  it('names why main() failed', async () => {
    const { cluster, send } = await scene();
    cluster.main = () => {
      throw new Error('no such topic');
    };
    await expect(send()).resolves.toEqual({ kind: 'rejected', detail: expect.stringContaining('no such topic') });
    expect(cluster.submissions).toEqual([]);
  });

  it('does not matter to who stops', async () => {
    const { jobManager, sent, send } = await scene();
    const caller = new AbortController();
    jobManager.faults.set(RUN, { kind: 'hang' });
    const outcome = send({}, caller.signal);
    await vi.waitFor(() => expect(jobManager.count(RUN)).toBe(1));
    caller.abort(new Error('stopped'));
    await expect(outcome).rejects.toThrow('stopped');
    expect(sent).toHaveBeenCalledTimes(1);
  });
});
