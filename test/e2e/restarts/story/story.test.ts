/**
 * Random stories of the whole bridge, checked at every step: always the same first ones, as many as the time allows.
 * `STORIES=2000 STORY_SEED=7` tells more and other ones; what fails is shrunk and printed with its seed.
 */

import * as fc from 'fast-check';
import { it, vi } from 'vitest';
import { sceneArb, stepsArb } from './steps.ts';
import { tell } from './tell.ts';

vi.mock('../../../../src/flink/rest-client.ts', () => import('./wire.ts'));

const { STORIES, STORY_SEED = '1' } = process.env;
const LIMIT_MS = 20_000;

it(
  'never does what it must not, whatever happens',
  () =>
    fc.assert(
      fc.asyncProperty(sceneArb, stepsArb, async (scene, steps) => {
        await tell(scene, steps);
      }),
      {
        ...(STORIES === undefined ? { interruptAfterTimeLimit: LIMIT_MS } : { numRuns: Number(STORIES) }),
        seed: Number(STORY_SEED),
      },
    ),
  STORIES === undefined ? 2 * LIMIT_MS : 24 * 3_600_000,
);
