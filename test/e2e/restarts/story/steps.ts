/** What can happen in a story, as plain values that fast-check makes and shrinks. */

import { rmSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { LIFTABLE } from '../../../../src/core/restart/reasons.ts';
import type { Fate, SimCluster, TrueJob, WireFault } from './sim-cluster.ts';
import { JOBS, type Settings } from './scene.ts';
import type { Story } from './story.ts';

export interface Step {
  readonly what: keyof typeof STEPS;
  /** Chooses among what there is. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const SECOND = 1_000;
const FATES: readonly Fate[] = ['run', 'fail', 'fail', 'initialise', 'flap', 'cancel', 'finish'];
const FAULTS: readonly WireFault[] = ['reset', 'timeout', 500, 503, 400];
const ROUTES = [
  '/jars/:jarid/run',
  '/jars/:jarid/run',
  '/jars/:jarid/run',
  '/jars',
  '/jars/upload',
  '/jobs/overview',
  '/jobs/:jobid',
  '/config',
];
const PAUSES_MS = [1, 5, 15, 31, 61, 130, 400, 900, 2_000, 5_000].map((seconds) => seconds * SECOND);
const MODES: readonly Settings['mode'][] = ['on', 'on', 'dry_run', 'off'];
const RESTORES: readonly Settings['restore'][] = ['require', 'require', 'prefer', 'none'];
const POLICIES = [['orders', 'payments'], ['orders-2', 'payments'], ['payments'], []] as const;
const LIFTS = [[], [...LIFTABLE], ['exhausted'], ['too_late']] as const;

type Act = (story: Story, step: Omit<Step, 'what'>) => unknown;

function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T;
}

/** With a job of a cluster that lives, if there is one. */
function withAlive(change: (cluster: SimCluster, known: TrueJob, step: Omit<Step, 'what'>) => void): Act {
  return ({ clusters }, step) => {
    const cluster = pick(clusters, step.b);
    const alive = cluster.alive();
    if (alive.length > 0) change(cluster, pick(alive, step.a), step);
  };
}

const STEPS = {
  wait: (story, { a }) => story.advance(pick(PAUSES_MS, a)),
  fail: withAlive((cluster, { job }) => {
    if (cluster.mode !== 'down') job.fail();
  }),
  checkpoint: withAlive((cluster, known) => {
    if (known.job.state === 'RUNNING') cluster.snapshot(known);
  }),
  savepoint: withAlive((cluster, known) => {
    if (known.job.state === 'RUNNING') cluster.snapshot(known, true);
  }),
  stopWithSavepoint: withAlive((cluster, known) => {
    cluster.snapshot(known, true);
    known.job.finish();
  }),
  cancel: withAlive((_, { job }) => job.cancel()),
  finish: withAlive((_, { job }) => job.finish()),
  restarting: withAlive((_, { job }) => (job.state === 'RESTARTING' ? job.restarted() : job.restart())),
  hide: withAlive((_, { job }, { c }) => {
    job.listed = c % 3 === 0;
    job.answers = c % 2 === 0;
  }),
  show: ({ clusters }) => {
    for (const cluster of clusters) {
      for (const job of cluster.jobs) {
        job.listed = true;
        job.answers = true;
      }
    }
  },
  start: ({ clusters }, { a, b, c }) => {
    const cluster = pick(clusters, b);
    const name = pick(JOBS, a);
    // Two of a name side by side make it ambiguous for a day.
    if (c === 0 || cluster.alive().every(({ job }) => job.name !== name)) cluster.start(name);
  },
  /** A job fails for good after it has completed something, and the end is seen and told. */
  outage: async (story, step) => {
    if (step.c < 9) await story.startProgram(0);
    const cluster = pick(story.clusters, step.b);
    const [known] = cluster.alive().filter(({ job }) => job.state === 'RUNNING');
    if (known === undefined) return;
    cluster.snapshot(known);
    known.job.fail();
    await story.advance(pick([0, 31, 31, 61], step.c) * SECOND);
    await STEPS.alertForFailed(story, { ...step, b: step.b });
    await story.advance(pick([0, 0, 3, 9, 10, 11, 12, 31], step.a) * SECOND);
  },
  /** Two flink-medics want the same job back, and until its main() is through no list shows what the other one sent. */
  peers: async (story, step) => {
    await story.startProgram(1);
    pick(story.clusters, step.b).mainMs = pick([0, 5, 60], step.c) * SECOND;
    await STEPS.outage(story, step);
    await story.advance(pick([11, 31, 61, 130], step.a) * SECOND);
  },
  /** A second run of a name is left out of every list until the first one has failed and restarts are resumed. */
  twin: async (story, step) => {
    const cluster = pick(story.clusters, step.b);
    await story.pause(0, undefined);
    const twin = cluster.start('orders');
    twin.listed = false;
    // What begins after the end is told by that, too.
    await story.advance(SECOND);
    await STEPS.outage(story, step);
    twin.listed = true;
    await story.resume(0, undefined);
    await story.advance(11 * SECOND);
  },
  fork: ({ clusters }, { a, b, c }) => {
    const cluster = pick(clusters, b);
    const [last] = cluster.truth.filter(({ snapshots }) => snapshots.length > 0).slice(-1 - (a % 3));
    const snapshot = last?.snapshots.at(-1);
    if (last !== undefined && snapshot !== undefined) cluster.start(c % 2 === 0 ? last.job.name : 'fork', snapshot);
  },
  jobManager: ({ clusters }, { a, b }) => {
    pick(clusters, b).mode = pick(['ready', 'ready', 'electing', 'down'] as const, a);
  },
  killJobManager: ({ clusters }, { b }) => pick(clusters, b).kill(),
  fault: ({ clusters }, { a, b, c }) => {
    pick(clusters, b).faults.push({
      route: pick(ROUTES, a),
      kind: pick(FAULTS, c),
      before: b % 3 === 0,
      left: 1 + (a % 2),
    });
  },
  fate: ({ clusters }, { a, b }) => pick(clusters, b).fates.push(pick(FATES, a)),
  slowMain: ({ clusters }, { a, b }) => {
    pick(clusters, b).mainMs = pick([0, 5, 60, 150, 300], a) * SECOND;
  },
  alert: (story, { a, b, c }) => {
    const cluster = pick(story.clusters, b);
    const known = cluster.truth.filter(({ job }) => job.name !== 'fork').at(-1 - (a % 3));
    if (known === undefined) return undefined;
    const startsAt = story.now - pick([0, 0, 60, 600, 5_000], c) * SECOND;
    const labels = {
      alertname: a % 7 === 6 ? 'Other' : 'FlinkJobRepairWanted',
      flink_cluster: cluster.name,
      job_name: known.job.name,
      ...(c % 3 > 0 && { job_id: known.job.jobId }),
    };
    const alert = {
      labels,
      startsAt,
      fingerprint: `${cluster.name} ${known.job.name} ${c % 3 > 0 ? known.job.jobId : ''}`,
      status: c % 5 === 4 ? ('resolved' as const) : ('firing' as const),
    };
    return story.order(b % 2, ({ restarts }) => restarts.intake.receive([alert, alert]));
  },
  alertForFailed: (story, { a, b }) => {
    const cluster = pick(story.clusters, b);
    const [known] = cluster.truth.filter(({ job }) => job.name !== 'fork' && job.endTime !== undefined).slice(-1);
    if (known === undefined) return undefined;
    const { name, jobId } = known.job;
    const labels = { alertname: 'FlinkJobRepairWanted', flink_cluster: cluster.name, job_name: name, job_id: jobId };
    const alert = { labels, startsAt: story.now, fingerprint: `${name} ${jobId}`, status: 'firing' as const };
    return story.order(a % 4 === 3 ? 1 : 0, ({ restarts }) => restarts.intake.receive([alert]));
  },
  /** flink-medic is killed some requests or transactions after a job failed, and comes back. */
  crash: async (story, step) => {
    await story.startProgram(0);
    const [program] = story.programs;
    await STEPS.outage(story, { ...step, c: 1 });
    if (program !== undefined && !program.dead) program.fuse = step.a * 3 + (step.c % 3);
    await story.advance(pick([11, 22, 61, 130], step.b) * SECOND);
    await story.startProgram(0);
  },
  /** Something happens between two requests. */
  interrupt: (story, { a, b, c }) => {
    const cluster = pick(story.clusters, a);
    const acts = [
      () => cluster.start('orders'),
      () => cluster.kill(),
      () => STEPS.fork(story, { a: 0, b: a, c }),
      () => STEPS.hide(story, { a, b: a, c }),
      () => STEPS.fail(story, { a, b: a, c }),
      () => STEPS.jobManager(story, { a: 2 + (c % 2), b: a, c }),
      () => STEPS.cancel(story, { a, b: a, c }),
    ];
    story.interruptAfter(1 + a * 2 + (c % 4) * 7, pick<() => unknown>(acts, b));
  },
  kill: async (story, { a }) => {
    await story.kill(a % 2);
    await story.startProgram(a % 2);
  },
  killSoon: (story, { a, b }) => {
    const program = story.programs[b % 3 === 2 ? 1 : 0];
    if (program !== undefined) program.fuse = a;
  },
  stop: (story, { a }) => story.stop(a % 2),
  begin: (story, { a }) => story.startProgram(a % 4 === 3 ? 1 : 0),
  copyLedger: (story) => story.copyLedger(0),
  restoreLedger: (story) => story.restoreLedger(0),
  loseLedger: (story) => story.loseLedger(0),
  fullDisk: (story, { a }) => {
    const [program] = story.programs;
    if (program === undefined) return;
    program.full = a % 2 === 0;
    program.wasFull = true;
  },
  pause: (story, { a, b }) => story.pause(b % 2, a % 2 === 0 ? undefined : 'c1'),
  resume: (story, { a, b }) => story.resume(b % 2, a % 2 === 0 ? undefined : 'c1'),
  restart: (story, { a, b, c }) => story.restart(0, pick(story.clusters, b).name, pick(JOBS, a), pick(LIFTS, c)),
  release: (story) =>
    story.order(0, async ({ restarts }) => {
      const given = restarts.desk.incidents().find(({ state }) => state === 'unconfirmed');
      if (given !== undefined) await restarts.desk.release(given.id, 'ann');
    }),
  reload: (story, { a, b, c }) => {
    story.settings = {
      mode: pick(MODES, a),
      restore: pick(RESTORES, b),
      attempts: 1 + (c % 3),
      policies: pick(POLICIES, Math.max(0, c - 5)),
    };
    return story.reload(0);
  },
  switchOn: (story, { a }) => {
    story.settings = { ...story.settings, mode: 'on', policies: POLICIES[0] };
    return story.reload(a % 2);
  },
  jar: ({ jar }, { a }) => {
    if (a % 3 === 0) rmSync(jar, { force: true });
    else writeFileSync(jar, `a jar ${String(a % 2)}`);
  },
  loseSnapshots: withAlive((cluster, known) => cluster.deleteSnapshots(known)),
} satisfies Readonly<Record<string, Act>>;

const WEIGHTS: Readonly<Partial<Record<keyof typeof STEPS, number>>> = {
  wait: 60,
  outage: 40,
  crash: 20,
  peers: 8,
  twin: 6,
  interrupt: 20,
  killSoon: 10,
  fail: 16,
  begin: 20,
  fault: 16,
  fate: 16,
  start: 12,
  show: 12,
  alert: 8,
  alertForFailed: 8,
  killJobManager: 6,
  jobManager: 6,
  switchOn: 6,
  slowMain: 6,
  hide: 6,
  restart: 6,
  release: 6,
  resume: 6,
  kill: 6,
  copyLedger: 4,
  restoreLedger: 4,
};

const stepArb: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    ...(Object.keys(STEPS) as (keyof typeof STEPS)[]).map((what) => ({
      weight: WEIGHTS[what] ?? 3,
      arbitrary: fc.constant(what),
    })),
  ),
  a: fc.nat(9),
  b: fc.nat(9),
  c: fc.nat(9),
});

export const stepsArb = fc.array(stepArb, { minLength: 1, maxLength: 40, size: 'max' });

export const sceneArb = fc.record({
  watchdog: fc.nat(3).map((n) => n > 0),
  highlyAvailable: fc.nat(2).map((n) => n === 0),
  version: fc.constantFrom('1.20' as const, '2.3' as const),
  clusters: fc.constantFrom(1 as const, 1 as const, 2 as const),
  vanished: fc.boolean(),
});

export async function act(story: Story, { what, ...step }: Step): Promise<void> {
  const done: Act = STEPS[what];
  await done(story, step);
  await story.settle();
}
