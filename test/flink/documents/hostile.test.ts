import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import { parseCheckpointConfig } from '../../../src/flink/documents/checkpoint-config.ts';
import { parseCheckpointStatistics } from '../../../src/flink/documents/checkpoint-statistics.ts';
import { parseClusterOverview } from '../../../src/flink/documents/cluster-overview.ts';
import { parseDashboardConfig } from '../../../src/flink/documents/dashboard-config.ts';
import { parseExceptionHistory } from '../../../src/flink/documents/exception-history.ts';
import { parseJobDetails } from '../../../src/flink/documents/job-details.ts';
import { parseJobManagerConfig } from '../../../src/flink/documents/job-manager-config.ts';
import { parseJobMetrics } from '../../../src/flink/documents/job-metrics.ts';
import { parseJobsOverview } from '../../../src/flink/documents/jobs-overview.ts';
import { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import { FLINK_VERSIONS } from '../../fake-flink/flink-version.ts';
import { ROUTES } from '../../fake-flink/routes.ts';
import { damaged } from '../../support/damaged.ts';

const PARSERS: ReadonlyMap<string, (value: unknown) => unknown> = new Map<string, (value: unknown) => unknown>([
  ['/overview', parseClusterOverview],
  ['/config', parseDashboardConfig],
  ['/jobmanager/config', parseJobManagerConfig],
  ['/jobs/overview', parseJobsOverview],
  ['/jobs/:jobid', parseJobDetails],
  ['/jobs/:jobid/checkpoints', parseCheckpointStatistics],
  ['/jobs/:jobid/checkpoints/config', parseCheckpointConfig],
  ['/jobs/:jobid/exceptions', parseExceptionHistory],
  ['/jobs/:jobid/metrics', parseJobMetrics],
]);

/** Good documents of every version. */
function documentsOf(route: string): unknown[] {
  return FLINK_VERSIONS.map((version) => {
    const cluster = new FakeCluster({ version, options: { a: 'b' } });
    const job = cluster.submit({ name: 'orders' }).run();
    job.completeCheckpoint();
    job.takeSavepoint();
    job.restart().restarted();
    cluster.metrics.ask(job.jobId);
    const answer = ROUTES.get(route)?.(cluster, job.jobId, new URLSearchParams());
    return JSON.parse(JSON.stringify(answer?.body));
  });
}

/** Whether the parser takes the value or refuses it as it should: with code `schema` and a message of bounded length. */
function isHarmless(parse: (value: unknown) => unknown, value: unknown): boolean {
  try {
    parse(value);
    return true;
  } catch (error) {
    return error instanceof MedicError && error.code === 'schema' && error.message.length < 500;
  }
}

describe.each([...PARSERS])('%s', (route, parse) => {
  it.each(documentsOf(route).map((document, index) => [FLINK_VERSIONS[index], document] as const))(
    'reads the document of %s',
    (_, document) => {
      expect(() => parse(document)).not.toThrow();
    },
  );

  it('survives any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(isHarmless(parse, value)).toBe(true);
      }),
    );
  });

  it('survives damage to a good document', () => {
    const parts = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom(-1, 2 ** 63, 1e308, '', '\uD800', '__proto__'));
    fc.assert(
      fc.property(
        fc.constantFrom(...documentsOf(route)),
        fc.infiniteStream(fc.nat()),
        parts,
        (document, stream, part) => {
          const pick = (choices: number) => Number(stream.next().value) % choices;
          expect(isHarmless(parse, damaged(document, pick, part))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('survives depth and __proto__', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(isHarmless(parse, deep)).toBe(true);
    const inherited = JSON.parse('{"__proto__": {"jobs": []}, "constructor": 1, "toString": null}');
    expect(isHarmless(parse, inherited)).toBe(true);
    expect(Object.prototype).not.toHaveProperty('jobs');
  });
});
