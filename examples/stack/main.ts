/**
 * `npm run stack`: a real Flink, flink-medic, Prometheus and Alertmanager with the shipped rules and examples, all on
 * loopback, to look at; with `--once`, a play of what goes wrong with jobs, and whether everybody hears of it as they
 * should. All that it starts lives in sandboxes, which end processes and remove folders whichever way this process ends.
 */

import { randomUUID } from 'node:crypto';
import { messageOf } from '../../src/core/errors.ts';
import { Sandbox } from '../../test/real-flink/sandbox.ts';
import { findOrGet } from '../demo/choose-flink.ts';
import { run, type Stage } from '../demo/run.ts';
import { Screen } from '../demo/screen.ts';
import { StackFlink } from './flink.ts';
import { look } from './look.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { findPrograms } from './programs.ts';
import { rehearse } from './rehearse.ts';

/** @returns the exit code */
async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`stack: ${messageOf(error)}\n${USAGE}`);
    return 2;
  }
  if (options.help) console.log(USAGE);
  const screen = new Screen(process.stdout);
  return options.help ? 0 : run('stack', screen, (stage) => runStack(options, screen, stage));
}

async function runStack(
  { flink: version, pace, once }: Options,
  screen: Screen,
  { parts, judge }: Stage,
): Promise<void> {
  const say = (text: string): void => screen.say(text);
  const programs = findPrograms();
  const found = await findOrGet(version, say);
  if (typeof found === 'string') throw new Error(found);
  say(`Flink ${found.version}, flink-medic, Prometheus and Alertmanager start; that takes some 20 seconds.`);
  say(
    pace === 1
      ? 'The alert rules are as they are shipped.'
      : `The alert rules are in a hurry: "for" and "keep_firing_for" are ${pace} times shorter than shipped; expressions are as shipped.`,
  );
  const flink = await StackFlink.start(found);
  parts.defer(() => flink.stop());
  const sandbox = new Sandbox('stack');
  parts.defer(() => sandbox.stop());
  const theatre = { flink, sandbox, programs, token: randomUUID(), pace, screen, parts };
  try {
    if (once) judge(await rehearse(theatre));
    else await look(theatre);
  } catch (error) {
    throw new Error([messageOf(error), flink.logs(), sandbox.logs()].join('\n'), { cause: error });
  }
}

// Not by itself: after an interruption a Flink may still be starting, which its sandbox's watchdog ends with us.
process.exit(await main());
