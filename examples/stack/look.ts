/** The stack for people to look at and to break, until they press Ctrl-C. Called by `main.ts`. */

import { join } from 'node:path';
import { TOKEN_FILE } from '../demo/configuration.ts';
import { Watch } from '../demo/watch.ts';
import { thingsToTry, urlTable } from './guide.ts';
import { startJobs, type Theatre, watchJobManager, watchMedic } from './services.ts';

/** @throws when a program does not start, or flink-medic ends */
export async function look(theatre: Theatre): Promise<void> {
  const { flink, sandbox, screen } = theatre;
  const medic = await watchJobManager(theatre, flink.url);
  const alerting = await watchMedic(theatre, medic, new URL(medic.url).host);
  await startJobs(theatre, medic);
  const places = {
    medic: medic.url,
    flink: flink.url,
    prometheusAlerts: await alerting.prometheus.alertsPage(),
    alertmanagerAlerts: alerting.alertmanager.alertsUrl,
  };
  screen.say(`\n${urlTable(places)}\n`);
  screen.say(
    thingsToTry(places, (name) => flink.control(name).folder, flink.jobManagerPid, join(sandbox.directory, TOKEN_FILE)),
  );
  screen.say('\nCtrl-C stops and removes everything.');
  await new Watch(medic, screen).during(Number.POSITIVE_INFINITY);
}
