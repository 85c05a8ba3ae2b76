/**
 * Random stories of the whole bridge, checked at every step: always the same first ones, as many as the time allows.
 * `STORIES=2000 STORY_SEED=7` tells more and other ones; what fails is shrunk and printed with its seed.
 */

import * as fc from 'fast-check';
import { it, vi } from 'vitest';
import { sceneArb, type Step, stepsArb } from './steps.ts';
import type { Scene } from './scene.ts';
import { tell } from './tell.ts';

vi.mock('../../../../src/flink/rest-client.ts', () => import('./wire.ts'));

const SCENE = { watchdog: true, highlyAvailable: false, version: '2.3', clusters: 1, vanished: false } as const;

/** Stories that once ended badly. */
const EXAMPLES: [Scene, Step[]][] = [
  [
    SCENE,
    [
      { what: 'outage', a: 0, b: 0, c: 1 },
      { what: 'fullDisk', a: 0, b: 0, c: 0 },
      { what: 'wait', a: 4, b: 0, c: 0 },
    ],
  ],
];

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
        examples: EXAMPLES,
      },
    ),
  STORIES === undefined ? 2 * LIMIT_MS : 24 * 3_600_000,
);
