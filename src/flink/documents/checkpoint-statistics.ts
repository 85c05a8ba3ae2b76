/**
 * `GET /jobs/:jobid/checkpoints` and the archive entry of that path (`CheckpointingStatistics` of
 * `runtime/rest/messages/checkpoints`, the same from 1.17 to 2.4). The history is not read: the totals and the latest
 * ones are all that is needed.
 */

import type { CheckpointStatistics, RestoredSnapshot, Snapshot } from '../../core/facts.ts';
import { isCheckpointingDisabled } from './checkpointing-disabled.ts';
import { milliseconds, optional, optionalText } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { count, flag, nullable, object, type Shape, type Shaped } from './shapes.ts';

/** What Flink writes as the path of a checkpoint that lives in the JobManager's memory. */
const NOT_ADDRESSABLE = '<checkpoint-not-externally-addressable>';

const path: Shape<string | undefined> = (value, misfits) => {
  const taken = optionalText(value, misfits);
  return taken === NOT_ADDRESSABLE || taken === '' ? undefined : taken;
};

const completedSchema = object({
  id: count,
  is_savepoint: flag,
  trigger_timestamp: milliseconds,
  latest_ack_timestamp: milliseconds,
  state_size: count,
  end_to_end_duration: milliseconds,
  external_path: path,
  discarded: nullable(flag),
});

const restoredSchema = object({
  id: count,
  restore_timestamp: milliseconds,
  is_savepoint: flag,
  external_path: path,
});

const statisticsSchema = object({
  counts: object({ restored: count, completed: count, failed: count }),
  latest: nullable(
    object({
      completed: nullable(completedSchema),
      savepoint: nullable(completedSchema),
      restored: nullable(restoredSchema),
    }),
  ),
});

/**
 * @param value the parsed JSON
 * @returns undefined for the error body that says that checkpointing is off
 * @throws {MedicError} `schema`
 */
export function parseCheckpointStatistics(value: unknown): CheckpointStatistics | undefined {
  if (isCheckpointingDisabled(value)) {
    return undefined;
  }
  const { counts, latest } = parseDocument(statisticsSchema, value, '/jobs/:jobid/checkpoints');
  return {
    ...counts,
    ...optional('latestCompleted', snapshot(latest?.completed)),
    ...optional('latestSavepoint', snapshot(latest?.savepoint)),
    ...optional('latestRestored', restored(latest?.restored)),
  };
}

function snapshot(raw: Shaped<typeof completedSchema> | undefined): Snapshot | undefined {
  if (!raw) {
    return undefined;
  }
  const triggeredAt = raw.trigger_timestamp;
  // Both are -1 when no task acknowledged anything; a snapshot without tasks is complete at once.
  const completedAt =
    raw.end_to_end_duration >= 0
      ? triggeredAt + raw.end_to_end_duration
      : Math.max(triggeredAt, raw.latest_ack_timestamp);
  return {
    id: raw.id,
    kind: raw.is_savepoint ? 'savepoint' : 'checkpoint',
    triggeredAt,
    completedAt,
    durationMs: completedAt - triggeredAt,
    sizeBytes: raw.state_size,
    ...optional('path', raw.external_path),
    discarded: raw.discarded ?? false,
  };
}

function restored(raw: Shaped<typeof restoredSchema> | undefined): RestoredSnapshot | undefined {
  return raw
    ? {
        id: raw.id,
        restoredAt: raw.restore_timestamp,
        ...optional('path', raw.external_path),
        owned: !raw.is_savepoint,
      }
    : undefined;
}
