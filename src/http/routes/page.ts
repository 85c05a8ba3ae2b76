/** `GET /`: a plain page for people, with the clusters and the jobs. It needs no script and no style of its own. */

import type { Router } from 'express';
import { endpoint } from '../endpoint.ts';
import { html, type Html } from '../html.ts';
import type { Knowledge, KnownCluster, KnownRun } from '../knowledge.ts';
import { type ArchiveResource, clusterResource, runResource } from '../resources.ts';

/** Links are relative, so that the page works below a route prefix and behind a proxy. */
export function pageRoute(knowledge: Knowledge, version: string, metricsPath: string): Router {
  return endpoint('/', {
    GET: (_request, response) => {
      const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>flink-medic</title></head>
<body>
<h1>flink-medic ${version}</h1>
<p>Watches Apache Flink clusters, remembers how every job ended, tells Prometheus, and brings failed jobs back.</p>
<p><a href="${metricsPath.replace(/^\//, '')}">Metrics</a> · <a href="api/v1/clusters">Clusters</a>, <a href="api/v1/jobs">jobs</a> and <a href="api/v1/incidents">incidents</a> as JSON · <a href="-/ready">Readiness</a></p>
<h2>Clusters</h2>
<table>
<thead><tr><th>Cluster</th><th>Up</th><th>Version</th><th>Last observation</th><th>Live runs</th><th>Archives</th><th>Problem</th></tr></thead>
<tbody>
${knowledge.clusters().map(clusterRow)}</tbody>
</table>
<h2>Jobs</h2>
<table>
<thead><tr><th>Cluster</th><th>Job</th><th>State</th><th>Why</th><th>Since</th><th>Restarts</th><th>Last failure</th><th>Job id</th></tr></thead>
<tbody>
${knowledge.runs().map(jobRow)}</tbody>
</table>
</body>
</html>
`;
      response.type('html').send(page.text);
    },
  });
}

function clusterRow(known: KnownCluster): Html {
  const cluster = clusterResource(known);
  const up = cluster.up === undefined ? '' : cluster.up ? 'yes' : 'no';
  const archives = cluster.archives.map(archiveText).join(', ');
  return html`<tr><td>${cluster.flink_cluster}</td><td>${up}</td><td>${cluster.version ?? ''}</td><td>${cluster.last_observation ?? ''}</td><td>${String(cluster.live_runs)}</td><td>${archives}</td><td>${cluster.problem ?? ''}</td></tr>
`;
}

function archiveText({ archive, up, files }: ArchiveResource): string {
  const { indexed, unattributed } = files;
  const open = unattributed > 0 ? `, ${String(unattributed)} of no known cluster` : '';
  return `${archive} (${up ? `${String(indexed)} indexed${open}` : 'cannot be listed'})`;
}

function jobRow(known: KnownRun): Html {
  const job = runResource(known);
  const explain = `api/v1/explain/${encodeURIComponent(job.flink_cluster)}/${job.job_id}`;
  const why = job.reason ?? (job.source === undefined ? '' : `source ${job.source}`);
  return html`<tr><td>${job.flink_cluster}</td><td><a href="${explain}">${job.job_name}</a></td><td>${job.state}</td><td>${why}</td><td>${job.state_entered}</td><td>${job.restarts === undefined ? '' : String(job.restarts)}</td><td>${job.last_failure?.exception ?? ''}</td><td><code>${job.job_id}</code></td></tr>
`;
}
