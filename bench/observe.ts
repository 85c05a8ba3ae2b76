/**
 * What it costs to observe, and whether each cluster is observed in time.
 *
 *     npm run bench:observe -- [--jobs 10,100,1000] [--kinds without,each\ minute,overdue] [--minutes 10]
 *       [--clusters 10,50,200] [--seconds 45]
 *
 * First one cluster of steady jobs in simulated time: each class of requests as its JobManager counted them, what they may
 * be, and the processor time of flink-medic alone. Then `dist/main.js` in real time with many clusters of 25 jobs, some slow,
 * some that never answer: when each was asked for its list, by its JobManager's clock. `0` leaves a part out.
 */

import { parseArgs } from 'node:util';
import type { Kind } from './observe/fake-clusters.ts';
import { observeMany } from './observe/many-clusters.ts';
import { observeSteady, type Steady } from './observe/steady.ts';
import { machine } from './support/report.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10,100,1000' },
    kinds: { type: 'string', default: 'without,each minute,overdue' },
    minutes: { type: 'string', default: '10' },
    clusters: { type: 'string', default: '10,50,200' },
    seconds: { type: 'string', default: '45' },
  },
});
const kinds = values.kinds.split(',') as Kind[];
const sizes = (list: string): number[] => list.split(',').map(Number).filter(Boolean);

console.log(machine());
for (const jobs of sizes(values.jobs)) {
  for (const kind of kinds) printSteady(jobs, kind, await observeSteady(jobs, kind, Number(values.minutes)));
}
for (const clusters of sizes(values.clusters)) console.log(await observeMany(clusters, Number(values.seconds)));

function printSteady(jobs: number, kind: Kind, steady: Steady): void {
  const { polls, requests, due, allowed, busyMs } = steady;
  const all = [...requests.values()].reduce((sum, count) => sum + count, 0);
  const classes = Array.from(requests, ([route, count]) => `${route} ${count}`).filter((text) => !text.endsWith(' 0'));
  console.log(
    `${`${jobs} jobs, checkpoints: ${kind}`.padEnd(38)} ${all} requests in ${polls} polls (${classes.join(', ')}), ` +
      `${due} checkpoints due: ${all <= allowed ? 'within' : 'NOT WITHIN'} ${allowed}; ` +
      `processor ${(busyMs / polls).toFixed(1)} ms a poll`,
  );
}
