/**
 * Fills a new ledger with a `large-fleet.ts`, as flink-medic itself would have: through the histories of the clusters and
 * the real ledger. The archives lie in a folder for each cluster, as long and old as the ledger says, so that none is read.
 */

import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import type { ListedJob } from '../../src/core/facts.ts';
import {
  withAllLearned,
  withCheckpointConfig,
  withCheckpoints,
  withDetails,
  withRestarts,
} from '../../src/core/run-facts.ts';
import type { ArchiveFile, Ledger } from '../../src/ledger/ledger.ts';
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import {
  AGE_MS,
  CHECKPOINT_CONFIG,
  CHECKPOINT_INTERVAL_MS,
  CHECKPOINTS,
  clusterName,
  type FleetSize,
  liveJobs,
  outcomeOf,
  shareOf,
  tasksIn,
} from './large-fleet.ts';

/** Runs of a transaction. */
const SLICE = 2_000;
const ARCHIVE = '{}';

/** @param folder gets a folder for each cluster */
export async function fillLedger(ledger: Ledger, size: FleetSize, folder: string, now: number): Promise<void> {
  for (let cluster = 0; cluster < size.clusters; cluster++) {
    const history = new ClusterHistory(clusterName(cluster), { runs: [], names: [] });
    live(history, liveJobs(cluster, size), now);
    await commit(ledger, history, []);
    const archives = join(folder, clusterName(cluster));
    mkdirSync(archives, { recursive: true });
    let files: ArchiveFile[] = [];
    const ended = shareOf(size.ended, size);
    for (let index = 0; index < ended; index++) {
      const outcome = outcomeOf(cluster, index, size, now);
      const path = join(archives, outcome.jobId);
      const writtenAt = outcome.endTime / 1000;
      writeFileSync(path, ARCHIVE);
      utimesSync(path, writtenAt, writtenAt);
      history.archived({ outcome, path, source: 'archive' }, outcome.endTime + 1000);
      files.push({
        folder: archives,
        path,
        jobId: outcome.jobId,
        size: ARCHIVE.length,
        mtimeMs: outcome.endTime,
        state: 'indexed',
        run: { cluster: history.cluster, jobId: outcome.jobId, generation: 1 },
      });
      if (files.length < SLICE && index < ended - 1) continue;
      await commit(ledger, history, files);
      files = [];
    }
  }
}

async function commit(ledger: Ledger, history: ClusterHistory, archiveFiles: readonly ArchiveFile[]): Promise<void> {
  const { runs, names, events } = history.drain();
  await ledger.commit({ ...NO_CHANGES, runs, names, events, archiveFiles });
}

function live(history: ClusterHistory, known: ReturnType<typeof liveJobs>, now: number): void {
  const startTime = now - AGE_MS;
  const when = { at: now, jobManagerAt: now };
  const jobs = known.map(
    (job): ListedJob => ({
      ...job,
      state: 'RUNNING',
      startTime,
      duration: AGE_MS,
      lastModification: startTime,
      tasks: tasksIn('RUNNING'),
    }),
  );
  history.listed(jobs, new Map(), when);
  for (const job of jobs) {
    const details = { ...job, timestamps: { RUNNING: startTime }, jobType: 'STREAMING' } as const;
    history.learn({ cluster: history.cluster, jobId: job.jobId, generation: 1 }, (run) =>
      withAllLearned(
        withRestarts(
          withCheckpoints(
            withCheckpointConfig(withDetails(run, details), CHECKPOINT_CONFIG),
            {
              restored: 0,
              completed: CHECKPOINTS,
              failed: 0,
              latestCompleted: {
                id: CHECKPOINTS,
                kind: 'checkpoint',
                triggeredAt: now - CHECKPOINT_INTERVAL_MS,
                completedAt: now - CHECKPOINT_INTERVAL_MS + 25,
                durationMs: 25,
                sizeBytes: 4096,
                path: `file:/opt/flink/checkpoints/${job.jobId}/chk-${String(CHECKPOINTS)}`,
                discarded: false,
              },
            },
            false,
          ),
          0,
          0,
        ),
      ),
    );
  }
}
