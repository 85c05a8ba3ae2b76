/** What people can open and try while the stack runs: pure text. Called by `main.ts`. */

import { table } from '../../src/cli/table.ts';
import { CLUSTER } from '../demo/configuration.ts';
import { JOBS } from './jobs.ts';

export interface Places {
  readonly medic: string;
  readonly flink: string;
  readonly prometheusAlerts: string;
  readonly alertmanagerAlerts: string;
}

export function urlTable({ medic, flink, prometheusAlerts, alertmanagerAlerts }: Places): string {
  return table(
    ['OPEN', 'TO SEE'],
    [
      [`${medic}/`, "flink-medic's page: clusters, jobs, incidents"],
      [`${medic}/metrics`, 'what Prometheus reads'],
      [`${flink}/`, "Flink's own page"],
      [prometheusAlerts, 'the alerts in Prometheus, pending ones too'],
      [alertmanagerAlerts, 'the alerts in Alertmanager, their receivers, and what mutes them'],
    ],
  );
}

/**
 * @param controlOf the folder whose files a job obeys
 * @param jobManagerPid the JobManager's process
 * @param tokenFile what flink-medic takes orders with
 */
export function thingsToTry(
  { medic, alertmanagerAlerts }: Places,
  controlOf: (name: string) => string,
  jobManagerPid: number | undefined,
  tokenFile: string,
): string {
  const poison = (name: string): string => `touch ${controlOf(name)}/fail-for-good`;
  const server = `--server.url=${medic}`;
  const orders = `--server.credentials-file=${tokenFile}`;
  return `${JOBS.missing} is expected and was not started: FlinkJobMissing is pending, and fires after a while. To try, in
another shell:

  # A job that nobody repairs: FlinkJobFailed.
  ${poison(JOBS.unattended)}
  # One that flink-medic brings back. Leave the file there, and FlinkJobRepairFailed follows.
  ${poison(JOBS.repaired)}
  sleep 5; rm ${controlOf(JOBS.repaired)}/fail-for-good
  npm run medic -- incidents ${server}
  npm run medic -- explain ${CLUSTER} ${JOBS.repaired} ${server}
  # An order: restarts wait until "resume".
  npm run medic -- pause ${server} ${orders}
  npm run medic -- resume ${server} ${orders}
  # A JobManager that does not answer: FlinkJobManagerDown fires and mutes FlinkJobMissing. It comes back with -CONT.
  kill -STOP ${jobManagerPid ?? 'PID'}
  amtool --alertmanager.url=${new URL(alertmanagerAlerts).origin} alert query --inhibited
  kill -CONT ${jobManagerPid ?? 'PID'}`;
}
