/**
 * Who tells flink-medic that a job failed: a real Prometheus and a real Alertmanager with the shipped rules and
 * configurations where both are installed, else the demo itself, with the message that they would send.
 * Called by `main.ts` and the story of the restart.
 */

import type { RunResource } from '../../src/http/resources.ts';
import { startAlerting } from '../../test/e2e/support/alerting.ts';
import { postAlert, repairWanted } from '../../test/e2e/support/webhook.ts';
import { findProgram } from '../../test/support/real.ts';
import { CLUSTER } from './configuration.ts';

export interface Alarm {
  readonly isReal: boolean;
  /** What people can open, with what it is. */
  readonly pages: readonly (readonly [url: string, what: string])[];
  /** The failed run is on /metrics: from here on the alert is on its way. */
  raise(failed: RunResource): Promise<void>;
  /** Whether nothing asks for a restart any more, as far as the alarm knows. */
  isOver(): Promise<boolean>;
  stop(): Promise<void>;
}

/** @param medic the URL of flink-medic */
export async function startAlarm(medic: string, token: string, say: (text: string) => void): Promise<Alarm> {
  const [prometheus, alertmanager] = [findProgram('prometheus'), findProgram('prometheus-alertmanager')];
  if (prometheus === undefined || alertmanager === undefined) {
    say(
      'Alert: posted by the demo, because Prometheus and Alertmanager are not both here (apt-get install prometheus prometheus-alertmanager brings them).',
    );
    return postedAlarm(medic, token);
  }
  say('Alert: a real Prometheus and Alertmanager, with alerts/ and examples/. They start.');
  const alerting = await startAlerting({
    programs: { prometheus, alertmanager },
    medic: new URL(medic).host,
    token,
  });
  return {
    isReal: true,
    pages: [
      [await alerting.prometheus.alertsPage(), 'alerts in Prometheus'],
      [alerting.alertmanager.alertsUrl, 'alerts in Alertmanager'],
    ],
    raise: async () => {},
    isOver: async () => !(await alerting.prometheus.alerts()).some(({ labels }) => labels['flink_medic'] === 'restart'),
    stop: () => alerting.stop(),
  };
}

function postedAlarm(medic: string, token: string): Alarm {
  return {
    isReal: false,
    pages: [],
    async raise({ job_name: name, job_id: id }) {
      const { status, text } = await postAlert(medic, token, { labels: repairWanted(CLUSTER, name, id) });
      if (status !== 202) throw new Error(`flink-medic answered the alert with ${status}: ${text}`);
    },
    isOver: async () => true,
    stop: async () => {},
  };
}
