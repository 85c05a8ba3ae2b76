/** From where and when a page is seen, and the addresses of the others from there: relative, so that prefixes and proxies do not matter. */

export interface View {
  /** From this page to the root of flink-medic: `./`, `../` and so on. */
  readonly root: string;
  /** Our clock, milliseconds. */
  readonly now: number;
  /** Of this page. */
  readonly query: URLSearchParams;
}

/** @param path of a request, below the route prefix, as the client wrote it: `/ui/jobs` */
export function rootFrom(path: string): string {
  return '../'.repeat(path.split('/').length - 2) || './';
}

/** By job id where there is one: a name can be `..`, which clients resolve away. */
export function jobPath({ root }: View, cluster: string, job: string): string {
  return `${root}ui/jobs/${encodeURIComponent(cluster)}/${encodeURIComponent(job.toWellFormed())}`;
}

export function incidentPath({ root }: View, id: number): string {
  return `${root}ui/incidents/${String(id)}`;
}

/** A list with these filters; empty ones are left out. */
export function listPath(
  { root }: View,
  list: 'jobs' | 'incidents',
  filters: Readonly<Record<string, string>>,
): string {
  const given = Object.entries(filters).filter(([, value]) => value !== '');
  return `${root}ui/${list}${given.length === 0 ? '' : `?${String(new URLSearchParams(given))}`}`;
}
