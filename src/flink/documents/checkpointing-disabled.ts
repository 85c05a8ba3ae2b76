/**
 * The error body that stands for "this job has no checkpoints": sent with 404 by `/jobs/:jobid/checkpoints` and
 * `/jobs/:jobid/checkpoints/config`, and archived as if it were the document. The texts are those of
 * `runtime/rest/handler/job/checkpoints` from 1.17 to 2.3; a 404 for an unknown job has another text.
 */

import { ifFits, list, matching, object, text } from './shapes.ts';

const DISABLED = /checkpointing (has not been|is not) enabled/i;

const disabled = object({ errors: list(matching(text, (error) => DISABLED.test(error), 'expected that text')) });

export function isCheckpointingDisabled(value: unknown): boolean {
  return (ifFits(disabled, value)?.errors.length ?? 0) > 0;
}
