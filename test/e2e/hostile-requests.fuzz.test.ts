/** Requests that no decent client would send, byte for byte: never a 500, never a silent failure, and it goes on. */

import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { startCluster } from './support/fake.ts';
import { type HostileRequest, hostileRequest, RIGHT } from './support/hostile-requests.ts';
import { RunningMedic } from './support/medic.ts';

const RUNS = 1_500;
/** Requests of one case, at the same time. */
const AT_ONCE = 4;

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** What comes back until the server closes; undefined when that is nothing. */
async function send(url: string, { bytes, from, short }: HostileRequest): Promise<Answer | undefined> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A server may refuse a request before it has read it.
  socket.on('error', () => undefined);
  if (short) socket.end(bytes);
  else socket.write(bytes);
  await new Promise((closed) => socket.once('close', closed));
  const text = Buffer.concat(chunks)
    .toString('latin1')
    .replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const [head = '', ...body] = text.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  return text === '' ? undefined : { status, head, body: body.join('\r\n\r\n') };
}

/** What Node answers by itself, without a body, when it is not even HTTP. */
const NO_HTTP = [400, 408, 413, 417, 431];

/** What is wrong with an answer; undefined when nothing is. */
function complaint(answer: Answer | undefined, { bytes }: HostileRequest): string | undefined {
  if (answer === undefined) return undefined;
  const { status, head, body } = answer;
  if (status < 400 || (NO_HTTP.includes(status) && /^(0\r\n\r\n)?$/.test(body))) return undefined;
  if (status >= 500 && status !== 503) return `status ${String(status)}`;
  // People get a page.
  if (status === 404 && / \/ui\//.test(bytes.toString('latin1')) && /\r\ncontent-type: text\/html/i.test(head))
    return undefined;
  if (!/\r\ncontent-type: application\/problem\+json/i.test(head)) return `${String(status)} without a problem`;
  if (bytes.toString('latin1').startsWith('HEAD ')) return body === '' ? undefined : 'HEAD with a body';
  const problem: { status?: unknown } = JSON.parse(body);
  return problem.status === status ? undefined : `status ${String(status)}, problem of ${String(problem.status)}`;
}

const CALLERS = { authorization: { credentials: 'token' } };

it('answers every request, as it may, and goes on', { timeout: fuzzTimeout(RUNS) }, async () => {
  const { cluster, jobManager } = await startCluster();
  cluster.submit({ name: 'orders' }).run().fail();
  const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl] }], webhook: CALLERS, api: CALLERS };
  const medic = await RunningMedic.start({ config });
  const statuses = new Map<number | undefined, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(hostileRequest, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
      const answers = await Promise.all(requests.map((one) => send(medic.url, one)));
      expect(answers.map((answer, index) => complaint(answer, requests[index] as HostileRequest))).toEqual(
        Array(AT_ONCE).fill(undefined),
      );
      for (const answer of answers) statuses.set(answer?.status, (statuses.get(answer?.status) ?? 0) + 1);
    }),
    fuzzed(RUNS / AT_ONCE),
  );
  // They came as far as the routes.
  for (const status of [200, 202, 400, 401, 404, 405, 413, 415]) expect([...statuses.keys()]).toContain(status);
  expect(medic.log.filter(({ level }) => level === 'error')).toEqual([]);
  expect((await medic.get('/-/healthy')).status).toBe(200);
  expect((await medic.page()).lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
});

it('unpacks no bomb', async () => {
  const medic = await RunningMedic.start({ config: { clusters: [], webhook: CALLERS } });
  const bomb = gzipSync(Buffer.alloc(100 * 1024 ** 2, ' '));
  const head = [
    'POST /api/v1/alertmanager HTTP/1.1',
    'Host: medic',
    'Connection: close',
    RIGHT,
    'Content-Type: application/json',
    'Content-Encoding: gzip',
    `Content-Length: ${String(bomb.length)}`,
  ].join('\r\n');
  const bytes = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), bomb]);
  expect(await send(medic.url, { bytes, from: '127.0.0.1', short: false })).toMatchObject({ status: 413 });
});
