/**
 * Why an incident is not acted on: the closed list that is the `reason` label of the metrics, the text of the audit, a
 * field of the API and a table of `docs/restarts.md`. The stages use nothing else.
 */

/** The stages of a decision, in their order; the first that objects wins. */
export const STAGES = [
  'policy',
  'switches',
  'age',
  'subject',
  'fresh_look',
  'cause',
  'budget',
  'breaker',
  'restore_point',
  'mode',
] as const;
export type StageName = (typeof STAGES)[number];

interface ReasonRecord {
  readonly stage: StageName;
  /** `refused` closes the incident; `deferred` is decided again. */
  readonly decision: 'refused' | 'deferred';
  /** For people; the audit adds the particulars. */
  readonly text: string;
  /** What a person can do about it. */
  readonly advice: string;
}

const refused = (stage: StageName, text: string, advice: string): ReasonRecord => ({
  stage,
  decision: 'refused',
  text,
  advice,
});
const deferred = (stage: StageName, text: string, advice: string): ReasonRecord => ({
  stage,
  decision: 'deferred',
  text,
  advice,
});

const NOTHING = 'Nothing to do.';
const BY_HAND = 'Start the job by hand.';

export const REASONS = {
  no_policy: refused('policy', 'No restart policy matches the job.', 'Add a policy under restart.policies.'),
  not_opted_in: refused(
    'policy',
    'The policy does not list what asked for the restart.',
    'Add the alert to triggers.alerts of the policy, or switch its watchdog on.',
  ),
  mode_off: refused('switches', 'Restarts are switched off.', 'Set restart.mode to dry_run or on.'),
  paused: deferred('switches', 'A person paused restarts.', 'flink-medic resume'),
  maintenance_window: deferred('switches', 'A maintenance window of the policy is open.', 'Wait for its end.'),
  too_late: refused(
    'age',
    'The run ended longer ago than restart.act_within.',
    'Look at the job, then flink-medic restart CLUSTER JOB --lift too_late.',
  ),
  before_armed: refused(
    'age',
    'The run ended before restarts of it were switched on.',
    'Look at the job, then flink-medic restart CLUSTER JOB --lift before_armed.',
  ),
  exhausted: refused(
    'subject',
    'The attempts for this job are used up, and it has not run stably since.',
    'Mend the cause, then flink-medic restart CLUSTER JOB --lift exhausted.',
  ),
  vanished_under_ha: refused(
    'subject',
    'The run vanished on a cluster with high availability, which may bring it back by itself.',
    BY_HAND,
  ),
  in_progress: deferred('subject', 'Another incident of this job is being worked on.', NOTHING),
  vanished_wait: deferred('subject', 'The run vanished; launchers and old tasks get time to show themselves.', NOTHING),
  end_wait: deferred('subject', 'The policy waits for a while after the end.', NOTHING),
  superseded: refused('fresh_look', 'The job was started again, by somebody else or by an earlier restart.', NOTHING),
  finished: refused('fresh_look', 'The run finished.', 'Add FINISHED to on of the policy if that is a failure.'),
  canceled: refused('fresh_look', 'The run was cancelled.', 'Add CANCELED to on of the policy if that is a failure.'),
  not_failed: refused('fresh_look', 'Nothing says that the run failed.', 'Add VANISHED to on of the policy.'),
  stopped_on_purpose: refused('fresh_look', 'The run was stopped with a savepoint.', NOTHING),
  ambiguous_name: refused(
    'fresh_look',
    'Runs of this name overlapped, or it is a batch job: it is not clear what should run.',
    'Give each job a name of its own, or set batch: true in the policy.',
  ),
  cannot_verify: deferred('fresh_look', 'Whether the job runs cannot be seen now.', 'Make the JobManager reachable.'),
  already_running: deferred('fresh_look', 'A run of the job is alive.', NOTHING),
  duplicate_running: deferred(
    'fresh_look',
    'Two runs of the job are alive.',
    'Cancel one of them: flink-medic cancels nothing.',
  ),
  failure_class: refused('cause', 'The policy excludes this cause of failure (never_on).', 'Mend the cause.'),
  budget_exhausted: refused(
    'budget',
    'The job has used its budget of attempts.',
    'Mend the cause, then flink-medic restart CLUSTER JOB --lift exhausted.',
  ),
  global_budget: deferred('budget', 'restart.max_attempts_per_hour is reached.', NOTHING),
  concurrency: deferred('budget', 'restart.max_concurrent attempts are under way.', NOTHING),
  back_off: deferred('budget', 'The time between attempts has not passed.', NOTHING),
  breaker_open: deferred(
    'breaker',
    'Too many jobs of the cluster ended together: restarts wait.',
    'Mend the cluster; flink-medic breaker close.',
  ),
  no_restore_point: refused(
    'restore_point',
    'There is no snapshot that the job could be restored from.',
    'Start it by hand, or set restore.policy to prefer or none.',
  ),
  restore_point_too_old: refused(
    'restore_point',
    'The newest snapshot is older than restore.max_age.',
    'flink-medic restart --from PATH, or raise restore.max_age.',
  ),
  restore_point_missing: refused(
    'restore_point',
    'The newest snapshot is not there any more.',
    'flink-medic restart --from PATH with another snapshot.',
  ),
  restore_point_uncertain: refused(
    'restore_point',
    'A newer snapshot may exist than the newest known.',
    'flink-medic restart --from PATH with the newest.',
  ),
  jar_unreadable: deferred(
    'mode',
    'What would be sent cannot be put together: the jar of the policy cannot be read.',
    'Make the jar file readable for flink-medic, or correct jar in the policy.',
  ),
  dry_run: deferred('mode', 'restart.mode is dry_run: what would have been sent is written down.', 'Set it to on.'),
} as const satisfies Readonly<Record<string, ReasonRecord>>;

export type Reason = keyof typeof REASONS;

export const ALL_REASONS = Object.keys(REASONS) as readonly Reason[];

/** Reasons that a person may lift by naming them. */
export const LIFTABLE = ['exhausted', 'too_late', 'before_armed'] as const satisfies readonly Reason[];
export type Liftable = (typeof LIFTABLE)[number];

/** Why an attempt came to nothing. */
export const ATTEMPT_FAILURES = {
  jar_lost: 'The jar that was decided on is not there any more, here or at the JobManager.',
  submit_rejected: 'The JobManager refused the submission, and no job has its id.',
  ended_again: 'The new run ended before it was confirmed.',
} as const;
export type AttemptFailure = keyof typeof ATTEMPT_FAILURES;
