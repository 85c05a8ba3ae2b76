import { expect, test } from 'vitest';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import type { Run } from '../../src/core/run.ts';
import { withCheckpointConfig, withCheckpoints, withFailure, withRestarts } from '../../src/core/run-facts.ts';
import { RUN_FAMILIES } from '../../src/metrics/families/run-families.ts';
import { archiveOf, checkpoint, listed } from '../core/support/facts.ts';

/** A live run of which everything was read, and one that ended. */
function anyRuns(): Run[] {
  const history = new ClusterHistory('prod', { runs: [], names: [] });
  history.listed([listed({ startTime: 1_000 })], new Map(), { at: 2_000, jobManagerAt: 2_000 });
  const ended = archiveOf({ jobId: 'b'.repeat(32), startTime: 1_000, endTime: 2_000 });
  history.archived({ outcome: ended, path: '/archives/b', source: 'archive' }, 2_000);
  const config = { intervalMs: 1_000, timeoutMs: 1_000, retained: true, deletedOnCancellation: false };
  const statistics = { restored: 0, completed: 1, failed: 0, latestCompleted: checkpoint(1) };
  const failure = { exception: 'java.lang.Error', message: '', task: 'map', labels: '', timestamp: 1_500 };
  return [...history.runs()].map((run) =>
    withFailure(withRestarts(withCheckpoints(withCheckpointConfig(run, config), statistics, false), 1, 0), failure),
  );
}

test.each(RUN_FAMILIES)('$name reads no other part of a run than it says', ({ reads = [], write }) => {
  const read = new Set<string>();
  for (const run of anyRuns()) {
    const watched = new Proxy(run, {
      get: (target, part) => {
        read.add(String(part));
        return target[part as keyof Run];
      },
    });
    write(() => undefined, { run: watched, exposure: 'full', superseded: false });
  }
  expect([...read].filter((part) => !reads.includes(part))).toEqual([]);
  expect(read.size).toBeGreaterThan(0);
});
