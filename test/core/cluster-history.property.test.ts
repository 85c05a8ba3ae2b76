/**
 * What must hold of a history whatever happens: a simulated cluster lives, its sources report in any order, flink-medic
 * looks or does not look, stops and starts. `Scene.check` and `Scene.checkEnds` say what that is.
 */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scene } from './support/scene.ts';
import { SimulatedFlink } from './support/simulated-flink.ts';
import { happen, story } from './support/story.ts';

describe('a history before a simulated cluster', () => {
  it('never lies and counts every end once', () => {
    fc.assert(
      fc.property(fc.boolean(), story, (ha, steps) => {
        const scene = new Scene(new SimulatedFlink(ha));
        for (const [step, ms] of steps) {
          scene.flink.now += ms;
          happen(scene.flink, step);
          scene.do(step);
          scene.check();
        }
        scene.finish();
        scene.check();
        scene.checkEnds();
      }),
      { numRuns: 1_500 },
    );
  });

  it('knows the same after any number of restarts', () => {
    const stops = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(fc.boolean(), story, stops, (ha, steps, isStop) => {
        const flink = new SimulatedFlink(ha);
        const steady = new Scene(flink);
        const stopped = new Scene(flink);
        for (const [step, ms] of steps) {
          flink.now += ms;
          happen(flink, step);
          steady.do(step);
          stopped.do(step);
          if (isStop.next().value === true) stopped.restart();
          expect(stopped.state()).toEqual(steady.state());
        }
      }),
      { numRuns: 800 },
    );
  });

  it('knows the same when what ended slept at any time', () => {
    const sleeps = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(fc.boolean(), story, sleeps, (ha, steps, isSleep) => {
        const flink = new SimulatedFlink(ha);
        const steady = new Scene(flink);
        const sleepy = new Scene(flink);
        for (const [step, ms] of steps) {
          flink.now += ms;
          happen(flink, step);
          steady.do(step);
          sleepy.do(step);
          if (isSleep.next().value === true) sleepy.sleep();
          expect(sleepy.state()).toEqual(steady.state());
        }
        steady.watch.drain();
        sleepy.watch.drain();
        expect(sleepy.watch.stored).toEqual(steady.watch.stored);
      }),
      { numRuns: 800 },
    );
  });

  it('knows the same in the end, in whatever order the sources report', () => {
    const order = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(fc.boolean(), story, order, order, (ha, steps, ...orders) => {
        const flink = new SimulatedFlink(ha);
        const scenes = orders.map(() => new Scene(flink));
        for (const [step, ms] of steps) {
          flink.now += ms;
          happen(flink, step);
          for (const scene of scenes) scene.do(step);
        }
        for (const act of [() => flink.boot(), () => flink.recover(), () => flink.writeArchives()]) {
          flink.now += 400_000;
          act();
        }
        for (const [i, scene] of scenes.entries()) scene.hear(orders[i] ?? []);
        const [one, other] = scenes.map((scene) => {
          scene.finish();
          return scene.outcome();
        });
        expect(other).toEqual(one);
      }),
      { numRuns: 800 },
    );
  });
});
