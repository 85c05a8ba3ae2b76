/**
 * `/jobs/:jobid/checkpoints` and `/jobs/:jobid/checkpoints/config`, the same in all versions, and what is said instead of
 * them for a job without checkpoints (measured: a BATCH job).
 */

import type { FakeCheckpoints, FakeSnapshot } from './fake-checkpoints.ts';

/** Java's `Long.MAX_VALUE`, which JSON.stringify could not write exactly: as text, to be put in afterwards. */
export const LONG_MAX = '9223372036854775807';

export const NO_STATISTICS = 'Checkpointing has not been enabled.';

export function noConfig(jobId: string): string {
  return `Checkpointing is not enabled for this job (${jobId}).`;
}

export function renderCheckpoints(checkpoints: FakeCheckpoints): object {
  const { restored, completed, failed, latestCompleted, latestSavepoint, latestFailed, latestRestored } = checkpoints;
  return {
    counts: { restored, total: restored + completed + failed, in_progress: 0, completed, failed },
    summary: {},
    latest: {
      completed: latestCompleted ? renderSnapshot(latestCompleted) : null,
      savepoint: latestSavepoint ? renderSnapshot(latestSavepoint) : null,
      failed: latestFailed ? renderFailed(latestFailed) : null,
      restored: latestRestored
        ? {
            id: latestRestored.id,
            restore_timestamp: latestRestored.restoredAt,
            is_savepoint: latestRestored.byPath,
            external_path: latestRestored.path,
          }
        : null,
    },
    history: [],
  };
}

export function renderCheckpointConfig({ settings }: FakeCheckpoints): object {
  const { intervalMs, timeoutMs, retention } = settings;
  return {
    mode: 'exactly_once',
    interval: intervalMs,
    timeout: timeoutMs,
    min_pause: 0,
    max_concurrent: 1,
    externalization: { enabled: retention !== 'never', delete_on_cancellation: retention !== 'retain_on_cancellation' },
    state_backend: 'HashMapStateBackend',
    checkpoint_storage: 'FileSystemCheckpointStorage',
    unaligned_checkpoints: false,
    tolerable_failed_checkpoints: 0,
    aligned_checkpoint_timeout: 0,
    checkpoints_after_tasks_finish: true,
    state_changelog_enabled: false,
  };
}

export function renderSnapshot(snapshot: FakeSnapshot): object {
  return {
    ...renderEntry('completed', snapshot.id, snapshot.savepoint, snapshot.triggeredAt, snapshot.durationMs),
    checkpointed_size: snapshot.sizeBytes,
    state_size: snapshot.sizeBytes,
    external_path: snapshot.path,
    discarded: snapshot.discarded,
  };
}

function renderFailed({ id, failedAt }: { readonly id: number; readonly failedAt: number }): object {
  return {
    ...renderEntry('failed', id, false, failedAt, 0),
    checkpointed_size: 0,
    state_size: 0,
    failure_timestamp: failedAt,
    failure_message: 'Checkpoint expired before completing.',
  };
}

function renderEntry(kind: string, id: number, savepoint: boolean, triggeredAt: number, durationMs: number): object {
  return {
    className: kind,
    id,
    status: kind.toUpperCase(),
    is_savepoint: savepoint,
    savepointFormat: savepoint ? 'CANONICAL' : null,
    trigger_timestamp: triggeredAt,
    latest_ack_timestamp: triggeredAt + durationMs,
    end_to_end_duration: durationMs,
    alignment_buffered: 0,
    processed_data: 0,
    persisted_data: 0,
    num_subtasks: 1,
    num_acknowledged_subtasks: 1,
    checkpoint_type: savepoint ? 'SAVEPOINT' : 'CHECKPOINT',
    tasks: {},
  };
}
