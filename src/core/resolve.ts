/**
 * The table of `docs/truth.md` as pure functions: a run and what was seen give the run as it now is. A function returns
 * the very same object when nothing changed, so that callers store and render only changes.
 */

import { nextEpoch } from './epoch-counter.ts';
import type { ListedJob } from './facts.ts';
import { boundLabel } from './label-value.ts';
import { unlessEqual } from './unless-equal.ts';
import { isOfEarlierLife, isSettled, type Run, type RunKey } from './run.ts';
import type { RuleId } from './rules.ts';
import type { FinalSource, FinalStatus, TaskCounts, UnknownReason } from './states.ts';
import { EXECUTION_STATES, isEnded } from './states.ts';

/** When something was seen: by our clock, and what the run's JobManager would call that moment. */
export interface Moment {
  readonly at: number;
  readonly jobManagerAt: number;
}

/** A run at the moment it is first heard of; the caller then applies what was seen. */
export function newRun(key: RunKey, job: Pick<ListedJob, 'startTime'>, name: string, at: number): Run {
  return {
    ...key,
    name,
    jobType: '',
    scheduler: '',
    applicationId: '',
    startTimes: [job.startTime],
    state: 'INITIALIZING',
    stateEnteredAt: job.startTime,
    rule: 'listed',
    decidedAt: at,
    seenAlive: false,
    reachedRunning: false,
    countedVanished: false,
    failovers: 0,
  };
}

/** A JobManager shows the run, in its list or by id. */
export function seen(run: Run, job: ListedJob, rule: 'listed' | 'missing_found', when: Moment): Run {
  if (isSettled(run)) return learnStart(run, job.startTime);
  const known = { ...takeOver(run, job), ...describe(run, job) };
  if (isEnded(job.state)) {
    return end(known, job.state, 'live', job.endTime ?? job.lastModification, 'listed_ended', when.at);
  }
  const { lostAt: _lost, missedAt: _missed, reason: _reason, learnedUpTo, final, ...inSight } = known;
  const entered = job.state === run.state && final === undefined ? run.stateEnteredAt : job.lastModification;
  const alive: Run = {
    ...inSight,
    state: job.state,
    stateEnteredAt: entered,
    modifiedAt: job.lastModification,
    // Another state is worth a look even where Flink has no time for it.
    ...(learnedUpTo === undefined || job.state !== run.state ? {} : { learnedUpTo }),
    seenAlive: true,
    reachedRunning: run.reachedRunning || job.state === 'RUNNING',
  };
  const decided = final !== undefined ? 'listed_again' : job.state === 'SUSPENDED' ? 'suspended' : rule;
  // The row by which a vanished run came back is kept until its state changes, or nobody could read it.
  const kept = run.rule === 'listed_again' && decided === 'listed' && alive.state === run.state ? run.rule : decided;
  return unlessEqual(run, decide(alive, kept, when.at));
}

/** The run cannot be seen now; it is UNKNOWN until somebody knows more. */
export function lost(run: Run, reason: UnknownReason, rule: RuleId, lastAlive: number, when: Moment): Run {
  if (run.final !== undefined) return run;
  const { missedAt, ...rest } = run;
  const unknown: Run = {
    ...rest,
    state: 'UNKNOWN',
    reason,
    stateEnteredAt: run.state === 'UNKNOWN' ? run.stateEnteredAt : when.jobManagerAt,
    lostAt: run.lostAt ?? lastAlive,
    // Only a JobManager that says 404 again and again makes a run missed: any other answer starts the wait anew.
    // Not later than now: the clock may have been set back.
    ...(reason === 'not_listed' ? { missedAt: Math.min(missedAt ?? when.at, when.at) } : {}),
  };
  return unlessEqual(run, decide(unknown, rule, when.at));
}

/** The run has ended. The first of FINISHED, FAILED and CANCELED that is known stays for ever. */
export function end(
  run: Run,
  status: FinalStatus,
  source: FinalSource,
  endTime: number,
  rule: RuleId,
  at: number,
): Run {
  if (isSettled(run) || (status === 'VANISHED' && run.final !== undefined)) return run;
  const { reason: _reason, lostAt: _lost, missedAt: _missed, tasks: _gone, ...rest } = run;
  return {
    ...rest,
    state: status,
    stateEnteredAt: endTime,
    final: { status, source, endTime, recordedAt: at },
    rule,
    decidedAt: at,
    countedVanished: run.countedVanished || status === 'VANISHED',
  };
}

/** By which row an archive ends a run, given what was believed of it before. */
export function archiveRule(run: Run): RuleId {
  if (!run.seenAlive && run.final === undefined && run.reason === undefined) return 'archive_only';
  if (run.reason === 'not_listed') return 'not_listed_archive';
  if (run.reason === 'jobmanager_unreachable') return 'unreachable_archive';
  return 'archive_late';
}

/** Beyond it the oldest but the first leaves: the first names the run, and of the others its archive has the newest. */
export const MAX_STARTS = 100;

function learnStart(run: Run, startTime: number): Run {
  if (run.startTimes.includes(startTime)) return run;
  const startTimes = [...run.startTimes, startTime];
  return { ...run, startTimes: startTimes.length > MAX_STARTS ? startTimes.toSpliced(1, 1) : startTimes };
}

/** Longer than a leader can be deposed without knowing it: its session with ZooKeeper or Kubernetes ends in seconds. */
const LONGEST_DEPOSED_MS = 5 * 60_000;

/**
 * Whether a JobManager that was deposed shows this run as it was. One that shows it alive for so long is the leader: its
 * life was heard of before the one of a leader that really was deposed.
 */
export function isOfDeposed(run: Run, job: ListedJob, at: number): boolean {
  const isLeader = run.rule === 'deposed' && !isEnded(job.state) && Math.abs(at - run.decidedAt) >= LONGEST_DEPOSED_MS;
  return isOfEarlierLife(run, job.startTime) && !isLeader;
}

/** The life with this start time is the last one, in whatever order they were heard of. */
export function withPresentLife(run: Run, startTime: number): Run {
  if (!isOfEarlierLife(run, startTime)) return run;
  return { ...run, startTimes: [...run.startTimes.filter((other) => other !== startTime), startTime] };
}

/** A start time that we do not know, on a run that continues: another JobManager process took it over. */
export function takeOver(run: Run, job: Pick<ListedJob, 'startTime'>): Run {
  if (run.startTimes.includes(job.startTime)) return run;
  return {
    ...learnStart(run, job.startTime),
    failovers: run.failovers + 1,
    ...(run.restarts === undefined ? {} : { restarts: nextEpoch(run.restarts) }),
    ...(run.checkpoints === undefined
      ? {}
      : {
          checkpoints: {
            ...run.checkpoints,
            completed: nextEpoch(run.checkpoints.completed),
            failed: nextEpoch(run.checkpoints.failed),
          },
        }),
  };
}

function describe(run: Run, job: ListedJob): Pick<Run, 'jobType' | 'scheduler' | 'tasks'> {
  return {
    jobType: job.jobType || run.jobType,
    scheduler: boundLabel(job.scheduler || run.scheduler),
    tasks: sameTasks(run.tasks, job.tasks) ? run.tasks : job.tasks,
  };
}

function decide(run: Run, rule: RuleId, at: number): Run {
  return run.rule === rule ? run : { ...run, rule, decidedAt: at };
}

function sameTasks(a: TaskCounts | undefined, b: TaskCounts): a is TaskCounts {
  return a !== undefined && EXECUTION_STATES.every((state) => a[state] === b[state]);
}
