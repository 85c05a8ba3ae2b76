/** Alertmanager's side of the webhook without an Alertmanager: messages of version 4 as 0.25 sends them. Also for the demo. */

import { createHash } from 'node:crypto';

/** Of alerts that fire. */
const NO_END = '0001-01-01T00:00:00Z';
const REQUEST_MS = 10_000;

export interface TestAlert {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds; now unless told. */
  readonly startsAt?: number;
  /** Makes it resolved; milliseconds. */
  readonly endsAt?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface WebhookAnswer {
  readonly status: number;
  /** As it came. */
  readonly text: string;
}

/** The labels of FlinkJobRepairWanted for a run. */
export function repairWanted(cluster: string, name: string, jobId: string): Readonly<Record<string, string>> {
  const run = { flink_cluster: cluster, job_name: name, job_id: jobId };
  return { alertname: 'FlinkJobRepairWanted', severity: 'warning', flink_medic: 'restart', ...run };
}

/** A message about these alerts, which are one group; `more` replaces fields of it. */
export function webhookMessage(alerts: readonly TestAlert[], more: Readonly<Record<string, unknown>> = {}): object {
  const resolved = alerts.every(({ endsAt }) => endsAt !== undefined);
  const { flink_cluster = '', job_name = '' } = alerts[0]?.labels ?? {};
  return {
    receiver: 'flink-medic',
    status: resolved ? 'resolved' : 'firing',
    alerts: alerts.map(alertOfMessage),
    groupLabels: { flink_cluster, job_name },
    commonLabels: alerts.length === 1 ? alerts[0]?.labels : {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example:9093',
    version: '4',
    groupKey: `{}/{flink_medic="restart"}:{flink_cluster="${flink_cluster}", job_name="${job_name}"}`,
    truncatedAlerts: 0,
    ...more,
  };
}

/**
 * Posts one message as Alertmanager does.
 *
 * @param url of flink-medic
 */
export async function postMessage(url: string, token: string, message: object): Promise<WebhookAnswer> {
  const response = await fetch(`${url}/api/v1/alertmanager`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'user-agent': 'Alertmanager/0.25.0',
    },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  return { status: response.status, text: await response.text() };
}

/** Posts one alert in a message of its own. */
export function postAlert(url: string, token: string, alert: TestAlert): Promise<WebhookAnswer> {
  return postMessage(url, token, webhookMessage([alert]));
}

function alertOfMessage({ labels, startsAt = Date.now(), endsAt, annotations = {} }: TestAlert): object {
  return {
    status: endsAt === undefined ? 'firing' : 'resolved',
    labels,
    annotations,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: endsAt === undefined ? NO_END : new Date(endsAt).toISOString(),
    generatorURL: 'http://prometheus.example:9090/graph',
    fingerprint: fingerprintOf(labels),
  };
}

/** Equal for equal labels, in any order; 16 hexadecimal digits, though not those that Alertmanager would take. */
function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
