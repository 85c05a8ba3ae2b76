/**
 * Traps that the rules about jobs avoid, each as a change of the text of a rule file that walks into it: the promtool
 * tests of the rule must notice. For the test of the rules.
 */

/** The rule whose tests must notice, what goes wrong, the text that is replaced wherever it stands, and by what. */
export type Mutation = readonly [rule: string, wrong: string, text: string, instead: string];

const ENDED = 'flink:job_ended_now:max';

/** By the file of rules, without `.rules.yml`. */
export const MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  'flink-failures': [
    [ENDED, 'a newer run changes nothing', '_superseded[10m]) == 1', '_superseded[10m]) == 2'],
    [ENDED, 'a gap between scrapes resolves', '[10m]', '[1m]'],
    [ENDED, 'what ended in another way is bridged', ' unless on (flink_cluster, job_id) flink_job_status)', ')'],
    [ENDED, 'old ends count', '< 86400', '< 864000'],
    [ENDED, 'ends of today do not count', '< 86400', '< 3600'],
    [ENDED, 'labels of the scrape enter', 'job_name, status)', 'job_name, status, instance)'],
    ['FlinkJobRepairWanted', 'any end is a failure', '{status="FAILED"}', ''],
    [
      'FlinkJobRepairFailed',
      'an incident that is over is bridged',
      ' unless on (flink_cluster, job_name) flink_medic_job_managed)',
      ')',
    ],
    [
      'FlinkJobRepairFailed',
      'a gap between scrapes resolves',
      '(flink_medic_incident[10m])',
      '(flink_medic_incident[1m])',
    ],
    [
      'FlinkJobFailed',
      'a repair pages',
      '_managed_now:max == 1)\n            and',
      '_managed_now:max == 2)\n            and',
    ],
    [
      'FlinkJobFailed',
      'dry run does not page',
      '_managed_now:max == 1)\n            and',
      '_managed_now:max)\n            and',
    ],
    [
      'FlinkJobFailed',
      'what is half read pages',
      'last_over_time(flink_job_runs_ended_total[10m])',
      'flink:job_failed_now:max',
    ],
    ['FlinkJobFailed', 'what cannot be read hides a failure', 'max offset 2m', 'max offset 2d'],
    [
      'FlinkJobFailed',
      'it waits',
      'labels:\n          severity: critical\n        annotations:\n          summary: A Flink job failed and no',
      'for: 1m\n        labels:\n          severity: critical\n        annotations:\n          summary: A Flink job failed and no',
    ],
    ['FlinkJobRepairWanted', 'what nobody reports any more goes on for an hour', '[10m]', '[1h]'],
    [
      'FlinkJobRepairWanted',
      'jobs without a policy trigger',
      'on (flink_cluster, job_name)\n          flink:job_managed_now:max\n',
      'on ()\n          flink:job_managed_now:max\n',
    ],
    ['FlinkJobRepairWanted', 'dry run does not trigger', '_managed_now:max\n', '_managed_now:max == 1\n'],
    [
      'FlinkJobFailed',
      'the policy that is removed hides a failure',
      ' unless on (flink_cluster, job_name) flink_job_superseded)',
      ')',
    ],
    [
      'FlinkJobFailed',
      'a gap between scrapes pages',
      '(flink_medic_job_managed[10m])',
      '(flink_medic_job_managed[1m])',
    ],
    [
      'FlinkJobRepairWanted',
      'it waits',
      'labels:\n          severity: warning\n          flink_medic',
      'for: 1m\n        labels:\n          severity: warning\n          flink_medic',
    ],
    [
      'FlinkJobRepairNotStarted',
      'an incident changes nothing',
      'unless on (flink_cluster, job_name)\n          flink:job_incident',
      'unless on (job_id)\n          flink:job_incident',
    ],
    ['FlinkJobRepairNotStarted', 'it does not wait', 'for: 5m', 'for: 1m'],
    ['FlinkJobRepairNotStarted', 'an incident that came to nothing hides a failure', '{state!="withdrawn",', '{'],
    [
      'FlinkJobRepairNotStarted',
      'a job that runs elsewhere hides a failure',
      'withdrawn",reason!~"superseded|',
      'withdrawn",reason!~"',
    ],
    [
      'FlinkJobRepairFailed',
      'dry run pages',
      '_managed_now:max == 1)\n            and on (flink_cluster, job_name)\n          (\n',
      '_managed_now:max < 2)\n            and on (flink_cluster, job_name)\n          (\n',
    ],
    ['FlinkJobRepairFailed', 'nothing to repair pages', 'unconfirmed",reason!~"superseded|', 'unconfirmed",reason!~"'],
    ['FlinkJobRepairFailed', 'it pages for ever', '< 86400\n', '< 864000\n'],
    [
      'FlinkJobRepairFailed',
      'what took a day is not told',
      'or\n            flink:job_failed_now:max\n',
      'or\n            vector(0)\n',
    ],
    ['FlinkJobRepairSlow', 'the incident before counts', 'time() - max by', 'time() - min by'],
    ['FlinkJobRepairSlow', 'it does not wait', '> 900', '> 90'],
    [
      'FlinkJobRepairSlow',
      'a pause is slow',
      '(flink:job_managed_now:max == 1)\n        labels:\n          severity: warning',
      'flink:job_managed_now:max\n        labels:\n          severity: warning',
    ],
  ],
  'flink-jobs': [
    ['flink:job_state_code:max', 'another number stands for a state', '4 * (', '14 * ('],
    [
      'FlinkJobNoCheckpoint',
      'a single slow checkpoint pages',
      '_interval_seconds) * 3\n              >',
      '_interval_seconds) * 3\n              <',
    ],
    [
      'FlinkJobNoCheckpoint',
      'checkpoints by hand page',
      'and\n          max by (flink_cluster, job_id, job_name) (flink_job_checkpoint_interval_seconds)\n',
      '',
    ],
    [
      'FlinkJobNoCheckpoint',
      'a long wait for slots pages',
      '(flink_job_state_entered_timestamp_seconds)\n',
      '(flink_job_state_entered_timestamp_seconds) + 5000\n',
    ],
    ['FlinkJobNoCheckpoint', 'a restart of flink-medic pages again', 'keep_firing_for: 5m', 'keep_firing_for: 1m'],
    ['FlinkJobVanished', 'any end is one', '{status="VANISHED"}', ''],
    ['FlinkJobMissing', 'a cluster that is down counts', '(flink_cluster_up == 1)', 'flink_cluster_up'],
    ['FlinkJobMissing', 'an upgrade pages', 'for: 3m', 'for: 1m'],
    ['FlinkJobMissing', 'a restart of flink-medic pages again', 'keep_firing_for: 5m', 'keep_firing_for: 1m'],
    [
      'FlinkJobMissing',
      'one flink-medic that sees nothing pages',
      'max by (flink_cluster, job_name) (flink_job_live_runs)',
      'min by (flink_cluster, job_name) (flink_job_live_runs)',
    ],
    ['FlinkJobFinishedUnexpectedly', 'a batch job is told of', '{job_type="STREAMING"}[10m]', '[10m]'],
    [
      'FlinkJobFinishedUnexpectedly',
      'an upgrade is told of',
      'for: 5m\n        labels:\n          severity: warning',
      'for: 1m\n        labels:\n          severity: warning',
    ],
    ['FlinkJobCancelled', 'any end is one', '{status="CANCELED"}', ''],
    [
      'FlinkJobRunsTwice',
      'an upgrade pages',
      '"INITIALIZING|CREATED|RUNNING|',
      '"CANCELLING|INITIALIZING|CREATED|RUNNING|',
    ],
    [
      'FlinkJobRunsTwice',
      'a run that nobody sees counts',
      '"INITIALIZING|CREATED|RUNNING|',
      '"UNKNOWN|INITIALIZING|CREATED|RUNNING|',
    ],
    [
      'FlinkJobRunsTwice',
      'two flink-medics are two runs',
      'job_id, job_name) (\n              flink_job_status',
      'job_id, job_name, instance) (\n              flink_job_status',
    ],
    [
      'FlinkJobFailsInALoop',
      'jobs that fail side by side are one',
      '(last_over_time(flink_job_superseded[10m]) == 1)',
      'last_over_time(flink_job_superseded[10m])',
    ],
    ['FlinkJobFailsInALoop', 'it ends with the third failure', '< 1800', '< 600'],
    [
      'FlinkJobFailsInALoop',
      'restarts of flink-medic are one',
      '_attempts_total[30m]) > 0',
      '_attempts_total[30m]) > 9',
    ],
    ['FlinkJobRestartStorm', 'the lost TaskManager is one', '>= 4', '>= 2'],
    [
      'FlinkJobRestartStorm',
      'each run counts by itself',
      'sum by (flink_cluster, job_name)',
      'max by (flink_cluster, job_name)',
    ],
    ['FlinkJobStuck', 'the time in earlier states counts', 'seconds > 900', 'seconds > 90'],
    ['FlinkJobStuck', 'running is a state to pass', '"FAILING|', '"RUNNING|FAILING|'],
    ['FlinkJobTasksNotRunning', 'a batch job is told of', 'flink_job_info{job_type="STREAMING"}\n', 'flink_job_info\n'],
    ['FlinkJobTasksNotRunning', 'a job that comes up is told of', 'for: 10m', 'for: 5m'],
    [
      'FlinkJobCheckpointsFailing',
      'few among many are told of',
      '              >= max by',
      '              >= 0 * max by',
    ],
    [
      'FlinkJobCheckpointsFailing',
      'it goes on after the end',
      'unless on (flink_cluster, job_id)\n          flink_job_final_status',
      'unless on (flink_cluster, job_id)\n          flink_medic_incident',
    ],
    [
      'FlinkJobNotRestorable',
      'an old savepoint is enough',
      'max by (flink_cluster, job_id, job_name) (flink_job_restore_point_timestamp_seconds)\n',
      'max by (flink_cluster, job_id, job_name) (flink_job_restore_point_timestamp_seconds) - 5000\n',
    ],
    [
      'FlinkJobNotRestorable',
      'jobs without a policy are told of',
      '          flink_medic_job_managed\n',
      '          flink_job_checkpoint_interval_seconds\n',
    ],
  ],
};
