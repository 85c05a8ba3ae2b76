/** What is shown in place of a job, incident or runbook that is not known: with the ways to what is. */

import { boundLabel } from '../../core/label-value.ts';
import { html, type Html } from '../html.ts';
import type { KnownCluster } from '../knowledge.ts';
import type { Page } from './document.ts';
import { foreign } from './parts.ts';
import { listPath, type View } from './view.ts';

/** @param known undefined without such a cluster */
export function unknownJobPage(cluster: string, job: string, known: KnownCluster | undefined, view: View): Page {
  const isCluster = known !== undefined;
  const isExpected = known?.expectedJobs.includes(boundLabel(job)) === true;
  return notFoundPage(
    isCluster
      ? html`No job ${foreign(job)} is known on ${foreign(cluster)}${isExpected ? html`, where it is expected (<code>expected_jobs</code>): start it, or mend its name in the configuration` : undefined}.`
      : html`No cluster ${foreign(cluster)} is configured.`,
    html`<li><a href="${listPath(view, 'jobs', { name: job })}">Jobs whose name contains ${foreign(job)}</a></li>
<li><a href="${listPath(view, 'jobs', isCluster ? { cluster } : {})}">All jobs${isCluster ? html` of ${foreign(cluster)}` : undefined}</a></li>
<li>A job that ended long ago has left the ledger (<code>retention.ended_runs</code>).</li>
`,
  );
}

export function unknownIncidentPage(id: string, view: View): Page {
  return notFoundPage(
    html`No incident ${foreign(id)} is known.`,
    html`<li><a href="${listPath(view, 'incidents', {})}">All incidents</a></li>
<li>Closed incidents leave with the runs that they are about (<code>retention.ended_runs</code>).</li>
`,
  );
}

/** @param file as it was asked for */
export function unknownRunbookPage(file: string, { root }: View): Page {
  return notFoundPage(
    html`There is no runbook ${foreign(file)}.`,
    html`<li><a href="${root}runbooks/README.md">All runbooks</a></li>
<li>They are named after alerts, in lower case: <code>flinkjobfailed.md</code>.</li>
`,
  );
}

function notFoundPage(what: Html, ways: Html): Page {
  return { title: 'Not found', body: html`<h1>Not found</h1>\n<p>${what}</p>\n<ul>\n${ways}</ul>\n` };
}
