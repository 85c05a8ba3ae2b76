/**
 * The words that every query is made of. Series come and go and several flink-medics may watch one cluster, so a query
 * never counts raw series: it takes the highest value by the labels of the contract first (docs/metrics.md).
 */

/** What is of a cluster. */
export const CLUSTER = 'flink_cluster=~"$flink_cluster"';
/** What is of a cluster, or of several or all of them: then the label is empty. */
export const CLUSTER_OR_ALL = 'flink_cluster=~"$flink_cluster|"';
/** What is of a job. */
export const JOB = `${CLUSTER}, job_name=~"$job_name"`;
/** An alert, whatever it is about. */
export const ALERT = `${CLUSTER_OR_ALL}, job_name=~"$job_name|", alertname=~"Flink.*"`;

export const BY_CLUSTER = 'flink_cluster';
export const BY_NAME = 'flink_cluster, job_name';
export const BY_RUN = 'flink_cluster, job_id, job_name';

/** The highest value by these labels. */
export function highest(labels: string, vector: string): string {
  return `max by (${labels}) (${vector})`;
}

/** One series by these labels, with the labels that it has besides. */
export function one(labels: string, vector: string): string {
  return `topk by (${labels}) (1, ${vector})`;
}

/** How much a counter grew between two points of a graph, by these labels. */
export function grown(labels: string, counter: string): string {
  return highest(labels, `increase(${counter}[$__rate_interval])`);
}

/** How much a counter grew in the time that the dashboard shows, by these labels. */
export function grownInRange(labels: string, counter: string): string {
  return highest(labels, `increase(${counter}[$__range])`);
}

/** How many there are: 0 when there are none, and nothing at all when no flink-medic is scraped that could tell. */
export function howMany(vector: string): string {
  return `count(${vector}) or 0 * count(flink_medic_build_info)`;
}

/** What the process of flink-medic says of itself; others have the same metrics. */
export function ofMedic(vector: string): string {
  return `${vector} and on (job, instance) flink_medic_build_info`;
}

/** Seconds since a time, at least 0: the clock of a JobManager may be ahead. */
export function since(timestamp: string): string {
  return `clamp_min(time() - ${timestamp}, 0)`;
}

/** Seconds to what Grafana takes for a date. */
export function date(timestamp: string): string {
  return `1000 * ${timestamp}`;
}
