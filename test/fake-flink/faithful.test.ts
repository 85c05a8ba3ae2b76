/** The fake says nothing that a real Flink does not say: its documents have no field, and no type, of their own. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeCluster } from './fake-cluster.ts';
import type { FakeJob } from './fake-job.ts';
import type { FlinkVersion } from './flink-version.ts';
import { ROUTES } from './routes.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url).pathname;

/** What the jobs of the recorded clusters went through (see test/fixtures/README.md). */
const LIVES: Readonly<Record<string, (job: FakeJob) => unknown>> = {
  running: (job) => checkpointed(job),
  restarting: (job) => checkpointed(job).restart(),
  canceled: (job) => checkpointed(job).cancel(),
  finished: (job) => checkpointed(job).finish(),
  failed: (job) => checkpointed(job).restart().restarted().restart().restarted().restart().restarted().fail(),
  'failed-in-initialisation': (job) => job.failInitialisation(),
};

function checkpointed(job: FakeJob): FakeJob {
  job.completeCheckpoint();
  return job;
}

const DOCUMENTS: Readonly<Record<string, string>> = {
  details: '/jobs/:jobid',
  checkpoints: '/jobs/:jobid/checkpoints',
  'checkpoints-config': '/jobs/:jobid/checkpoints/config',
  exceptions: '/jobs/:jobid/exceptions',
};

/** Paths of all fields that hold something, with their types: `latest.completed.id number`. */
function shapeOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => shapeOf(element, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [`${path} ${value === null ? 'null' : typeof value}`];
  return Object.entries(value).flatMap(([key, inner]) => shapeOf(inner, `${path}.${key}`));
}

/** Vertex metrics are numbers or the string "NaN" in Flink too, depending on the moment. */
function settled(shape: readonly string[]): string[] {
  return shape.map((field) => field.replace(/(accumulated-busy-time) (string|number)/, '$1 any'));
}

function fakeOf(version: FlinkVersion, name: string): { readonly cluster: FakeCluster; readonly job: FakeJob } {
  const cluster = new FakeCluster({ version });
  const job = cluster.submit({ name }).run();
  LIVES[name]?.(job);
  return { cluster, job };
}

describe.each([
  ['1.20.3', '1.20'],
  ['2.3.0', '2.3'],
] as const)('against the recorded answers of %s', (recorded, version) => {
  const rest = join(FIXTURES, `flink-${recorded}`, 'rest');
  const real = (path: string) => settled(shapeOf(JSON.parse(readFileSync(join(rest, path), 'utf8'))));

  it.each([
    ['overview.json', '/overview'],
    ['config.json', '/config'],
    ['jobs-overview.json', '/jobs/overview'],
  ])('%s', (file, route) => {
    const { cluster } = fakeOf(version, 'running');
    const answer = ROUTES.get(route)?.(cluster, '', new URLSearchParams());
    expect(real(file)).toEqual(expect.arrayContaining(shapeOf(answer?.body)));
  });

  it.each(Object.keys(LIVES).flatMap((name) => Object.entries(DOCUMENTS).map(([file, route]) => [name, file, route])))(
    '%s: %s',
    (name, file, route) => {
      const { cluster, job } = fakeOf(version, name);
      const answer = ROUTES.get(route)?.(cluster, job.jobId, new URLSearchParams());
      const shape = settled(shapeOf(JSON.parse(JSON.stringify(answer?.body))));
      expect(shape.length).toBeGreaterThan(0);
      expect(real(join('jobs', name, `${file}.json`))).toEqual(expect.arrayContaining(shape));
    },
  );
});
