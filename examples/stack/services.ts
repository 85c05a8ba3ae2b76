/** What is around the Flink of the stack: flink-medic, Prometheus, Alertmanager, jobs. All of it ends with `parts`. Called by `look.ts` and `rehearse.ts`. */

import { type Alerting, startAlerting } from '../../test/e2e/support/alerting.ts';
import type { Sandbox } from '../../test/real-flink/sandbox.ts';
import { configurationOf } from '../demo/configuration.ts';
import { type Medic, startMedic } from '../demo/medic.ts';
import type { Screen } from '../demo/screen.ts';
import { Watch } from '../demo/watch.ts';
import type { StackFlink } from './flink.ts';
import { STARTED, watched } from './jobs.ts';
import type { Programs } from './programs.ts';

/** What is there from the start. */
export interface Theatre {
  readonly flink: StackFlink;
  readonly sandbox: Sandbox;
  readonly programs: Programs;
  /** Of flink-medic's webhook. */
  readonly token: string;
  /** How many times shorter the rules' `for` is. */
  readonly pace: number;
  readonly screen: Screen;
  readonly parts: AsyncDisposableStack;
}

const CHECKPOINTS = 3;
const JOBS_WITHIN_MS = 90_000;

/** @param jobManagerUrl where flink-medic finds the JobManager. @throws when it does not start */
export async function watchJobManager(theatre: Theatre, jobManagerUrl: string): Promise<Medic> {
  const { flink, sandbox, token, parts } = theatre;
  const configuration = configurationOf(watched(jobManagerUrl, (name) => flink.programOf(name)));
  const medic = await startMedic(sandbox, { configuration, token });
  parts.defer(() => medic.stop());
  return medic;
}

/** @param webhook `host:port` of flink-medic's, or of what passes messages on to it. @throws when one does not start */
export async function watchMedic(theatre: Theatre, medic: Medic, webhook: string): Promise<Alerting> {
  const { programs, token, pace, parts } = theatre;
  const alerting = await startAlerting({ programs, medic: new URL(medic.url).host, webhook, token, pace });
  parts.defer(() => alerting.stop());
  return alerting;
}

/** @returns when flink-medic has seen checkpoints of all of them */
export async function startJobs({ flink, screen }: Theatre, medic: Medic): Promise<void> {
  screen.say(`\n${STARTED.length} jobs are submitted:`);
  for (const name of STARTED) await flink.submit(name);
  await new Watch(medic, screen).until('checkpoints', JOBS_WITHIN_MS, (job) =>
    STARTED.every((name) => (job(name)?.checkpoints_completed ?? 0) >= CHECKPOINTS),
  );
}
