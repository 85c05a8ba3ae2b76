/** Documents of real JobManagers with anything in them: facts or a MedicError, and no number that is none. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import { parseArchivedJobs } from '../../../src/flink/documents/archived-jobs.ts';
import { parseCheckpointConfig } from '../../../src/flink/documents/checkpoint-config.ts';
import { parseCheckpointStatistics } from '../../../src/flink/documents/checkpoint-statistics.ts';
import { parseClusterOverview } from '../../../src/flink/documents/cluster-overview.ts';
import { parseDashboardConfig } from '../../../src/flink/documents/dashboard-config.ts';
import { parseExceptionHistory } from '../../../src/flink/documents/exception-history.ts';
import { parseNotStarted, parseStarted } from '../../../src/flink/documents/jar-run.ts';
import { parseJars, parseUploadedJar } from '../../../src/flink/documents/jars.ts';
import { parseJobDetails } from '../../../src/flink/documents/job-details.ts';
import { parseJobManagerConfig } from '../../../src/flink/documents/job-manager-config.ts';
import { parseJobMetrics } from '../../../src/flink/documents/job-metrics.ts';
import { parseJobsOverview } from '../../../src/flink/documents/jobs-overview.ts';
import { fuzzed, fuzzTimeout } from '../../support/fuzz.ts';
import { hostileJson } from '../../support/hostile-json.ts';

const RUNS = 800;
/** Ten times what the longest takes. */
const AT_MOST_MS = 3_000;

const PARSERS: readonly ((value: unknown) => unknown)[] = [
  parseArchivedJobs,
  parseCheckpointConfig,
  parseCheckpointStatistics,
  parseClusterOverview,
  parseDashboardConfig,
  parseExceptionHistory,
  parseJars,
  parseJobDetails,
  parseJobManagerConfig,
  parseJobMetrics,
  parseJobsOverview,
  parseNotStarted,
  parseStarted,
  parseUploadedJar,
];

const documents = ['1.20.3', '2.3.0'].flatMap((version) => {
  const root = join(import.meta.dirname, '../../fixtures', `flink-${version}`);
  return ['rest', 'history-server'].flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(root, part, name), 'utf8')),
  );
});

/** What a parser makes of a value: its facts, or nothing. @throws what is no MedicError `schema` of bounded length */
function factsOf(parse: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof MedicError && error.code === 'schema' && error.message.length < 500) return undefined;
    throw error;
  }
}

/** Whether every number in it, at any depth, is one. */
function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value instanceof Error) return true;
  if (value instanceof Map) return [...value.values()].every(isFinite);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFinite);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

it('gives facts or says what does not fit, in bounded time', { timeout: fuzzTimeout(RUNS) }, () => {
  fc.assert(
    fc.property(fc.constantFrom(...documents).chain(hostileJson), (text) => {
      const value = parsed(text);
      for (const parse of PARSERS) {
        const startedAt = performance.now();
        const facts = factsOf(parse, value);
        expect([parse.name, isFinite(facts)]).toEqual([parse.name, true]);
        expect(performance.now() - startedAt).toBeLessThan(AT_MOST_MS);
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    fuzzed(RUNS),
  );
});

it.each([
  ['nothing', '0'],
  ['empty', '{}'],
])('does not describe each of many elements that are %s', (_, element) => {
  const list = `[${`${element},`.repeat(300_000)}0]`;
  const labels = `{${Array.from({ length: 100_000 }, (_label, index) => `"${String(index)}":0`).join(',')}}`;
  for (const text of [
    list,
    `{"jobs":${list},"files":${list},"vertices":${list},"errors":${list},"exceptionHistory":{"entries":${list}}}`,
    `{"exceptionHistory":{"entries":[{"timestamp":1,"failureLabels":${labels}}]}}`,
    `{"exceptionHistory":{"entries":[{"timestamp":1,"concurrentExceptions":${list}}]}}`,
  ]) {
    const value = parsed(text);
    for (const parse of PARSERS) {
      const startedAt = performance.now();
      factsOf(parse, value);
      expect([parse.name, performance.now() - startedAt < AT_MOST_MS]).toEqual([parse.name, true]);
    }
  }
});

it('says of a list only what is wrong with its first misfit, and of a long one that it is long', () => {
  expect(() => parseJobMetrics([{ id: 'a' }, 0, 0])).toThrow(/metrics: \[1\]: expected object, received number$/);
  const long = Array.from({ length: 100_001 }, () => 0);
  expect(() => parseJobMetrics(long)).toThrow(/metrics: expected at most 100000 elements$/);
});

it('takes a list of jobs of which hardly any fits for none', () => {
  const jobs = Array.from({ length: 10_001 }, () => 0);
  expect(parseJobsOverview({ jobs: jobs.slice(1) }).misfits).toHaveLength(10_000);
  expect(() => parseJobsOverview({ jobs })).toThrow('/jobs/overview: jobs[10000]: expected object');
});
