/** What people can open and try while the stack runs: pure text. Called by `main.ts`. */

import { table } from '../../src/cli/table.ts';
import { CLUSTER } from '../demo/configuration.ts';
import { JOBS } from './jobs.ts';

export interface Places {
  readonly medic: string;
  readonly flink: string;
  readonly prometheus: string;
  readonly alertmanager: string;
}

export function urlTable({ medic, flink, prometheus, alertmanager }: Places): string {
  return table(
    ['OPEN', 'TO SEE'],
    [
      [`${medic}/`, "flink-medic's page: clusters, jobs, incidents"],
      [`${medic}/metrics`, 'what Prometheus reads'],
      [`${flink}/`, "Flink's own page"],
      [`${prometheus}/alerts`, 'the alerts in Prometheus, pending ones too'],
      [`${alertmanager}/`, 'the alerts in Alertmanager, by receiver, with what is muted'],
    ],
  );
}

/**
 * @param controlOf the folder whose files a job obeys
 * @param jobManagerPid the JobManager's process
 */
export function thingsToTry(
  { medic, alertmanager }: Places,
  controlOf: (name: string) => string,
  jobManagerPid: number | undefined,
): string {
  const poison = (name: string): string => `touch ${controlOf(name)}/fail-for-good`;
  const server = `--server.url=${medic}`;
  return `${JOBS.missing} is expected and was not started, so there is one alert already. To try, in another shell:

  # A job that nobody repairs: FlinkJobFailed.
  ${poison(JOBS.unattended)}
  # One that flink-medic brings back, as soon as the file is gone. Leave it, and FlinkJobRepairFailed follows.
  ${poison(JOBS.repaired)}
  rm ${controlOf(JOBS.repaired)}/fail-for-good
  npm run medic -- incidents ${server}
  npm run medic -- explain ${CLUSTER} ${JOBS.repaired} ${server}
  # A JobManager that does not answer: FlinkJobManagerDown mutes what it explains. It comes back with -CONT.
  kill -STOP ${jobManagerPid ?? 'PID'}
  amtool --alertmanager.url=${alertmanager} alert query --inhibited
  kill -CONT ${jobManagerPid ?? 'PID'}`;
}
