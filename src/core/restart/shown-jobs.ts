/** What a fresh look shows of the jobs that a decision is about, whether in the list or asked for by id. */

import type { ListedJob } from '../facts.ts';
import { boundLabel } from '../label-value.ts';
import { isEnded } from '../states.ts';
import type { FreshLook, Situation } from './situation.ts';

/** The list and the answers by id; a job that is in both is here twice, and either may be the one that is right. */
export function shownJobs(look: FreshLook | undefined): readonly ListedJob[] {
  if (look === undefined) return [];
  return [...look.jobs, ...[...look.byId.values()].filter((answer) => typeof answer === 'object')];
}

/** One for each job id that is the job of the incident and has not ended, in whatever state. */
export function liveJobs(situation: Situation, shown: readonly ListedJob[]): ListedJob[] {
  const live = shown.filter((job) => !isEnded(job.state) && isSubject(situation, job));
  return [...new Map(live.map((job) => [job.jobId, job])).values()];
}

/** By its name, or by an id that was its. A run that an attempt made counts whatever its name. */
export function isSubject(
  { incident, ended, attemptJobIds }: Situation,
  job: { readonly jobId: string; readonly name: string },
): boolean {
  const name = boundLabel(job.name);
  return (
    name === incident.run.name ||
    name === ended.name ||
    job.jobId === incident.run.jobId ||
    job.jobId === ended.jobId ||
    attemptJobIds.has(job.jobId)
  );
}

/** In what matters looks must agree: live runs of the job, answers by id, and the process where there is only one. */
export function looksDiffer(situation: Situation, looks: readonly FreshLook[]): string | undefined {
  const [first, ...others] = looks.map((look) => ({
    at: look.at,
    seen: JSON.stringify([
      liveJobs(situation, shownJobs(look))
        .map(({ jobId }) => jobId)
        .toSorted(),
      [...look.byId].map(([jobId, answer]) => [jobId, kindOf(answer)].join(' ')).toSorted(),
      look.highlyAvailable ? '' : look.process,
    ]),
  }));
  const other = others.find(({ seen }) => seen !== first?.seen);
  return other === undefined ? undefined : 'two looks at the cluster, one after the other, differ: it is changing';
}

function kindOf(answer: ListedJob | 'not_found' | 'unanswered'): string {
  if (typeof answer === 'string') return answer;
  return isEnded(answer.state) ? 'ended' : 'alive';
}
