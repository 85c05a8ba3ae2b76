/** A job that was stopped with a savepoint stays down, also when its savepoint cannot be seen. */

import { expect, it } from 'vitest';
import type { Checkpoints } from '../../../src/core/run.ts';
import type { Situation } from '../../../src/core/restart/situation.ts';
import { freshLookStage } from '../../../src/core/restart/stages/fresh-look.ts';
import { END, ended, lookWith, policyWith, runWith, situationWith } from './support/situation.ts';

function stopped(checkpoints?: Partial<Checkpoints>): Situation {
  const none = { carried: 0, current: 0 };
  const run = runWith({
    state: 'FINISHED',
    final: { status: 'FINISHED', source: 'live', endTime: END, recordedAt: END },
    ...(checkpoints && { checkpoints: { completed: none, failed: none, readAfterEnd: false, ...checkpoints } }),
  });
  return situationWith({ ...ended('FINISHED', { run, sameName: [run] }), policy: policyWith({ on: ['FINISHED'] }) });
}

it('waits while the checkpoints of the run were last read before it ended', () => {
  expect(freshLookStage(stopped({}), [lookWith()])).toMatchObject({ reason: 'cannot_verify' });
});

it('goes on when they were read after the end, have been read now, or do not exist', () => {
  expect(freshLookStage(stopped({ readAfterEnd: true }), [lookWith()])).toBeUndefined();
  const checkpoints = { restored: 0, completed: 0, failed: 0 };
  expect(freshLookStage(stopped({}), [lookWith({ checkpoints })])).toBeUndefined();
  expect(freshLookStage(stopped(), [lookWith()])).toBeUndefined();
});
