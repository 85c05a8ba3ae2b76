/**
 * `npm run demo`: a Flink with three jobs, flink-medic that watches it, and what flink-medic still knows when the
 * JobManager is gone; with `--restart`, how flink-medic brings the failed job back. All that it starts lives in
 * sandboxes, which end processes and remove folders whichever way this process ends.
 */

import { randomUUID } from 'node:crypto';
import { messageOf } from '../../src/core/errors.ts';
import { Sandbox } from '../../test/real-flink/sandbox.ts';
import { startAlarm } from './alarm.ts';
import { startFlink } from './choose-flink.ts';
import { configurationOf } from './configuration.ts';
import { JOBS } from './flink.ts';
import { guide } from './guide.ts';
import { startMedic } from './medic.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { tellRestartStory } from './restart-story.ts';
import { run } from './run.ts';
import { Screen } from './screen.ts';
import { tellStory } from './story.ts';
import { Watch } from './watch.ts';

/** @returns the exit code */
async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`demo: ${messageOf(error)}\n${USAGE}`);
    return 2;
  }
  if (options.help) console.log(USAGE);
  return options.help ? 0 : runDemo(options, new Screen(process.stdout));
}

/** @returns the exit code: 0 when everything was shown and is as it must be */
function runDemo(options: Options, screen: Screen): Promise<number> {
  return run('demo', screen, async ({ parts, judge }) => {
    const sandbox = new Sandbox('demo');
    parts.defer(() => sandbox.stop());
    const flink = await startFlink(options, sandbox.folder('archive'), (text) => screen.say(text));
    parts.defer(() => flink.stop());
    try {
      const token = randomUUID();
      const policies = options.restart ? [{ name: JOBS.fails, program: flink.program }] : [];
      const configuration = configurationOf({ jobManagerUrl: flink.url, policies });
      const medic = await startMedic(sandbox, { configuration, token });
      parts.defer(() => medic.stop());
      const cast = { flink, medic, screen };
      if (options.restart) {
        const alarm = await startAlarm(medic.url, token, (text) => screen.say(text));
        parts.defer(() => alarm.stop());
        screen.say(guide(flink, medic, sandbox.directory, alarm));
        judge(await tellRestartStory(cast, alarm));
      } else {
        screen.say(guide(flink, medic, sandbox.directory));
        judge(await tellStory(cast, !options.once));
      }
      if (options.once) return;
      screen.say(`\nflink-medic goes on at ${medic.url}/ until you press Ctrl-C.`);
      await new Watch(medic, screen).during(Number.POSITIVE_INFINITY);
    } catch (error) {
      throw new Error([messageOf(error), flink.logs(), sandbox.logs()].join('\n'), { cause: error });
    }
  });
}

// Not by itself: after an interruption a Flink may still be starting, which its sandbox's watchdog ends with us.
process.exit(await main());
