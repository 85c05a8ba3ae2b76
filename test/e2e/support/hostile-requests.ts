/** Requests that no decent client would send, byte for byte, of fast-check: damaged bodies, wrong framing, strange addresses. */

import { deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { openapi } from '../../http/openapi.ts';
import { damaged } from '../../support/damaged.ts';

/** Those who have no credentials come from another address, so that only they are locked out. */
const STRANGER = '127.0.0.3';
export const RIGHT = 'Authorization: Bearer token';

export interface HostileRequest {
  readonly bytes: Buffer;
  readonly from: string;
  /** It promises more than it sends. */
  readonly short: boolean;
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
export const hostileRequest = fc
  .oneof(anything, order)
  .map(([method, where, asked, headers, credentials, sent]): HostileRequest => {
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
