/** What the API and the page may show: the routes' view of the clusters that run now. */

import { byImportance, supersededAmong } from '../core/exposure.ts';
import { boundLabel } from '../core/label-value.ts';
import { type Run, startOf } from '../core/run.ts';
import type { Knowledge, KnownCluster, KnownRun } from '../http/knowledge.ts';
import type { RetentionConfig } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { ClusterUnit } from './cluster-unit.ts';
import type { RunMemory } from './run-memory.ts';

export interface KnowledgeOptions {
  /** By name; asked at every use, because a reload replaces them. */
  readonly units: () => readonly ClusterUnit[];
  readonly retention: () => RetentionConfig;
  readonly memory: RunMemory;
  readonly clock: Clock;
}

export function knowledgeOf({ units, retention, memory, clock }: KnowledgeOptions): Knowledge {
  const shown = (unit: ClusterUnit): KnownRun[] => {
    const names = new Set([...unit.history.runs()].map((run) => run.name));
    return [...names].flatMap((name) => shownRuns(unit, name, retention()));
  };
  return {
    clusters: () => units().map(clusterView),
    runs: () => units().flatMap(shown).toSorted(mostImportantFirst),
    runsOf(cluster, job) {
      const unit = units().find((candidate) => candidate.name === cluster);
      if (unit === undefined) return undefined;
      const byId = unit.history.generations(job);
      const runs = byId.length > 0 ? byId : [...unit.history.runsOf(boundLabel(job))];
      return runs.map((run) => view(unit, run)).toSorted((a, b) => startOf(b.run) - startOf(a.run));
    },
    events: (key) => memory.eventsOf(key),
    now: () => clock.now(),
  };
}

function clusterView(unit: ClusterUnit): KnownCluster {
  return {
    status: unit.status,
    jobManagers: unit.config.jobManagers,
    archives: unit.archives().flatMap((archive) => archive.exported() ?? []),
    liveRuns: [...unit.history.runs()].filter((run) => run.final === undefined).length,
  };
}

/** Live runs, and of the ended ones the youngest, as `retention` says. */
function shownRuns(unit: ClusterUnit, name: string, { endedRunsMs, endedRunsPerJob }: RetentionConfig): KnownRun[] {
  const since = unit.jobManagerNow() - endedRunsMs;
  const [live, ended] = [...unit.history.runsOf(name)].reduce<[Run[], Run[]]>(
    (parts, run) => (parts[run.final === undefined ? 0 : 1].push(run), parts),
    [[], []],
  );
  const young = ended.filter((run) => (run.final?.endTime ?? 0) >= since).toSorted(byImportance);
  return [...live, ...young.slice(0, endedRunsPerJob)].map((run) => view(unit, run));
}

function view(unit: ClusterUnit, run: Run): KnownRun {
  return { run, superseded: supersededAmong(unit.history.runsOf(run.name))(run) };
}

function mostImportantFirst(a: KnownRun, b: KnownRun): number {
  return byImportance(a.run, b.run);
}
