/** Where the annotations of an alert lead: its runbook, and the dashboard that shows what it is about. Pure text. */

/** URLs without a slash at the end, under which runbooks and Grafana are reached from outside. */
export interface Bases {
  readonly runbook: string;
  readonly dashboard: string;
}

/** flink-medic's own page and Grafana, each on this machine and with its default port. */
export const DEFAULT_BASES: Bases = {
  runbook: 'http://localhost:10082/runbooks',
  dashboard: 'http://localhost:3000',
};

/** The annotations that are made, in the order in which they stand after `description`. */
export interface Links {
  readonly runbook_url: string;
  readonly dashboard_url: string;
}

interface Dashboard {
  readonly uid: string;
  /** Labels of the alert, and at the same time variables of the dashboard. */
  readonly variables: readonly string[];
}

const JOB: Dashboard = { uid: 'flink-medic-job', variables: ['flink_cluster', 'job_name'] };
const RESTARTS_OF_JOB: Dashboard = { uid: 'flink-medic-restarts', variables: ['flink_cluster', 'job_name'] };
const RESTARTS_OF_CLUSTER: Dashboard = { uid: 'flink-medic-restarts', variables: ['flink_cluster'] };

const BY_FILE: Readonly<Record<string, Dashboard>> = {
  'flink-failures': JOB,
  'flink-jobs': JOB,
  'flink-clusters': { uid: 'flink-medic-fleet', variables: ['flink_cluster'] },
  'flink-medic': { uid: 'flink-medic-exporter', variables: [] },
};

/** Alerts that another dashboard than that of their file explains. */
const BY_ALERT: Readonly<Record<string, Dashboard>> = {
  FlinkJobRepairWanted: RESTARTS_OF_JOB,
  FlinkJobRepairNotStarted: RESTARTS_OF_JOB,
  FlinkJobRepairFailed: RESTARTS_OF_JOB,
  FlinkJobRepairSlow: RESTARTS_OF_JOB,
  FlinkMedicBreakerOpen: RESTARTS_OF_CLUSTER,
  FlinkMedicPausedLong: RESTARTS_OF_CLUSTER,
};

/** Grafana's value for all; for an alert about every cluster, whose label is empty. */
const ALL = '$__all';

/**
 * As they stand in a rule, with templates that Prometheus fills in.
 * @param file name of the rule file without `.rules.yml`
 * @throws when the file has no dashboard
 */
export function linkTemplates(file: string, alert: string, bases: Bases): Links {
  return links(file, alert, bases, (label) => `{{ or $labels.${label} "${ALL}" | urlquery }}`);
}

/**
 * As Prometheus fills them in for an alert with these labels.
 * @throws when the file has no dashboard
 */
export function filledLinks(
  file: string,
  alert: string,
  bases: Bases,
  labels: Readonly<Record<string, string | undefined>>,
): Links {
  return links(file, alert, bases, (label) => urlquery(labels[label] || ALL));
}

function links(file: string, alert: string, bases: Bases, valueOf: (label: string) => string): Links {
  const dashboard = BY_ALERT[alert] ?? BY_FILE[file];
  if (dashboard === undefined) throw new Error(`${file}.rules.yml: alerts/generate/links.ts has no dashboard for it`);
  const query = dashboard.variables.map((label) => `var-${label}=${valueOf(label)}`).join('&');
  return {
    runbook_url: `${bases.runbook}/${alert.toLowerCase()}.md`,
    dashboard_url: `${bases.dashboard}/d/${dashboard.uid}${query === '' ? '' : `?${query}`}`,
  };
}

/** Go's function of that name (`url.QueryEscape`), of which `encodeURIComponent` differs in these characters. */
function urlquery(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
