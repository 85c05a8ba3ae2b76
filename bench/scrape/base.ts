/**
 * The base: prom-client with the series of a page of ours, and the page made as its documentation says. A change sets the
 * values that a completed checkpoint changes, with label sets that were made before.
 */

import { createReadStream } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { Counter, Gauge, Registry } from 'prom-client';
import { serve } from './rounds.ts';

const CHANGED_BY_A_CHECKPOINT = [
  'flink_job_checkpoints_completed_total',
  'flink_job_checkpoint_last_timestamp_seconds',
  'flink_job_checkpoint_last_duration_seconds',
  'flink_job_checkpoint_last_size_bytes',
  'flink_job_restore_point_timestamp_seconds',
];

type Labels = Readonly<Record<string, string>>;
type Metric = Gauge | Counter;

const compress = promisify(gzip);
const registry = new Registry();
const changing = new Map<Metric, Labels[]>();

/** Registers what a page in text 0.0.4 has, line by line: a page may be larger than a string can be. */
async function fill(path: string): Promise<void> {
  let help = '';
  let type = '';
  let metric: Metric | undefined;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [, keyword, rest = ''] = /^# (HELP|TYPE) \S+ (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') [help, metric] = [rest, undefined];
    else if (keyword === 'TYPE') type = rest;
    else {
      const [, name = '', labelText = '', value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      const labels = Object.fromEntries(
        [...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]),
      );
      metric ??= register(name, type, help, Object.keys(labels));
      if (metric instanceof Gauge) metric.set(labels, Number(value));
      else metric.inc(labels, Number(value));
      changing.get(metric)?.push(labels);
    }
  }
}

function register(name: string, type: string, help: string, labelNames: readonly string[]): Metric {
  const options = { name, help, labelNames, registers: [registry] };
  const metric = type === 'counter' ? new Counter(options) : new Gauge(options);
  if (CHANGED_BY_A_CHECKPOINT.includes(name)) changing.set(metric, []);
  return metric;
}

function change(share: number): () => void {
  const every = Math.round(1 / share);
  return () => {
    for (const [metric, series] of changing) {
      for (let index = 0; index < series.length; index += every) {
        const labels = series[index] ?? {};
        if (metric instanceof Gauge) metric.set(labels, Date.now());
        else metric.inc(labels);
      }
    }
  };
}

const answer: RequestListener = (request, response) => {
  void registry.metrics().then(async (text) => {
    response.setHeader('Content-Type', registry.contentType);
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return response.end(text);
    response.setHeader('Content-Encoding', 'gzip');
    return response.end(await compress(text, { level: constants.Z_BEST_SPEED }));
  });
};

await fill(process.argv[2] ?? '');
await serve(answer, change);
