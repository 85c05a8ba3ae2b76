/** The jobs as the demo shows them: pure text. Called by `Screen`. */

import { printable, table } from '../../src/cli/table.ts';
import type { RunResource } from '../../src/http/resources.ts';

const HEADER = ['JOB', 'STATE', 'FINAL STATUS OR REASON', 'RESTARTS', 'LAST FAILURE'];

export function jobTable(runs: readonly RunResource[]): string {
  return table(HEADER, runs.map(row));
}

/** One line for each run that looks different from `before`, or was not there. */
export function changedJobs(before: readonly RunResource[], runs: readonly RunResource[]): string[] {
  const known = new Set(before.map(line));
  return runs.map(line).filter((text) => !known.has(text));
}

/** Fits 80 columns, so exceptions go without their package. */
function row(run: RunResource): string[] {
  return [
    run.job_name,
    run.state,
    finalStatus(run) ?? run.reason ?? '',
    String(run.restarts ?? ''),
    run.last_failure?.exception.split('.').at(-1) ?? '',
  ];
}

function line(run: RunResource): string {
  const { job_name: name, state, reason, restarts, last_failure: failure } = run;
  const final = finalStatus(run);
  const parts = [
    reason === undefined ? state : `${state} (${reason})`,
    ...(restarts === undefined ? [] : [`restarts ${restarts}`]),
    ...(final === undefined ? [] : [`final status ${final}`]),
    ...(failure === undefined ? [] : [`last failure ${failure.exception} in ${failure.task}`]),
  ];
  return printable(`${name}: ${parts.join(', ')}`);
}

function finalStatus({ state, source }: RunResource): string | undefined {
  return source === undefined ? undefined : `${state} (source ${source})`;
}
