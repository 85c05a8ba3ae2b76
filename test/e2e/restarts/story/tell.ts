/** Tells one story from its beginning to its end, and says what went wrong in it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scene } from './scene.ts';
import { act, type Step } from './steps.ts';
import { Story } from './story.ts';

/** @throws with everything that happened, when something did that must not */
export async function tell(scene: Scene, steps: readonly Step[], parent = tmpdir()): Promise<Story> {
  const folder = mkdtempSync(join(parent, 'flink-medic-story-'));
  const story = new Story(scene, folder);
  try {
    await story.startProgram(0);
    for (const cluster of story.clusters) cluster.start('orders');
    await story.advance(61_000);
    for (const step of steps) {
      story.note(JSON.stringify(step));
      await act(story, step);
      await story.check();
      if (story.violations.length > 0) break;
    }
    if (story.violations.length === 0) await story.calm();
    if (story.violations.length > 0) {
      throw new Error(`${story.violations.join('\n')}\nin the story of\n${story.told.join('\n')}`);
    }
    return story;
  } finally {
    await story.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
