/** The play of `--once`: the stack with a network that can be cut and a webhook that is listened to. Called by `main.ts`. */

import { Watch } from '../demo/watch.ts';
import { Facts } from './facts.ts';
import { openGate } from './gate.ts';
import { play } from './play.ts';
import { startJobs, type Theatre, watchJobManager, watchMedic } from './services.ts';
import { tapWebhook } from './wiretap.ts';
import { alertLines, Witnesses } from './witnesses.ts';

/** Longer than any rule of the play waits or keeps firing, as shipped. */
const LONGEST_FOR_MS = 6 * 60_000;
/** Whatever else takes time, on a busy machine. */
const SLOWNESS_MS = 75_000;

/**
 * @returns whether all facts hold
 * @throws when a program does not start, or Flink does not obey
 */
export async function rehearse(theatre: Theatre): Promise<boolean> {
  const { flink, screen, pace, parts } = theatre;
  const say = (text: string): void => screen.say(text);
  const gate = await openGate(flink.url);
  parts.defer(() => gate.cut());
  const medic = await watchJobManager(theatre, gate.url);
  const wiretap = await tapWebhook(medic.url);
  parts.defer(() => wiretap.close());
  const alerting = await watchMedic(theatre, medic, wiretap.address);
  await startJobs(theatre, medic);
  const patience = LONGEST_FOR_MS / pace + SLOWNESS_MS;
  const facts = new Facts({ say, patience, instead: async () => alertLines(await alerting.alertmanager.alerts()) });
  const witnesses = new Witnesses({ alerting, medic, wiretap, facts });
  // The table of jobs goes on meanwhile.
  const watching = new Watch(medic, screen).during(Number.POSITIVE_INFINITY);
  await Promise.race([play({ flink, gate, say, witnesses }), watching]);
  return facts.sum();
}
