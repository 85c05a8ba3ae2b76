/** Requests that no decent client would send, byte for byte: never a 500, never a silent failure, and it goes on. */

import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { openapi } from '../http/openapi.ts';
import { damaged } from '../support/damaged.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { startCluster } from './support/fake.ts';
import { RunningMedic } from './support/medic.ts';

const RUNS = 1_500;
/** Requests of one case, at the same time. */
const AT_ONCE = 4;

/** Those who have no credentials come from another address, so that only they are locked out. */
const STRANGER = '127.0.0.3';
const RIGHT = 'Authorization: Bearer token';

interface HostileRequest {
  readonly bytes: Buffer;
  readonly from: string;
  /** It promises more than it sends. */
  readonly short: boolean;
}

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

const ORDER = { flink_cluster: 'prod', job: 'orders', dry_run: true, from: 'file:/x', lift: ['exhausted'] };
const ALERT = {
  status: 'firing',
  labels: { alertname: 'FlinkJobRepairWanted', flink_cluster: 'prod', job_name: 'orders', job_id: '1'.repeat(32) },
  startsAt: '2026-01-01T00:00:00Z',
  fingerprint: '59b40c0c24914884',
};
const MESSAGE = { version: '4', truncatedAlerts: 0, alerts: [ALERT, { ...ALERT, status: 'resolved' }] };

const json = fc.oneof(
  fc.constantFrom(MESSAGE, ORDER, {}, { flink_cluster: 'prod' }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.constantFrom<unknown>(MESSAGE, ORDER), fc.infiniteStream(fc.nat()), fc.jsonValue())
    .map(([value, stream, part]) => JSON.stringify(damaged(value, (n) => Number(stream.next().value) % n, part))),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '{"version":"4","version":"4","alerts":[],"alerts":[{}]}',
    '{"version":"4","alerts":[{"status":"firing","labels":{"__proto__":"x","constructor":"y","alertname":"\\ud800"}}]}',
    '{"version":"4","alerts":[{"status":"firing","startsAt":"+275760-09-13T00:00:00.001Z","labels":{"a":1e400}}]}',
    '{"__proto__":{"flink_cluster":"prod"}}',
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    `{"version":"4","alerts":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    JSON.stringify({ flink_cluster: 'x'.repeat(60_000), job: 'y' }),
    JSON.stringify({ version: '4', alerts: Array.from({ length: 2_000 }, () => ALERT) }),
  ),
);

/** Mostly what is usual, so that requests come far. */
function mostly(usual: string, ...others: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

/** A body as it is sent, with the headers that describe it, rightly or not. */
const body = fc
  .tuple(
    json,
    mostly('utf8', 'latin1', 'utf16le', 'gzip', 'deflate', 'cut', 'not gzip', 'br', 'x'),
    mostly('application/json', 'application/json; charset=utf-16', 'application/json;charset=x', 'text/plain', ''),
    mostly('right', 'long', 'short', 'none', 'chunked', 'bad chunks', 'endless chunk', 'both', 'negative'),
  )
  .map(([text, form, type, length]) => {
    const [content, encoding] = encoded(text, form);
    const [framed, framing] = framedAs(content, length);
    const headers = [encoding && `Content-Encoding: ${encoding}`, type && `Content-Type: ${type}`, ...framing];
    return {
      content: framed,
      headers: headers.filter((header) => header !== ''),
      short: length === 'long' || length === 'endless chunk',
    };
  });

function encoded(text: string, form: string): [content: Buffer, encoding: string] {
  const plain = Buffer.from(text);
  switch (form) {
    case 'utf8':
      return [plain, ''];
    case 'latin1':
    case 'utf16le':
      return [Buffer.from(text, form), ''];
    case 'gzip':
      return [gzipSync(plain), 'gzip'];
    case 'cut':
      return [gzipSync(plain).subarray(0, 15), 'gzip'];
    case 'deflate':
      return [deflateSync(plain), 'deflate'];
    default:
      return [plain, form === 'not gzip' ? 'gzip' : form];
  }
}

function framedAs(content: Buffer, length: string): [framed: Buffer, headers: string[]] {
  const size = content.length;
  const chunked = Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), content, Buffer.from('\r\n0\r\n\r\n')]);
  const transfer = 'Transfer-Encoding: chunked';
  switch (length) {
    case 'right':
      return [content, [`Content-Length: ${String(size)}`]];
    case 'long':
      return [content, [`Content-Length: ${String(size + 5)}`]];
    case 'short':
      return [content, [`Content-Length: ${String(Math.max(0, size - 5))}`]];
    case 'negative':
      return [content, ['Content-Length: -1']];
    case 'chunked':
      return [size === 0 ? Buffer.from('0\r\n\r\n') : chunked, [transfer]];
    case 'bad chunks':
      return [Buffer.from('zz\r\nx\r\n0\r\n\r\n'), [transfer]];
    case 'endless chunk':
      return [Buffer.from('fffffffffff\r\nx'), [transfer]];
    case 'both':
      return [chunked, [transfer, `Content-Length: ${String(size)}`]];
    default:
      return [content, []];
  }
}

const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'X',
];
const ORDERS = [
  '/api/v1/alertmanager',
  '/api/v1/restarts',
  '/api/v1/incidents/7/release',
  '/api/v1/breakers/prod/close',
  '/api/v1/pause',
  '/api/v1/resume',
];
const OPERATIONS = Object.keys(openapi['paths'] as object);
const PAGES = [
  '/',
  '/metrics',
  '/probe',
  '/sd',
  '/-/healthy',
  '/-/ready',
  '/-/reload',
  '/ui/jobs',
  '/ui/incidents',
  '/runbooks',
  '/runbooks/FlinkJobFailed',
  '/ui/jobs/prod/orders',
  '/ui/incidents/1',
  '/ui/configuration',
  '/ui/style.css',
  '/status',
  '/ui',
];
const strange = fc.oneof(
  fc.constantFrom(
    '%',
    '%00',
    '%ff',
    '%2e%2e',
    '..',
    '.',
    '%2f',
    '%5c',
    '//',
    ':id',
    '*',
    '[',
    ';',
    '%F0%9F%98%80',
    'é',
    '\\',
    '%0d%0aX:y',
    '__proto__',
    'constructor',
    '-1',
    '1e9',
    '999999999999999999999',
  ),
  fc.constantFrom('prod', 'orders', '1'.repeat(32), '7', 'x'.repeat(8_000)),
  fc.string({ unit: 'binary-ascii', maxLength: 8 }).map((text) => text.replaceAll(/[\r\n ]/g, '_')),
);
const path = fc.oneof(
  fc
    .tuple(fc.constantFrom(...OPERATIONS), fc.array(strange, { minLength: 2, maxLength: 2 }))
    .map(([template, values]) => {
      const left = [...values];
      return template.replaceAll(/\{\w+\}/g, () => left.pop() ?? '');
    }),
  fc.constantFrom(...OPERATIONS, ...PAGES),
  fc
    .tuple(fc.constantFrom('', ...OPERATIONS, ...PAGES), fc.array(strange, { maxLength: 3 }))
    .map(([base, parts]) => [base, ...parts].join('/')),
  fc.constantFrom('*', 'http://elsewhere/metrics', 'http://[', '//elsewhere/metrics', 'metrics', ''),
);
const name = fc.constantFrom(
  'flink_cluster',
  'target',
  'state',
  'job',
  'job_name',
  'limit',
  'page',
  'before',
  'format',
  'a[b]',
  'a[]',
  '__proto__[x]',
  'name[]',
  '%',
);
const query = fc
  .array(fc.tuple(name, fc.oneof(strange, fc.constantFrom('prod', 'FAILED', '', '0', 'NaN', 'Infinity'))), {
    maxLength: 4,
  })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`));
