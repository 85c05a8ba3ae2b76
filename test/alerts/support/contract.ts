/** The alerts that flink-medic ships: routes, inhibitions, runbooks and people rely on names, severities and labels. */

export type Severity = 'critical' | 'warning' | 'info';

export interface PromisedAlert {
  readonly severity: Severity;
  /** Besides alertname and severity, in the order of the alphabet. */
  readonly labels: readonly string[];
}

const RUN = ['flink_cluster', 'job_id', 'job_name'];
const NAME = ['flink_cluster', 'job_name'];
const CLUSTER = ['flink_cluster'];
const ARCHIVE = ['archive', 'flink_cluster'];

function alert(severity: Severity, labels: readonly string[]): PromisedAlert {
  return { severity, labels };
}

/** By the file that has them, without `.rules.yml`. */
export const PROMISED_ALERTS: Readonly<Record<string, Readonly<Record<string, PromisedAlert>>>> = {
  'flink-failures': {
    FlinkJobFailed: alert('critical', RUN),
    FlinkJobRepairWanted: alert('warning', ['flink_cluster', 'flink_medic', 'job_id', 'job_name']),
    FlinkJobRepairNotStarted: alert('critical', RUN),
    FlinkJobRepairFailed: alert('critical', [...NAME, 'reason', 'state']),
    FlinkJobRepairSlow: alert('warning', NAME),
  },
  'flink-jobs': {
    FlinkJobVanished: alert('critical', RUN),
    FlinkJobMissing: alert('critical', NAME),
    FlinkJobFinishedUnexpectedly: alert('warning', RUN),
    FlinkJobCancelled: alert('info', RUN),
    FlinkJobRunsTwice: alert('critical', NAME),
    FlinkJobFailsInALoop: alert('critical', NAME),
    FlinkJobRestartStorm: alert('warning', NAME),
    FlinkJobStuck: alert('warning', [...RUN, 'state']),
    FlinkJobTasksNotRunning: alert('warning', RUN),
    FlinkJobNoCheckpoint: alert('critical', RUN),
    FlinkJobCheckpointsFailing: alert('warning', RUN),
    FlinkJobNotRestorable: alert('warning', RUN),
  },
  'flink-clusters': {
    FlinkJobManagerDown: alert('critical', CLUSTER),
    FlinkNoTaskManagers: alert('critical', CLUSTER),
    FlinkNoFreeSlots: alert('warning', CLUSTER),
    FlinkClusterDataStale: alert('warning', CLUSTER),
    FlinkClusterJobsOmitted: alert('warning', CLUSTER),
    FlinkArchiveUnreadable: alert('warning', ARCHIVE),
    FlinkArchiveScanStale: alert('warning', ARCHIVE),
    FlinkArchiveIncomplete: alert('warning', ARCHIVE),
  },
  'flink-medic': {
    FlinkMedicDown: alert('critical', []),
    FlinkMedicBreakerOpen: alert('critical', CLUSTER),
    FlinkMedicPausedLong: alert('warning', CLUSTER),
    FlinkMedicWebhookRejecting: alert('warning', ['reason']),
    FlinkMedicAlertsTruncated: alert('warning', []),
    FlinkMedicLedgerNotWritable: alert('critical', []),
    FlinkMedicReloadFailed: alert('warning', []),
    FlinkMedicNotificationsFailing: alert('warning', []),
    FlinkMedicBoundNear: alert('warning', ['bound']),
  },
};
