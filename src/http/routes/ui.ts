/**
 * `GET /ui/…`: the pages for people beside the first one, and what they load. Jobs are looked up as by `/api/v1/explain`,
 * by id or name.
 */

import type { RequestHandler, Router } from 'express';
import type { Run } from '../../core/run.ts';
import { endpoint } from '../endpoint.ts';
import { incidentStoryResource } from '../incident-resources.ts';
import type { KnownRun } from '../knowledge.ts';
import { ICON } from '../pages/assets.ts';
import { configurationPage } from '../pages/configuration.ts';
import { incidentPage } from '../pages/incident.ts';
import { incidentsPage } from '../pages/incidents.ts';
import { jobPage } from '../pages/job.ts';
import { jobsPage } from '../pages/jobs.ts';
import { unknownIncidentPage, unknownJobPage } from '../pages/not-found.ts';
import { sendPage } from '../pages/send-page.ts';
import { STYLE } from '../pages/style.ts';
import type { PageSources } from './page.ts';

/** Runs on the page of a job, each with its history. */
const MOST_RUNS = 30;

export function uiRoutes({ knowledge, desk, configuration, program }: PageSources): Router[] {
  const context = { ...program, now: () => knowledge.now() };
  const clusterNames = (): string[] => knowledge.clusters().map(({ status }) => status.cluster);
  return [
    endpoint('/ui/style.css', { GET: asset('text/css', STYLE) }),
    endpoint('/ui/icon.svg', { GET: asset('image/svg+xml', ICON) }),
    endpoint('/ui/jobs', {
      GET: (request, response) =>
        sendPage(request, response, context, (view) => jobsPage(knowledge.runs(), clusterNames(), view)),
    }),
    endpoint('/ui/jobs/:cluster/:job', {
      GET: async (request, response) => {
        const { cluster, job } = request.params as { cluster: string; job: string };
        const [subject] = knowledge.runsOf(cluster, job) ?? [];
        if (subject === undefined) {
          const isCluster = clusterNames().includes(cluster);
          await sendPage(request, response, context, (view) => unknownJobPage(cluster, job, isCluster, view), 404);
          return;
        }
        const { shown, others } = around(subject, knowledge.runsOfName(cluster, subject.run.name));
        const runs = await Promise.all(
          shown.map(async (known) => ({ known, events: await knowledge.events(known.run) })),
        );
        const { name } = subject.run;
        await sendPage(request, response, context, (view) =>
          jobPage(
            {
              subject,
              runs,
              others,
              status: knowledge.clusters().find(({ status }) => status.cluster === cluster)?.status,
              incidents: desk.incidents().filter(({ run }) => run.cluster === cluster && run.name === name),
              policy: desk.policyOf(cluster, name),
              switches: desk.switches(),
            },
            view,
          ),
        );
      },
    }),
    endpoint('/ui/incidents', {
      GET: (request, response) =>
        sendPage(request, response, context, (view) => incidentsPage(desk.incidents(), clusterNames(), view)),
    }),
    endpoint('/ui/incidents/:id', {
      GET: async (request, response) => {
        const { id } = request.params as { id: string };
        const incident = /^\d{1,15}$/.test(id) ? desk.incident(Number(id)) : undefined;
        if (incident === undefined) {
          await sendPage(request, response, context, (view) => unknownIncidentPage(id, view), 404);
          return;
        }
        const { events, deliveries } = await desk.story(incident.id);
        await sendPage(request, response, context, (view) =>
          incidentPage(incidentStoryResource(incident, events, deliveries), view),
        );
      },
    }),
    endpoint('/ui/configuration', {
      GET: (request, response) =>
        sendPage(request, response, context, (view) => configurationPage(configuration(), view)),
    }),
  ];
}

/** The address of the stylesheet changes with it, so that it may be kept for ever. */
function asset(type: string, content: string): RequestHandler {
  return (_request, response) => {
    response.set('Cache-Control', 'private, max-age=31536000, immutable').type(type).send(content);
  };
}

/** As many runs as a page shows, the newest first and always with the one that it is about. */
function around(
  subject: KnownRun,
  sameName: readonly KnownRun[],
): { readonly shown: readonly KnownRun[]; readonly others: number } {
  const isSubject = ({ run }: KnownRun): boolean => sameRun(run, subject.run);
  const first = sameName.slice(0, MOST_RUNS);
  const shown = first.some(isSubject)
    ? first.map((known) => (isSubject(known) ? subject : known))
    : [...first, subject];
  return { shown, others: Math.max(0, sameName.length - shown.length) };
}

function sameRun(one: Run, other: Run): boolean {
  return one.jobId === other.jobId && one.generation === other.generation;
}
