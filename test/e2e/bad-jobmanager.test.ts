/** One JobManager that misbehaves harms nobody else: the real program, over real sockets, in real time. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { ANY_ROUTE, type Fault } from '../fake-flink/faults.ts';
import { startJobManager } from './support/fake.ts';
import { temporaryFolder } from './support/medic.ts';
import { MedicProcess } from './support/medic-process.ts';
import type { Page } from './support/page.ts';
import { startUnaccepting } from './support/unaccepting.ts';

const INTERVAL_MS = 1000;
const OBSERVED_MS = 8000;
/** Nobody waits for the time-out of another, which is as long as the interval; cores are shared with other tests. */
const LATE_MS = 700;
const SCRAPE_MS = 1000;
const MIB = 2 ** 20;
const ANSWER_BYTES = 200 * MIB;
const RESIDENT_BYTES = 400 * MIB;
/** What the program has open without any connection to a JobManager. */
const OWN_FILES = 40;
/** To each address, at most (`flink/connections.ts`). */
const CONNECTIONS = 6;

const FAULTS: Readonly<Record<string, { readonly fault: Fault; readonly reason: string }>> = {
  silent: { fault: { kind: 'hang' }, reason: 'timeout' },
  dripping: { fault: { kind: 'drip', everyMs: 1000 }, reason: 'timeout' },
  electing: { fault: { kind: 'status', status: 503 }, reason: 'http_5xx' },
  garbled: { fault: { kind: 'body', body: '\u0000<html>\uFFFD' }, reason: 'not_json' },
  another: { fault: { kind: 'body', body: '{"jobs":7}' }, reason: 'schema' },
  resetting: { fault: { kind: 'reset' }, reason: 'connection' },
  breaking: { fault: { kind: 'cut' }, reason: 'connection' },
};

/** Answers everything with 200 MB, as fast as they are taken. */
async function startHuge(): Promise<string> {
  const piece = Buffer.alloc(MIB, 'x');
  const pieces = Array.from({ length: ANSWER_BYTES / MIB }, () => piece);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    pipeline(Readable.from(pieces), response, () => undefined);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === 'object' && address?.port)}`;
}

function sampleOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

it('is counted by what it does, delays nobody, and takes little', async () => {
  const polls: Record<string, number[]> = { first: [], second: [] };
  const addresses: Record<string, string> = { huge: await startHuge(), unaccepting: await startUnaccepting() };
  for (const [name, times] of Object.entries(polls)) {
    const cluster = new FakeCluster();
    for (let index = 0; index < 20; index++) cluster.submit({ name: `job-${index}`, checkpointing: 'off' }).run();
    const onRequest = ({ route }: { route: string }) => route === '/jobs/overview' && times.push(performance.now());
    addresses[name] = (await startJobManager(cluster, { onRequest })).baseUrl;
  }
  for (const [name, { fault }] of Object.entries(FAULTS)) {
    const jobManager = await startJobManager(new FakeCluster());
    jobManager.faults.set(ANY_ROUTE, fault);
    addresses[name] = jobManager.baseUrl;
  }
  const folder = temporaryFolder();
  const clusters = Object.entries(addresses).map(([name, address]) => ({ name, jobmanagers: [address], archives: [] }));
  writeFileSync(
    join(folder, 'flink-medic.yml'),
    JSON.stringify({ observe: { interval: `${INTERVAL_MS}ms` }, clusters }),
  );
  const medic = new MedicProcess(['--config.file=flink-medic.yml'], folder);
  await medic.pageWith('flink_cluster_observation_failures_total{flink_cluster="unaccepting",reason="timeout"} 1');

  for (const times of Object.values(polls)) times.length = 0;
  const scrapes: { readonly ms: number; readonly resident: number; readonly files: number }[] = [];
  for (const end = performance.now() + OBSERVED_MS; performance.now() < end; ) {
    await setTimeout(200);
    const startedAt = performance.now();
    const { text } = await medic.page();
    const ms = performance.now() - startedAt;
    const resident = sampleOf(text, 'process_resident_memory_bytes');
    scrapes.push({ ms, resident, files: sampleOf(text, 'process_open_fds') });
  }
  const gaps = Object.values(polls).flatMap((times) => times.slice(1).map((at, index) => at - (times[index] ?? 0)));
  expect(gaps.length).toBeGreaterThanOrEqual(10);
  expect(Math.max(...gaps) - INTERVAL_MS).toBeLessThan(LATE_MS);
  expect(Math.max(...scrapes.map(({ ms }) => ms))).toBeLessThan(SCRAPE_MS);
  expect(Math.max(...scrapes.map(({ resident }) => resident))).toBeLessThan(RESIDENT_BYTES);
  expect(Math.max(...scrapes.map(({ files }) => files))).toBeLessThan(OWN_FILES + CONNECTIONS * clusters.length);

  const page = await medic.page();
  const reasons = Object.fromEntries(Object.entries(FAULTS).map(([name, { reason }]) => [name, [reason]]));
  expect(Object.fromEntries(Object.keys(addresses).map((name) => [name, failuresOf(page, name)]))).toEqual({
    ...{ huge: ['too_large'], unaccepting: ['timeout'], first: [], second: [] },
    ...reasons,
  });
  expect(page.lines('flink_cluster_up').filter((line) => line.endsWith(' 1'))).toEqual([
    'flink_cluster_up{flink_cluster="first"} 1',
    'flink_cluster_up{flink_cluster="second"} 1',
  ]);
});

/** The reasons that were counted. */
function failuresOf(page: Page, cluster: string): (string | undefined)[] {
  const lines = page.lines('flink_cluster_observation_failures_total', `flink_cluster="${cluster}"`);
  return lines.filter((line) => !line.endsWith(' 0')).map((line) => /reason="(\w+)"/.exec(line)?.[1]);
}
