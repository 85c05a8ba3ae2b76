/** Stories for a simulated cluster and for a flink-medic before it: what happens, what is looked at, and how long it takes. */

import * as fc from 'fast-check';
import { ENDED_STATUSES } from '../../../src/core/states.ts';
import type { SimulatedFlink } from './simulated-flink.ts';
import { GRACE_MS } from './watch.ts';

export const IDS = ['a', 'b'];
export const NAMES = ['orders', 'payments'];

const jobId = fc.constantFrom(...IDS);
const flag = fc.boolean();

/** What happens in the cluster. */
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      jobId,
      name: fc.constantFrom(...NAMES),
      restore: flag,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('checkpoint' as const), jobId }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      jobId,
      status: fc.constantFrom(...ENDED_STATUSES),
      archived: flag,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), index: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('boot' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('recover' as const) }) },
);

/** What flink-medic does meanwhile. */
const look = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('observe' as const),
      /** Running jobs that the list leaves out. */
      omitted: fc.subarray(IDS),
      /** Ids that nobody answers for. */
      unanswered: fc.subarray(IDS),
      facts: flag,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), index: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), complete: flag }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reread' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const) }) },
);

export type Step =
  typeof event extends fc.Arbitrary<infer E> ? (typeof look extends fc.Arbitrary<infer L> ? E | L : never) : never;

const pause = fc.constantFrom(1_000, 6_000, GRACE_MS + 1, 400_000);
/** Steps, each with the milliseconds that pass before it. */
export const story = fc.array(fc.tuple(fc.oneof(event, look), pause), { maxLength: 50, size: 'max' });

/** A step of a story, as far as it happens in the cluster. */
export function happen(flink: SimulatedFlink, step: Step): void {
  if (step.kind === 'submit') flink.submit(step.jobId, step.name, step.restore);
  else if (step.kind === 'checkpoint') flink.checkpoint(step.jobId);
  else if (step.kind === 'end') flink.end(step.jobId, step.status, step.archived);
  else if (step.kind === 'write') flink.writeArchive(step.index);
  else if (step.kind === 'kill') flink.kill();
  else if (step.kind === 'boot') flink.boot();
  else if (step.kind === 'recover') flink.recover();
}