const header = fc.oneof(
  fc.constantFrom(
    'Accept: application/openmetrics-text; version=1.0.0; q=1e999',
    'Accept: text/html',
    'Accept: text/*;q=0, */*;q=-1',
    'Accept: ;;;,,,',
    'Accept-Encoding: gzip',
    'Accept-Encoding: gzip;q=0,*',
    'Accept-Encoding: br, identity;q=0',
    'X-Prometheus-Scrape-Timeout-Seconds: -1e308',
    'X-Prometheus-Scrape-Timeout-Seconds: 0.6',
    'Range: bytes=0-0',
    'If-None-Match: *',
    'Expect: 100-continue',
    'Expect: x',
    'Upgrade: h2c',
    'Host: other',
    'Cookie: \xff',
    'X-Forwarded-For: 1.2.3.4',
    'X-HTTP-Method-Override: DELETE',
    'Sec-Fetch-Site: cross-site',
    'Origin: null',
    'Referer: \x80',
    'Bad Name: x',
    ': x',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((text) => `X-Y: ${text.replaceAll(/[\r\n]/g, '')}`),
  fc.constantFrom(200, 20_000).map((length) => `X-Long: ${'x'.repeat(length)}`),
);
const login = fc.oneof(
  { weight: 6, arbitrary: fc.constant(RIGHT) },
  fc.constantFrom('Authorization: Bearer wrong', 'Authorization: Basic ====', 'Authorization: \xff', 'X-None: 1'),
);

const anything = fc.tuple(
  fc.constantFrom(...METHODS),
  path,
  query,
  fc.array(header, { maxLength: 3 }),
  login,
  fc.option(body),
);
const order = fc.tuple(
  fc.constant('POST'),
  fc.constantFrom(...ORDERS),
  fc.constant(''),
  fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(header, { maxLength: 2 })),
  login,
  body,
);
const hostile = fc.oneof(anything, order).map(([method, where, asked, headers, credentials, sent]): HostileRequest => {
  const lines = [
    `${method} ${where}${asked} HTTP/1.1`,
    'Host: medic',
    'Connection: close',
    credentials,
    ...headers,
    ...(sent?.headers ?? (method === 'POST' ? ['Content-Length: 0'] : [])),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return {
    bytes: Buffer.concat([head, sent?.content ?? Buffer.alloc(0)]),
    from: credentials === RIGHT ? '127.0.0.1' : STRANGER,
    short: sent?.short ?? false,
  };
});

const CALLERS = { authorization: { credentials: 'token' } };

it('answers every request, as it may, and goes on', { timeout: fuzzTimeout(RUNS) }, async () => {
  const { cluster, jobManager } = await startCluster();
  cluster.submit({ name: 'orders' }).run().fail();
  const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl] }], webhook: CALLERS, api: CALLERS };
  const medic = await RunningMedic.start({ config });
  const statuses = new Map<number | undefined, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
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
