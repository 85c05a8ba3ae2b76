/** What the API and the page may show: the routes' view of the clusters that run now. */

import pLimit from 'p-limit';
import type { RememberedRuns } from '../core/remembered-runs.ts';
import { byImportance, supersededAmong } from '../core/exposure.ts';
import { boundLabel } from '../core/label-value.ts';
import { type Run, startOf } from '../core/run.ts';
import type { Knowledge, KnownCluster, KnownRun } from '../http/knowledge.ts';
import type { RetentionConfig } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Turns } from './turns.ts';
import type { ClusterUnit } from './cluster-unit.ts';
import { rankRuns } from './rank-runs.ts';
import type { RunMemory } from './run-memory.ts';

/** Made at a time; of a hundred thousand runs each holds some megabytes. Others wait, and no longer than in turns with all. */
const LISTS = 4;

export interface KnowledgeOptions {
  /** By name; asked at every use, because a reload replaces them. */
  readonly units: () => readonly ClusterUnit[];
  readonly retention: () => RetentionConfig;
  readonly memory: RunMemory;
  readonly clock: Clock;
  readonly turns: Turns;
}

export function knowledgeOf({ units, retention, memory, clock, turns }: KnowledgeOptions): Knowledge {
  const shownOf = (unit: ClusterUnit, name: string): KnownRun[] => {
    const { endedRunsMs, endedRunsPerJob } = retention();
    const since = unit.jobManagerNow() - endedRunsMs;
    const young = [...unit.history.runsOf(name)].filter((run) => (run.final?.endTime ?? since) >= since);
    return limited(unit, young, endedRunsPerJob);
  };
  const unitOf = (cluster: string): ClusterUnit | undefined => units().find(({ name }) => name === cluster);
  const newestFirst = (unit: ClusterUnit, runs: readonly Run[]): KnownRun[] =>
    limited(unit, runs, retention().endedRunsPerJob).toSorted((a, b) => startOf(b.run) - startOf(a.run));
  const lists = pLimit(LISTS);
  const unlessGone = <T>(known: KnownRun, make: (known: KnownRun) => T): T | undefined => {
    try {
      return make(known);
    } catch (error) {
      if (memory.remembers(known.run)) throw error;
      return undefined;
    }
  };
  return {
    clusters: () => units().map(clusterView),
    runs: (wanted = () => true, order) =>
      lists(async () => {
        const afterWork = turns.divide();
        const found: KnownRun[] = [];
        let of = 0;
        for (const unit of units()) {
          for (const { name } of unit.history.names()) {
            const shown = shownOf(unit, name);
            of += shown.length;
            for (const known of shown) if (wanted(known)) found.push(known);
            await afterWork();
          }
        }
        const valueOf = order && { ...order, of: (known: KnownRun) => unlessGone(known, order.of) };
        const ranked = await rankRuns(found, valueOf, afterWork);
        // To show them takes a turn, too.
        await turns.next();
        return { found: ranked, of };
      }),
    runsOf(cluster, job) {
      const unit = unitOf(cluster);
      if (unit === undefined) return undefined;
      const byId = unit.history.generations(job);
      return newestFirst(unit, byId.length > 0 ? byId : [...unit.history.runsOf(boundLabel(job))]);
    },
    runsOfName(cluster, name) {
      const unit = unitOf(cluster);
      return unit === undefined ? [] : newestFirst(unit, [...unit.history.runsOf(name)]);
    },
    unlessGone,
    divide: () => turns.divide(),
    events: (key) => memory.eventsOf(key),
    now: () => clock.now(),
  };
}

function clusterView(unit: ClusterUnit): KnownCluster {
  return {
    status: unit.status,
    jobManagers: unit.config.jobManagers,
    archives: unit.archives().flatMap((archive) => archive.exported() ?? []),
    liveRuns: unit.history.liveRuns,
    expectedJobs: unit.config.expectedJobs.map(boundLabel),
  };
}

/** Live runs, and of the ended ones the youngest. */
function limited(unit: ClusterUnit, runs: readonly Run[], maxEnded: number): KnownRun[] {
  const ended = runs.filter(({ final }) => final !== undefined);
  const isSuperseded = supersededIn(unit.history);
  // Most jobs have few runs, and there are ten thousand of them.
  if (ended.length <= maxEnded) return runs.map((run) => ({ run, superseded: isSuperseded(run) }));
  const live = runs.filter(({ final }) => final === undefined);
  // Of a job that ends every minute there are tens of thousands.
  const ends = Float64Array.from(ended, ({ final }) => final?.endTime ?? 0).toSorted();
  const least = ends[ends.length - maxEnded] ?? 0;
  const late = ended.filter(({ final }) => (final?.endTime ?? 0) >= least);
  const youngest = late.toSorted(byImportance).slice(0, maxEnded);
  return [...live, ...youngest].map((run) => ({ run, superseded: isSuperseded(run) }));
}

/** As `supersededAmong`, which looks at all runs of a name: once for each name. */
function supersededIn(history: Pick<RememberedRuns, 'runsOf'>): (run: Run) => boolean {
  const byName = new Map<string, (run: Run) => boolean>();
  return (run) => {
    if (run.final === undefined) return false;
    const isSuperseded = byName.get(run.name) ?? supersededAmong(history.runsOf(run.name));
    byName.set(run.name, isSuperseded);
    return isSuperseded(run);
  };
}
