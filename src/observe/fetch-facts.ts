/**
 * Fetches what the plan asks for and adds it to the runs: most urgent first, a few requests at a time, and no longer than
 * until the next observation is due. What fails or is not reached stays planned.
 */

import type { ClusterHistory } from '../core/cluster-history.ts';
import type { Clock } from '../core/clock.ts';
import { MedicError } from '../core/errors.ts';
import type { ListedJob } from '../core/facts.ts';
import { lastFailureOf } from '../core/root-cause.ts';
import { restartsOf, withAllLearned, withCheckpointConfig, withCheckpoints, withDetails } from '../core/run-facts.ts';
import { withEndedRestarts, withFailure, withMoreToLearn, withRestarts } from '../core/run-facts.ts';
import type { Run } from '../core/run.ts';
import { type FetchPlan, isAfterEnd, type Need } from './fetch-plan.ts';
import type { JobManagerApi } from './job-manager-api.ts';

export interface FetchFacts {
  /** What a JobManager shows, in its list or by id. */
  readonly shown: readonly ListedJob[];
  /** Which of their runs to fetch for. */
  readonly ofRuns: (run: Run) => boolean;
  readonly history: ClusterHistory;
  readonly plan: FetchPlan;
  readonly ask: <T>(ask: (api: JobManagerApi, signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly concurrency: number;
  /** Resolves when the next request may be sent. */
  readonly requestTurn: () => Promise<void>;
  readonly clock: Clock;
  /** Our clock. */
  readonly until: number;
}

/** Refusals of a proxy that say nothing of the job: request timeout, too many requests. */
const PASSING: ReadonlySet<number | undefined> = new Set([408, 429]);

/** `at`: our clock when it was asked. */
type Learn = (run: Run, at: number) => Run;

export async function fetchFacts(options: FetchFacts): Promise<void> {
  const { shown, ofRuns, history, plan, concurrency, requestTurn, clock, until } = options;
  const runs = shown.flatMap((job) => {
    const run = history.generations(job.jobId).find((known) => known.startTimes.includes(job.startTime));
    return run === undefined || !ofRuns(run) || plan.needs(run, clock.now()).length === 0 ? [] : [run];
  });
  const due = runs.toSorted(byUrgency).values();
  // All take from one list: thousands that wait, each with a promise of its own, would grow old while they do.
  const fetchInTurn = async (): Promise<void> => {
    for (const run of due) {
      for (const need of plan.needs(run, clock.now())) {
        if (clock.now() >= until) return;
        await requestTurn();
        await fetchOne(options, run, need);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, fetchInTurn));
}

async function fetchOne({ history, plan, ask, clock }: FetchFacts, run: Run, need: Need): Promise<void> {
  const at = clock.now();
  let learn: Learn | undefined;
  try {
    learn = await ask((api, signal) => FETCH[need](api, run.jobId, signal));
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    // 1.18.0 has no checkpoint statistics of ended jobs, and a job may be gone by now: asking again is useless.
    if (error.code !== 'http_4xx' || PASSING.has(error.status)) return;
  }
  const isOfThisLife = need !== 'restarts' || plan.isOfThisLife(run, at);
  plan.done(run, need, at, learn !== undefined);
  history.learn(run, (current) => {
    const next = learn === undefined || !isOfThisLife ? current : learn(current, at);
    if ((restartsOf(next) ?? 0) > (restartsOf(current) ?? 0) && need === 'restarts') {
      // There is a new failure to read, and the present state may have been entered anew between two observations.
      plan.want(run, 'exceptions');
      plan.want(run, 'details');
      return withMoreToLearn(next);
    }
    return plan.isMet(run) ? withAllLearned(next) : next;
  });
}

/** Undefined: the JobManager cannot tell (yet). */
const FETCH: Readonly<
  Record<Need, (api: JobManagerApi, jobId: string, signal: AbortSignal) => Promise<Learn | undefined>>
> = {
  details: async (api, jobId, signal) => {
    const details = await api.job(jobId, signal);
    return (run) => withDetails(run, details);
  },
  checkpoint_config: async (api, jobId, signal) => {
    const config = await api.checkpointConfig(jobId, signal);
    return config && ((run) => withCheckpointConfig(run, config));
  },
  checkpoints: async (api, jobId, signal) => {
    const statistics = await api.checkpoints(jobId, signal);
    if (statistics === undefined) return undefined;
    return (run, at) => ended(withCheckpoints(run, statistics, isAfterEnd(run, at)), 0, statistics.restored);
  },
  exceptions: async (api, jobId, signal) => {
    const history = await api.exceptions(jobId, signal);
    const failure = lastFailureOf(history);
    return (run) => ended(withFailure(run, failure), history.entries.length, 0);
  },
  restarts: async (api, jobId, signal) => {
    const { numRestarts, numRescales } = await api.metrics(jobId, signal);
    return numRestarts === undefined ? undefined : (run) => withRestarts(run, numRestarts, numRescales ?? 0);
  },
};

/** Only the end of a run turns its history into a bound for its restarts; before, Flink's own counter is exact. */
function ended(run: Run, failures: number, restores: number): Run {
  return run.final === undefined ? run : withEndedRestarts(run, failures, restores);
}

function byUrgency(a: Run, b: Run): number {
  return urgency(b) - urgency(a);
}

function urgency(run: Run): number {
  if (run.state === 'FAILED' || run.state === 'FAILING' || run.state === 'RESTARTING') return 2;
  return run.final === undefined ? 1 : 0;
}
