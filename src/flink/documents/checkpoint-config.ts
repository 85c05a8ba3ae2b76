/**
 * `GET /jobs/:jobid/checkpoints/config` and the archive entry of that path (`CheckpointConfigInfo` of
 * `runtime/rest/messages/checkpoints`).
 */

import type { CheckpointConfig } from '../../core/facts.ts';
import { isCheckpointingDisabled } from './checkpointing-disabled.ts';
import { optional } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { flag, long, object } from './shapes.ts';

const configSchema = object({
  interval: long,
  timeout: long,
  externalization: object({ enabled: flag, delete_on_cancellation: flag }),
});

/**
 * @param value the parsed JSON
 * @returns undefined for the error body that says that checkpointing is off
 * @throws {MedicError} `schema`
 */
export function parseCheckpointConfig(value: unknown): CheckpointConfig | undefined {
  if (isCheckpointingDisabled(value)) {
    return undefined;
  }
  const { interval, timeout, externalization } = parseDocument(configSchema, value, '/jobs/:jobid/checkpoints/config');
  // Long.MAX_VALUE says that only savepoints are taken.
  const periodic = interval > 0 && Number.isSafeInteger(interval);
  return {
    ...optional('intervalMs', periodic ? interval : undefined),
    timeoutMs: timeout,
    retained: externalization.enabled,
    deletedOnCancellation: externalization.delete_on_cancellation,
  };
}
