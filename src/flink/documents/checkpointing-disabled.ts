/**
 * The error body that stands for "this job has no checkpoints": sent with 404 by `/jobs/:jobid/checkpoints` and
 * `/jobs/:jobid/checkpoints/config`, and archived as if it were the document. The texts are those of
 * `runtime/rest/handler/job/checkpoints` from 1.17 to 2.3; a 404 for an unknown job has another text.
 */

import { z } from 'zod';
import { list } from './fields.ts';

const disabledSchema = z.object({
  errors: list(z.string().regex(/checkpointing (has not been|is not) enabled/i)).refine(({ length }) => length > 0),
});

export function isCheckpointingDisabled(value: unknown): boolean {
  return disabledSchema.safeParse(value).success;
}
