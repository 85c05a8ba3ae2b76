/**
 * `GET /ui/…`: the pages for people beside the first one, and what they load. Jobs are looked up as by `/api/v1/explain`,
 * by id or name.
 */

import type { RequestHandler, Router } from 'express';
import type { Run, RunEvent } from '../../core/run.ts';
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

/** Of each run, oldest first. */
type RunHistories = readonly (readonly RunEvent[])[];

/** Runs on the page of a job, each with its history. */
const MOST_RUNS = 30;

export function uiRoutes({ knowledge, desk, configuration, program, logger }: PageSources): Router[] {
  const context = { ...program, now: () => knowledge.now() };
  const clusterNames = (): string[] => knowledge.clusters().map(({ status }) => status.cluster);
  /** Undefined when the ledger cannot be read: at that time the rest is all the more worth seeing. */
  const historiesOf = async (runs: readonly KnownRun[]): Promise<RunHistories | undefined> => {
    try {
      return await Promise.all(runs.map(({ run }) => knowledge.events(run)));
    } catch (error) {
      logger.error({ err: error }, 'The history of a job cannot be read from the ledger');
      return undefined;
    }
  };
  return [
    endpoint('/ui/style.css', { GET: asset('text/css', STYLE) }),
    endpoint('/ui/icon.svg', { GET: asset('image/svg+xml', ICON) }),
    endpoint('/ui/jobs', {
      GET: (request, response) =>
        sendPage(request, response, context, (view) => jobsPage(knowledge, clusterNames(), view)),
    }),
    endpoint('/ui/jobs/:cluster/:job', {
      GET: async (request, response) => {
        const { cluster, job } = request.params as { cluster: string; job: string };
        const [subject] = knowledge.runsOf(cluster, job) ?? [];
        if (subject === undefined) {
          const known = knowledge.clusters().find(({ status }) => status.cluster === cluster);
          await sendPage(request, response, context, (view) => unknownJobPage(cluster, job, known, view), 404);
          return;
        }
        const { shown, others } = around(subject, knowledge.runsOfName(cluster, subject.run.name));
        const histories = await historiesOf(shown);
        const { name } = subject.run;
        await sendPage(request, response, context, (view) =>
          jobPage(
            {
              subject,
              runs: shown.map((known, index) => ({ known, events: histories?.[index] ?? [] })),
              others,
              isHistoryKnown: histories !== undefined,
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
