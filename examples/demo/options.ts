/** The command line of the demo. Called by `main.ts`. */

import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run demo -- [--restart] [--once] [--fake | --flink VERSION]

  --restart        flink-medic brings the failed job back
  --once           run through and exit, with 0 when all that was shown is as it must be
  --fake           with a fake JobManager, also where a real Flink could run
  --flink VERSION  with this Flink or not at all; it is downloaded when it is not in the cache
  --help           show this help`;

export interface Options {
  readonly help: boolean;
  readonly restart: boolean;
  readonly once: boolean;
  readonly fake: boolean;
  /** Only this version will do; without it the default one, and the fake where that cannot be had. */
  readonly flink: string | undefined;
}

/** @throws what is wrong with the arguments */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      restart: { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      fake: { type: 'boolean', default: false },
      flink: { type: 'string' },
    },
  });
  const { flink } = values;
  if (flink !== undefined && values.fake) throw new Error('--fake and --flink exclude each other');
  return { ...values, flink: flink === undefined ? undefined : flinkVersion(flink) };
}

/** @throws when it is none */
export function flinkVersion(text: string): string {
  if (/^\d+\.\d+\.\d+$/.test(text)) return text;
  throw new Error(`--flink: "${text}" is no Flink version, which look like 1.20.3 or 2.3.0`);
}
