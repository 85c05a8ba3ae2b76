/** An attempt to bring a job back, and what is sent for one. */

import { html, type Html } from '../html.ts';
import type { AttemptResource, SubmissionResource } from '../incident-resources.ts';
import { badge, type Fact, factList, foreign } from './parts.ts';
import { when } from './time.ts';
import { jobPath, type View } from './view.ts';

export function attemptSection(attempt: AttemptResource, view: View): Html {
  const { now } = view;
  const { number, state, failure, because, detail, run_ended: ended, answers } = attempt;
  return html`<h3>Attempt ${number} ${badge(state)}</h3>
<div class="box">
${factList([
  ['Result', failure && html`${because} <span class="muted">(${failure})</span>`],
  ['Particulars', detail && foreign(detail)],
  ['Answers the end', html`${badge(answers.final_status)} ${when(answers.end, now)} <code>${answers.job_id}</code>`],
  ['Decided', when(attempt.intended, now)],
  ['Sent', attempt.sent.length === 0 ? undefined : html`${attempt.sent.map((time) => html`${when(time, now)} `)}`],
  ['Submitted', attempt.submitted && when(attempt.submitted, now)],
  ['Running', attempt.running && when(attempt.running, now)],
  ['Its run ended', ended && html`${badge(ended.final_status)} ${when(ended.end, now)}`],
  ['Over', attempt.ended && when(attempt.ended, now)],
  [
    'New run',
    html`<a href="${jobPath(view, answers.flink_cluster, attempt.request.job_id)}"><code>${attempt.request.job_id}</code></a>`,
  ],
  ...submissionFacts(attempt.request, view),
])}</div>
`;
}

export function submissionFacts(request: SubmissionResource, { now }: View): Fact[] {
  const { jar, restore, args, config, restore_detail: chosen } = request;
  return [
    [
      'Restore from',
      restore === undefined
        ? 'nothing, it starts empty'
        : html`<code>${foreign(restore.path)}</code><br>${restore.claim_mode}${restore.allow_non_restored_state ? ', state that nobody takes is allowed' : undefined}${restore.completed && html`, taken ${when(restore.completed, now)}`}`,
    ],
    ['Chosen', foreign(chosen)],
    [
      'Jar',
      'file' in jar ? html`<code>${foreign(jar.file)}</code><br>SHA-256 <code>${jar.sha256}</code>` : foreign(jar.name),
    ],
    ['Entry class', request.entry_class && html`<code>${foreign(request.entry_class)}</code>`],
    ['Arguments', args.length === 0 ? undefined : html`<code>${foreign(args.join(' '))}</code>`],
    ['Parallelism', request.parallelism],
    ...Object.entries(config).map(
      ([key, value]): Fact => ['Flink option', html`<code>${foreign(`${key}: ${value}`)}</code>`],
    ),
  ];
}
